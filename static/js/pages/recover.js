// @ts-check
// "Can't sign in?": another passkey, a recovery code, or somebody who helps.

import { warnOfWrongAddress } from '../lib/address.js';
import { ApiError } from '../lib/api.js';
import { createSignIn } from '../lib/ceremony.js';
import {
  api, base, byId, clearFieldErrors, hidePasswords, library, origins, reloadWhenRestored, say, setBusy, showFaults,
  wirePasswordToggles,
} from '../lib/dom.js';
import { isSilent, messageFor, whyUnsupported } from '../lib/messages.js';

const form = byId('recover-form');
const submit = byId('recover-submit');
const passkeyButton = byId('passkey-button'); // absent when passkeys are turned off

/** @param {{code: string, username: string}} values @returns {import('../lib/api.js').Faults} */
function faultsOf({ code, username }) {
  /** @type {import('../lib/api.js').Faults} */
  const faults = {};
  if (!code) faults.code = 'Type one of your recovery codes.';
  if (!username) faults.username = 'Enter your username.';
  return faults;
}

/** @param {SubmitEvent} event */
async function onSubmit(event) {
  event.preventDefault();
  if (submit.disabled) return;
  say(byId('alert'), '');
  clearFieldErrors(form);
  const password = byId('password').value;
  const values = { code: byId('code').value.trim(), username: byId('username').value.trim(), password: password || null };
  if (showFaults(form, faultsOf(values))) return;
  hidePasswords();
  setBusy(submit, true);
  try {
    await api.post('/recover', values);
    location.assign(`${base}/security?recovered=1`); // stays busy: the page is on its way out
  } catch (error) {
    setBusy(submit, false);
    submit.focus();
    if (!(error instanceof ApiError && showFaults(form, error.fields))) say(byId('alert'), messageFor(error));
  }
}

/** @param {{second_step?: unknown}} answer */
function enter(answer) {
  location.assign(`${base}${answer.second_step ? '/login/second' : '/security'}`);
}

function setUpPasskeys() {
  const reason = whyUnsupported({
    secureContext: window.isSecureContext,
    loaded: library() !== null,
    supported: library()?.browserSupportsWebAuthn() ?? false,
  });
  if (reason) {
    passkeyButton.disabled = true;
    say(byId('passkey-alert'), reason);
    return;
  }
  const controller = createSignIn({
    // Nobody who fills in these fields wants to be asked for a passkey in between.
    webauthn: { ...library(), browserSupportsWebAuthnAutofill: async () => false },
    fetchOptions: async () => (await api.get('/sign-in/options')).options,
    verify: (response) => api.post('/sign-in/passkey', { response }),
    challengeTtl: 300,
    onBusy: (busy) => setBusy(passkeyButton, busy),
    onSuccess: enter,
    onError: (error) => {
      if (!isSilent(error)) say(byId('passkey-alert'), messageFor(error, 'confirm'));
      passkeyButton.focus();
    },
  });
  passkeyButton.addEventListener('click', () => {
    say(byId('passkey-alert'), '');
    controller.runModal();
  });
  addEventListener('pagehide', () => controller.stop());
}

warnOfWrongAddress(byId('wrong-address'), origins);
wirePasswordToggles();
reloadWhenRestored();
form.addEventListener('submit', onSubmit);
if (passkeyButton) setUpPasskeys();
