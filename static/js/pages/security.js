// @ts-check
// The page about security: the ways in, what the policy asks, and what was done on the pages below it.

import { takeFlag } from '../lib/address.js';
import { api, byId, onPress, say } from '../lib/dom.js';
import { showNotices } from '../lib/notices.js';
import { alwaysNote, codesLeft, fewCodes, hasSecond, policyWords, rowsOf } from '../lib/ways-in.js';
import { explain } from '../lib/whose.js';

/** What brought the person here. @type {Record<string, string>} */
const DONE = {
  app: 'Your authenticator app is on.',
  off: 'Your authenticator app is off.',
  codes: 'Your recovery codes are saved.',
  password: 'Your new password is set. All your other sessions have ended.',
  removed: 'Your password is gone. Your passkeys sign you in from now on.',
};

const flags = Object.keys(DONE).filter(takeFlag);
const wasPartial = takeFlag('whole');
const recovered = takeFlag('recovered');
const always = byId('always-asks');

/** @param {string} id @param {import('../lib/ways-in.js').Row} row */
function showRow(id, { badge, good = false, warn = false, note }) {
  const mark = byId(`${id}-badge`);
  if (!mark) return; // passkeys, where they are turned off
  mark.textContent = badge;
  mark.hidden = false;
  mark.classList.toggle('badge-good', good);
  mark.classList.toggle('badge-warn', warn);
  byId(`${id}-note`).textContent = note;
}

/** @param {any} answer */
function show({ factors, policy, standing, notices }) {
  for (const [id, row] of Object.entries(rowsOf(factors, standing))) showRow(id, row);
  const whole = standing === 'whole';
  showNotices(whole ? notices : []);
  byId('standing').hidden = whole;
  byId('policy').hidden = !whole;
  byId('way-codes').hidden = !whole;
  byId('way-password').hidden = standing === 'enrolling';
  byId('few-codes').hidden = !(whole && fewCodes(factors));
  byId('few-codes-words').textContent = codesLeft(factors.recovery_codes);
  byId('policy-words').textContent = policyWords(policy);
  // Where the policy asks anyway, there is nothing to choose.
  byId('always').hidden = policy !== 'optional';
  byId('always-note').textContent = alwaysNote(factors);
  always.disabled = !hasSecond(factors);
  always.checked = factors.always_asks;
  byId('ways-in').hidden = false;
}

/** @param {string} standing */
function sayWhatWasDone(standing) {
  const said = flags.map((flag) => DONE[flag]);
  if (standing === 'whole' && wasPartial) said.push('That was all: you are signed in completely now.');
  if (standing === 'whole' && recovered) said.push('You are signed in.');
  say(byId('status'), said.join(' '));
}

async function load() {
  say(byId('alert'), '');
  byId('loading').hidden = false;
  byId('load-failed').hidden = true;
  try {
    const answer = await api.get('/security');
    show(answer);
    sayWhatWasDone(answer.standing);
  } catch (error) {
    const words = explain(error);
    say(byId('alert'), words);
    byId('load-failed').hidden = words === '';
  } finally {
    byId('loading').hidden = true;
  }
}

async function onAlways() {
  const wanted = always.checked;
  say(byId('alert'), '');
  say(byId('status'), '');
  always.disabled = true;
  try {
    const act = wanted ? 'You are asking for a second step at each sign-in.' : 'You are turning off “Always ask me”.';
    show(await api.patch('/security', { always_asks: wanted }, act));
    say(byId('status'), wanted ? 'You will be asked each time.' : 'You will not be asked each time any more.');
  } catch (error) {
    always.checked = !wanted;
    always.disabled = false;
    say(byId('alert'), explain(error));
  }
  if (document.activeElement === document.body) always.focus();
}

always.addEventListener('change', onAlways);
onPress(byId('reload'), load);
load();
