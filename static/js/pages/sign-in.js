// @ts-check
// The sign-in page: passkey button, passkey autofill and password form.

import { destination, takeFlag, warnOfWrongAddress } from '../lib/address.js';
import {
  api, base, byId, clearFieldErrors, hidePasswords, library, origins, reloadWhenRestored, rpID, say, setBusy,
  showFaults, wirePasswordToggles,
} from '../lib/dom.js';
import { createSignIn } from '../lib/ceremony.js';
import { isSilent, messageFor, whyUnsupported } from '../lib/messages.js';
import { createSignals } from '../lib/signals.js';

const UNKNOWN_CREDENTIAL = 'credential_unknown';
const card = byId('sign-in');
const form = byId('password-form');
const submit = byId('password-submit');
const passkeyButton = byId('passkey-button'); // absent when passkeys are turned off
let buttonHadFocus = false;

/** @param {{second_step?: unknown}} answer */
function enter(answer) {
  if (answer.second_step) {
    location.assign(`${base}/login/second?next=${encodeURIComponent(card.dataset.next)}`);
    return;
  }
  say(byId('status'), 'Signed in. One moment…');
  location.assign(destination(card.dataset.next, `${base}/passkeys`));
}

/** Takes back what the page said, at the next act. */
function fallSilent() {
  say(byId('alert'), '');
  say(byId('status'), '');
}

/** @param {any} error @param {any} response the assertion, when there was one */
function onPasskeyError(error, response) {
  if (isSilent(error)) return;
  say(byId('alert'), messageFor(error, 'authenticate'));
  if (error?.code === UNKNOWN_CREDENTIAL && response) {
    // Let the device forget a passkey that can never work here again.
    createSignals({ webauthn: library(), rpID }).unknownCredential(response.id);
  }
}

/** @param {boolean} busy */
function onPasskeyBusy(busy) {
  if (busy && !passkeyButton.disabled) buttonHadFocus = document.activeElement === passkeyButton;
  setBusy(passkeyButton, busy);
  // A disabled button loses the focus. Give it back unless it has moved on.
  if (!busy && buttonHadFocus && document.activeElement === document.body) passkeyButton.focus();
}

function createController() {
  return createSignIn({
    webauthn: library(),
    fetchOptions: async () => (await api.get('/sign-in/options')).options,
    verify: (response) => api.post('/sign-in/passkey', { response }),
    challengeTtl: Number(card.dataset.challengeTtl) || 300,
    isVisible: () => document.visibilityState === 'visible',
    onBusy: onPasskeyBusy,
    onSuccess: enter,
    onError: onPasskeyError,
  });
}

/** @returns {ReturnType<typeof createSignIn>|null} */
function setUpPasskeys() {
  if (!passkeyButton) return null;
  const reason = whyUnsupported({
    secureContext: window.isSecureContext,
    loaded: library() !== null,
    supported: library()?.browserSupportsWebAuthn() ?? false,
  });
  if (reason) {
    passkeyButton.disabled = true;
    byId('passkey-hint').textContent = reason;
    return null;
  }
  const controller = createController();
  passkeyButton.addEventListener('click', (/** @type {MouseEvent} */ { detail }) => {
    if (detail > 1) return; // of a double-click
    fallSilent();
    controller.runModal();
  });
  // A system dialog on top can hide the page too: let its answer come first.
  document.addEventListener('visibilitychange', () => setTimeout(() => controller.refresh(), 1000));
  addEventListener('pagehide', () => controller.stop());
  controller.startAutofill();
  return controller;
}

/** @param {{username: string, password: string}} values @returns {import('../lib/api.js').Faults} */
function faultsOf({ username, password }) {
  /** @type {import('../lib/api.js').Faults} */
  const faults = {};
  if (!username) faults.username = 'Enter your username.';
  if (!password) faults.password = 'Enter your password.';
  return faults;
}

/** @param {SubmitEvent} event */
async function onSubmit(event) {
  event.preventDefault();
  if (submit.disabled) return;
  fallSilent();
  clearFieldErrors(form);
  const values = { username: byId('username').value.trim(), password: byId('password').value };
  if (showFaults(form, faultsOf(values))) return;
  hidePasswords();
  setBusy(submit, true);
  controller?.stop();
  try {
    enter(await api.post('/sign-in/password', values)); // stays busy: the page is on its way out
  } catch (error) {
    say(byId('alert'), messageFor(error));
    setBusy(submit, false);
    byId('password').select();
    controller?.startAutofill();
  }
}

warnOfWrongAddress(byId('wrong-address'), origins);
if (takeFlag('ended')) say(byId('status'), 'Your session has ended. Sign in again.');
if (takeFlag('late')) say(byId('status'), 'That took too long, or there were too many tries. Nothing was lost: start again.');
wirePasswordToggles();
reloadWhenRestored();
form.addEventListener('submit', onSubmit);
const controller = setUpPasskeys();
