// @ts-check
// The form of templates/_proof.html, by which people prove who they are: the second step of a sign-in, and the step-up
// dialog. One way is shown, with a field or the passkey's button; the others are rows below.

import { byId, library, say, setBusy, setFieldError } from './dom.js';
import { isSilent, messageFor, whyUnsupported } from './messages.js';
import { faultOf, firstWay, isTyped, TYPED } from './proof-words.js';
import { recall, remember } from './remembered.js';

/**
 * @typedef {object} Questions
 * @property {() => Promise<any>} fetchOptions gets PublicKeyCredentialRequestOptionsJSON
 * @property {(proof: Record<string, unknown>) => Promise<unknown>} send
 * @property {() => void} onDone the proof was right
 * @property {(error: unknown) => boolean} leavesFor whether an error ends it all, and was dealt with
 */

const LAST_WAY = 'way';

/** @returns {string} why passkeys can't be used in this browser, '' when they can */
function whyNoPasskeys() {
  return whyUnsupported({
    secureContext: window.isSecureContext,
    loaded: library() !== null,
    supported: library()?.browserSupportsWebAuthn() ?? false,
  });
}

/** @param {Questions} questions */
export function createProof({ fetchOptions, send, onDone, leavesFor }) {
  const form = byId('proof-form');
  const submit = byId('proof-submit');
  const others = byId('proof-others');
  /** @type {string[]} */
  let methods = [];
  let way = '';
  let round = 0; // whoever holds an older number has been overtaken and must do nothing

  /** @param {string} name @returns {HTMLInputElement} */
  const input = (name) => byId(`proof-${name}`);

  function stop() {
    round += 1;
    library()?.WebAuthnAbortService.cancelCeremony();
    setBusy(submit, false);
  }

  function clear() {
    say(byId('proof-alert'), '');
    for (const { field } of Object.values(TYPED)) setFieldError(`proof-${field}`, '');
  }

  function focus() {
    if (isTyped(way)) input(TYPED[way].field).focus();
    else submit.focus();
  }

  /** @param {string} next */
  function show(next) {
    stop();
    clear();
    way = next;
    for (const part of form.querySelectorAll('[data-way]')) part.hidden = part.dataset.way !== way;
    for (const row of others.querySelectorAll('[data-way]')) {
      row.hidden = row.dataset.way === way || !methods.includes(row.dataset.way);
    }
    submit.hidden = way === '';
    byId('proof-go').hidden = !isTyped(way);
    others.hidden = methods.every((each) => each === way);
    focus();
  }

  /** @returns {Promise<Record<string, unknown>>} */
  async function shown() {
    if (isTyped(way)) return { [TYPED[way].field]: input(TYPED[way].field).value };
    return { response: await library().startAuthentication({ optionsJSON: await fetchOptions() }) };
  }

  /** @returns {boolean} whether the field has been left empty, which is said there */
  function isEmpty() {
    if (!isTyped(way) || input(TYPED[way].field).value.trim()) return false;
    setFieldError(`proof-${TYPED[way].field}`, TYPED[way].empty);
    focus();
    return true;
  }

  async function prove() {
    clear();
    if (isEmpty()) return;
    stop();
    const mine = round;
    const used = way;
    setBusy(submit, true);
    try {
      await send(await shown());
      remember(LAST_WAY, used);
      onDone(); // whatever has been pressed meanwhile
    } catch (error) {
      if (mine === round) failed(error);
    }
  }

  /** @param {unknown} error */
  function failed(error) {
    if (leavesFor(error)) return;
    setBusy(submit, false);
    const fault = faultOf(error, way, methods);
    if (fault && isTyped(way)) {
      setFieldError(`proof-${TYPED[way].field}`, fault);
      input(TYPED[way].field).select();
    } else if (!isSilent(error)) {
      say(byId('proof-alert'), messageFor(error, 'confirm'));
    }
    focus();
  }

  form.addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (!submit.disabled) prove();
  });
  others.addEventListener('click', (/** @type {MouseEvent} */ { target }) => {
    const row = /** @type {Element} */ (target).closest('[data-way]');
    if (!(row instanceof HTMLElement)) return;
    show(row.dataset.way ?? '');
    if (way === 'passkey') prove();
  });

  return {
    /**
     * Shows the way that was used last in this browser, where it is offered.
     * @param {string[]} offered
     * @param {string[]} [usual] the best one first
     */
    ask(offered, usual = []) {
      const why = offered.includes('passkey') ? whyNoPasskeys() : '';
      methods = why ? offered.filter((each) => each !== 'passkey') : offered;
      form.reset();
      show(firstWay(methods, [recall(LAST_WAY), ...usual]));
      if (!way) say(byId('proof-alert'), why || 'Nothing that you have can confirm this here. Ask whoever runs this service.');
    },
    /** Ends a ceremony that is under way without a word. */
    stop,
  };
}
