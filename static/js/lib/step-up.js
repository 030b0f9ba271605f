// @ts-check
// The dialog "Confirm it's you". api.js opens it where an act needs a recent proof, and then does the act again.

import { CalledOffError } from './api.js';
import { api, byId } from './dom.js';
import { askWords } from './proof-words.js';
import { createProof } from './proof.js';
import { leavesFor } from './whose.js';

const dialog = byId('step-up');
/** @type {{done: () => void, calledOff: (reason: unknown) => void}|null} */
let open = null;
/** @type {Promise<void>|null} */
let asked = null;

const proof = createProof({
  fetchOptions: async () => (await api.get('/verify/options')).options,
  send: (answer) => api.post('/verify', answer),
  onDone: () => close()?.done(),
  leavesFor,
});

function close() {
  const closed = open;
  open = null;
  asked = null;
  proof.stop();
  // A hidden field would keep the focus for a moment, in which nobody else can be given it.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  dialog.close();
  return closed;
}

function callOff() {
  close()?.calledOff(new CalledOffError());
}

/** A dialog that is open already gives way: there is never one on another. */
function makeRoom() {
  for (const other of document.querySelectorAll('dialog[open]')) {
    if (other instanceof HTMLDialogElement) other.close();
  }
}

/**
 * Asks the person to confirm that it is them. Two acts at a time share the answer.
 * @type {import('./api.js').Confirm}
 */
export function confirm({ act, methods, age }) {
  asked ??= new Promise((done, calledOff) => {
    open = { done, calledOff };
    makeRoom();
    byId('step-up-text').textContent = askWords(act, age);
    dialog.showModal();
    proof.ask(methods);
  });
  return asked;
}

byId('step-up-cancel').addEventListener('click', callOff);
// Escape; and some browsers close on a second one whatever `cancel` says.
dialog.addEventListener('cancel', (/** @type {Event} */ event) => {
  event.preventDefault();
  callOff();
});
dialog.addEventListener('close', () => {
  if (open && !dialog.open) callOff();
});
