// @ts-check
// Creating an account: by registration (register.html) and at the first start (setup.html).
// The form says which by its data-endpoint, 'registration' or 'setup'.

import { warnOfWrongAddress } from '../lib/address.js';
import { ApiError } from '../lib/api.js';
import {
  api, base, byId, clearFieldErrors, hidePasswords, origins, reloadWhenRestored, say, setBusy, showFaults,
  wirePasswordToggles,
} from '../lib/dom.js';
import { messageFor } from '../lib/messages.js';

const MIN_PASSWORD = 8;

/** @type {HTMLFormElement|null} */
const form = byId('account-form'); // absent when registration is closed
const submit = byId('account-submit');

/** @param {Record<string, string>} values @returns {import('../lib/api.js').Faults} */
function faultsOf(values) {
  /** @type {import('../lib/api.js').Faults} */
  const faults = {};
  if ('code' in values && !values.code) {
    faults.code = form?.dataset.endpoint === 'setup' ? 'Enter the set-up code.' : 'Enter your invite code.';
  }
  if (!values.username) faults.username = 'Choose a username.';
  if (!values.password) faults.password = 'Choose a password.';
  else if ([...values.password].length < MIN_PASSWORD) faults.password = `Use at least ${MIN_PASSWORD} characters.`;
  return faults;
}

/** @param {HTMLFormElement} from @returns {Record<string, string>} */
function valuesOf(from) {
  const values = Object.fromEntries([...new FormData(from)].map(([name, value]) => [name, String(value)]));
  // Spaces belong to a password but never to a name or a code.
  for (const name of ['username', 'code']) if (name in values) values[name] = values[name].trim();
  return values;
}

/** @param {unknown} error @param {HTMLFormElement} from */
function showProblem(error, from) {
  if (error instanceof ApiError && showFaults(from, error.fields)) return;
  // Someone else finished the setup: this page is of no more use.
  if (error instanceof ApiError && error.code === 'already_set_up') {
    say(byId('alert'), 'This service is set up already. Reload the page to sign in.');
    return;
  }
  say(byId('alert'), messageFor(error));
}

/** @param {SubmitEvent} event */
async function send(event) {
  event.preventDefault();
  if (!form || submit.disabled) return;
  say(byId('alert'), '');
  clearFieldErrors(form);
  const values = valuesOf(form);
  if (showFaults(form, faultsOf(values))) return;
  hidePasswords();
  setBusy(submit, true);
  try {
    await api.post(`/${form.dataset.endpoint}`, values);
    location.assign(`${base}/passkeys?welcome=1`); // stays busy: the page is on its way out
  } catch (error) {
    setBusy(submit, false);
    submit.focus();
    showProblem(error, form);
  }
}

warnOfWrongAddress(byId('wrong-address'), origins);
wirePasswordToggles();
reloadWhenRestored();
form?.addEventListener('submit', send);
