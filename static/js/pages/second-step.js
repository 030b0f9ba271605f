// @ts-check
// The second step of a sign-in, after a password or a passkey that did not check who it was.

import { destination, warnOfWrongAddress } from '../lib/address.js';
import { ApiError } from '../lib/api.js';
import { api, base, byId, origins, reloadWhenRestored, say } from '../lib/dom.js';
import { messageFor } from '../lib/messages.js';
import { createProof } from '../lib/proof.js';

const next = byId('second-step').dataset.next;

function enter() {
  byId('lead').textContent = 'Signed in. One moment…';
  location.assign(destination(next, `${base}/passkeys`));
}

/**
 * To the sign-in page if the sign-in has timed out or was ended; it says so.
 * @param {unknown} error
 * @returns {boolean}
 */
function startsAgainFor(error) {
  if (!(error instanceof ApiError && error.code === 'sign_in_unknown')) return false;
  location.replace(`${base}/login?next=${encodeURIComponent(next)}&late=1`);
  return true;
}

const proof = createProof({
  fetchOptions: async () => (await api.get('/sign-in/second/options')).options,
  send: (answer) => api.post('/sign-in/second', answer),
  onDone: enter,
  leavesFor: startsAgainFor,
});

/** @param {string[]} methods @returns {string} */
function leadFor(methods) {
  // After a password it is not asked for again.
  if (methods.includes('password')) return 'Your passkey didn’t check that it was you. Confirm it in another way.';
  if (methods.includes('totp')) return 'Your password was right. Now type the 6-digit code from your authenticator app.';
  return 'Your password was right. Now confirm it with something that only you have.';
}

async function load() {
  try {
    const { second_step: { username, methods } } = await api.get('/sign-in/second');
    byId('lead').textContent = leadFor(methods);
    byId('who-name').textContent = username;
    byId('who').hidden = false;
    byId('steps').hidden = false;
    proof.ask(methods, ['totp', 'passkey']);
  } catch (error) {
    if (startsAgainFor(error)) return;
    byId('lead').textContent = '';
    say(byId('alert'), messageFor(error));
  }
}

warnOfWrongAddress(byId('wrong-address'), origins);
reloadWhenRestored();
addEventListener('pagehide', () => proof.stop());
load();
