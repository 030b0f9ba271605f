// @ts-check
// The page of the password: a new one, or none.

import { ApiError } from '../lib/api.js';
import { createDialog } from '../lib/dialog.js';
import {
  api, byId, clearFieldErrors, hidePasswords, say, setBusy, showFaults, wirePasswordToggles,
} from '../lib/dom.js';
import { toSecurity } from '../lib/standing.js';
import { explain } from '../lib/whose.js';

const MIN_PASSWORD = 8;
const form = byId('password-form');
const submit = byId('password-submit');
const removeDialog = createDialog(byId('remove-dialog'));

/** @param {string} password @returns {import('../lib/api.js').Faults} */
function faultsOf(password) {
  if (!password) return { password: 'Choose a password.' };
  return [...password].length < MIN_PASSWORD ? { password: `Use at least ${MIN_PASSWORD} characters.` } : {};
}

/** @param {SubmitEvent} event */
async function onSubmit(event) {
  event.preventDefault();
  if (submit.disabled) return;
  say(byId('alert'), '');
  clearFieldErrors(form);
  const password = byId('password').value;
  if (showFaults(form, faultsOf(password))) return;
  hidePasswords();
  setBusy(submit, true);
  try {
    await api.post('/password', { password }, 'You are setting a new password.');
    toSecurity('password'); // stays busy: the page is on its way out
  } catch (error) {
    setBusy(submit, false);
    submit.focus();
    if (!(error instanceof ApiError && showFaults(form, error.fields))) say(byId('alert'), explain(error));
  }
}

/** @param {any} answer */
function show({ factors, standing, can_remove_password: canRemove }) {
  byId('without').hidden = standing !== 'whole' || !factors.password;
  byId('may-remove').hidden = !canRemove;
  byId('without-words').textContent = canRemove
    ? 'Your passkeys are enough: you can do without a password.'
    : 'You can remove your password once you have two passkeys, or one passkey and recovery codes that you have saved.';
}

async function load() {
  try {
    show(await api.get('/security'));
  } catch (error) {
    say(byId('alert'), explain(error));
  }
}

function askRemove() {
  removeDialog.open({
    opener: byId('remove'),
    explain,
    confirm: () => api.delete('/password', 'You are removing your password.'),
    done: () => toSecurity('removed'),
  });
}

wirePasswordToggles();
form.addEventListener('submit', onSubmit);
byId('remove').addEventListener('click', askRemove);
load();
