// @ts-check
// The sign-in page: passkey button, passkey autofill and password form.

import {
  api, base, byId, clearFieldErrors, hidePasswords, library, reloadWhenRestored, rpID, say, setBusy, showIssues,
  wirePasswordToggles,
} from './dom.js';
import { createSignIn } from './ceremony.js';
import { isSilent, messageFor, whyUnsupported } from './messages.js';
import { createSignals } from './signals.js';

const UNKNOWN_CREDENTIAL = 1052;
const card = byId('sign-in');
const form = byId('password-form');
const submit = byId('password-submit');
const passkeyButton = byId('passkey-button'); // absent when passkeys are turned off
let buttonHadFocus = false;

/** Where to go once signed in: the server checked it, and it must stay on this origin all the same. */
function destination() {
  const fallback = `${base}/passkeys`;
  try {
    const url = new URL(card.dataset.next || fallback, location.href);
    return url.origin === location.origin ? url.href : fallback;
  } catch {
    return fallback;
  }
}

function enter() {
  say(byId('status'), 'Signed in. One moment…');
  location.assign(destination());
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
    fetchOptions: async () => (await api.get('/api/auth/webauthn/options')).options,
    verify: (response) => api.post('/api/auth/webauthn', { response }),
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
  passkeyButton.addEventListener('click', ({ detail }) => {
    if (detail > 1) return; // of a double-click
    say(byId('alert'), '');
    controller.runModal();
  });
  // A system dialog on top can hide the page too: let its answer come first.
  document.addEventListener('visibilitychange', () => setTimeout(() => controller.refresh(), 1000));
  addEventListener('pagehide', () => controller.stop());
  controller.startAutofill();
  return controller;
}

/** @param {{username: string, password: string}} values */
function problemsWith({ username, password }) {
  const issues = [];
  if (!username) issues.push({ path: ['username'], message: 'Enter your username.' });
  if (!password) issues.push({ path: ['password'], message: 'Enter your password.' });
  return issues;
}

/** @param {{username: string, password: string}} values */
async function signInWithPassword(values) {
  const answer = await api.post('/api/auth/login', values);
  if (!answer.totp) {
    enter();
    return true;
  }
  say(
    byId('alert'),
    "This account asks for a second factor, which this page can't take yet. Sign in with a passkey, or ask an administrator.",
  );
  return false;
}

/** @param {SubmitEvent} event */
async function onSubmit(event) {
  event.preventDefault();
  if (submit.disabled) return;
  say(byId('alert'), '');
  clearFieldErrors(form);
  const values = { username: byId('username').value.trim(), password: byId('password').value };
  if (showIssues(form, problemsWith(values))) return;
  hidePasswords();
  setBusy(submit, true);
  controller?.stop();
  let signedIn = false;
  try {
    signedIn = await signInWithPassword(values);
  } catch (error) {
    say(byId('alert'), messageFor(error));
  }
  if (signedIn) return; // stays busy: the page is on its way out
  setBusy(submit, false);
  byId('password').select();
  controller?.startAutofill();
}

wirePasswordToggles();
reloadWhenRestored();
form.addEventListener('submit', onSubmit);
const controller = setUpPasskeys();
