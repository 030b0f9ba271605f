// @ts-check
// The page of the recovery codes: how many are left, and new ones.

import { showCodes } from '../lib/codes.js';
import { api, byId, onPress, say } from '../lib/dom.js';
import { toSecurity } from '../lib/standing.js';
import { codesLeft, hasSecond } from '../lib/ways-in.js';
import { explain } from '../lib/whose.js';

let left = 0;

/** @param {import('../lib/ways-in.js').Factors} factors */
function show(factors) {
  left = factors.recovery_codes;
  const may = hasSecond(factors);
  byId('left').textContent = left ? codesLeft(left) : 'You have no recovery codes.';
  byId('left-words').textContent = may
    ? `Each lets you in once when your devices are gone.${left ? ' New ones take the place of those that you have.' : ''}`
    : 'They stand in for a passkey or an authenticator app, so set up one of those first.';
  byId('make').textContent = left ? 'Get new codes' : 'Get recovery codes';
  byId('make').hidden = !may;
  byId('factor-first').hidden = may;
  byId('before').hidden = false;
}

async function load() {
  try {
    show((await api.get('/security')).factors);
  } catch (error) {
    say(byId('alert'), explain(error));
  }
}

async function make() {
  say(byId('alert'), '');
  try {
    const { recovery_codes: codes } = await api.post('/recovery-codes', {}, 'You are making new recovery codes.');
    byId('before').hidden = true;
    showCodes(codes, { replaced: left > 0, done: () => toSecurity('codes') });
  } catch (error) {
    say(byId('alert'), explain(error));
  }
}

onPress(byId('make'), make);
load();
