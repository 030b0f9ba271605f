// @ts-check
// The "Your passkeys" page: the list, adding, renaming and deleting.

import { takeFlag, warnOfWrongAddress } from '../lib/address.js';
import { ApiError } from '../lib/api.js';
import { api, byId, library, onPress, origins, rpID, say, setFieldError, showFaults, user } from '../lib/dom.js';
import { createDialog } from '../lib/dialog.js';
import { addPasskey } from '../lib/enrol.js';
import { addedSentence, endedSessions, guessName, uniqueName } from '../lib/format.js';
import { whyUnsupported } from '../lib/messages.js';
import { cardOf, focusCard, renderCard } from '../lib/passkey-card.js';
import { lookAtSecurity, wireCodesBanner } from '../lib/security-banners.js';
import { createSignals } from '../lib/signals.js';
import { hasBecomeWhole } from '../lib/standing.js';
import { explain } from '../lib/whose.js';

/** @typedef {import('../lib/enrol.js').Passkey} Passkey */

const list = byId('passkey-list');
const addButton = byId('add-passkey');
const renameNew = byId('rename-new');
const renameDialog = createDialog(byId('rename-dialog'));
const deleteDialog = createDialog(byId('delete-dialog'));
const nameInput = byId('passkey-name');
const signals = createSignals({ webauthn: library(), rpID });

/** @type {Passkey[]} */
let passkeys = [];
let isNew = takeFlag('welcome'); // until there is a first passkey

/** @param {Passkey[]} next */
function show(next) {
  passkeys = next;
  const now = Date.now();
  list.replaceChildren(...passkeys.map((passkey) => renderCard(passkey, now)));
  list.hidden = passkeys.length === 0;
  byId('about').hidden = passkeys.length === 0;
  byId('empty').hidden = passkeys.length > 0;
  isNew &&= passkeys.length === 0;
  byId('welcome').hidden = !isNew;
}

/** @param {string} text @param {string} [newId] offers to rename this passkey */
function announce(text, newId = '') {
  say(byId('alert'), '');
  say(byId('status'), text);
  renameNew.hidden = newId === '';
  renameNew.dataset.id = newId;
}

/** @param {string} text */
function complain(text) {
  announce('');
  say(byId('alert'), text);
}

async function load() {
  say(byId('alert'), '');
  byId('loading').hidden = false;
  byId('load-failed').hidden = true;
  try {
    const answer = await api.get('/passkeys');
    show(answer.passkeys);
    // Straight from the server, so that the device never acts on an old list.
    await signals.acceptedCredentials(answer);
    await signals.userDetails(answer.user);
  } catch (error) {
    const words = explain(error);
    say(byId('alert'), words);
    byId('load-failed').hidden = words === '';
  } finally {
    byId('loading').hidden = true;
  }
}

/** @param {any} response RegistrationResponseJSON @returns {string} */
function nameFor(response) {
  const guess = guessName({
    userAgent: navigator.userAgent,
    maxTouchPoints: navigator.maxTouchPoints,
    attachment: response.authenticatorAttachment,
    transports: response.response.transports,
  });
  return uniqueName(guess, passkeys.map(({ name }) => name));
}

async function add() {
  announce('');
  try {
    const { passkeys: next, added } = await addPasskey({ webauthn: library(), api, signals, nameFor, user });
    show(next);
    const whole = await hasBecomeWhole() ? ' That was all: you are signed in completely now.' : '';
    announce(addedSentence(added) + whole, added?.id);
    lookAtSecurity();
  } catch (error) {
    complain(explain(error, 'register'));
  }
}

/** @param {Passkey} passkey @param {HTMLElement} opener */
function askRename(passkey, opener) {
  setFieldError('name', '');
  nameInput.value = passkey.name;
  renameDialog.open({
    opener,
    explain,
    confirm: () => rename(passkey, nameInput.value.trim()),
    done: () => focusCard(cardOf(list, passkey.id)),
  });
  nameInput.select();
}

/** @param {Passkey} passkey @param {string} name */
async function rename(passkey, name) {
  if (!name) {
    setFieldError('name', 'Enter a name.');
    nameInput.focus();
    throw new DOMException('', 'AbortError'); // silent: the words are at the field
  }
  setFieldError('name', '');
  show(await renamed(passkey.id, name));
  // The server may have tidied the name, or numbered it because another passkey has it.
  announce(`Renamed to “${passkeys.find(({ id }) => id === passkey.id)?.name ?? name}”.`);
}

/** @param {string} id @param {string} name @returns {Promise<Passkey[]>} */
async function renamed(id, name) {
  try {
    return (await api.patch(`/passkeys/${id}`, { name })).passkeys;
  } catch (error) {
    if (!(error instanceof ApiError && showFaults(byId('rename-dialog').querySelector('form'), error.fields))) throw error;
    throw new DOMException('', 'AbortError'); // silent: the words are at the field
  }
}

/** @param {Passkey} passkey @param {HTMLElement} opener */
function askDelete(passkey, opener) {
  const dialog = byId('delete-dialog');
  const index = passkeys.indexOf(passkey);
  dialog.querySelector('[data-slot="name"]').textContent = `“${passkey.name}”`;
  dialog.querySelector('[data-slot="last"]').hidden = passkeys.length > 1;
  deleteDialog.open({
    opener,
    explain,
    confirm: () => remove(passkey),
    done: () => (passkeys.length ? focusCard(list.children[Math.min(index, passkeys.length - 1)]) : addButton.focus()),
  });
}

/** @param {Passkey} passkey */
async function remove(passkey) {
  const answer = await api.delete(`/passkeys/${passkey.id}`, `You are deleting “${passkey.name}”.`);
  show(answer.passkeys);
  announce(`Passkey “${passkey.name}” deleted. ${endedSessions(answer.ended_sessions)}`.trim());
  // Not awaited: the device may take its time, and nothing here depends on it.
  signals.acceptedCredentials(answer);
}

/** @param {MouseEvent} event */
function onListClick(event) {
  const button = /** @type {Element} */ (event.target).closest('[data-action]');
  // While a new passkey is between device and server, the list must not change under it.
  if (!(button instanceof HTMLElement) || addButton.getAttribute('aria-busy') === 'true') return;
  const id = /** @type {HTMLElement} */ (button.closest('[data-id]')).dataset.id;
  const passkey = passkeys.find((candidate) => candidate.id === id);
  if (!passkey) return;
  if (button.dataset.action === 'rename') askRename(passkey, button);
  else askDelete(passkey, button);
}

function onRenameNew() {
  const passkey = passkeys.find(({ id }) => id === renameNew.dataset.id);
  if (passkey) askRename(passkey, renameNew);
}

function setUpAdding() {
  const reason = whyUnsupported({
    secureContext: window.isSecureContext,
    loaded: library() !== null,
    supported: library()?.browserSupportsWebAuthn() ?? false,
  });
  if (!reason) {
    onPress(addButton, add);
    return;
  }
  addButton.disabled = true;
  announce(reason);
}

warnOfWrongAddress(byId('wrong-address'), origins);
list.addEventListener('click', onListClick);
renameNew.addEventListener('click', onRenameNew);
onPress(byId('reload-list'), load);
wireCodesBanner();
setUpAdding();
load();
lookAtSecurity();
