import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alwaysNote, codesLeft, codesText, fewCodes, policyWords, rowsOf } from '../../static/js/lib/ways-in.js';

const factors = (more = {}) => ({
  password: true, totp: false, passkeys: 0, recovery_codes: 0, recovery_codes_saved: false, always_asks: false, ...more,
});

test('each way in says what there is of it', () => {
  const badges = (more) => Object.values(rowsOf(factors(more), 'whole')).map(({ badge }) => badge);
  assert.deepEqual(badges(), ['None', 'Off', 'None', 'Set']);
  assert.deepEqual(badges({ password: false, totp: true, passkeys: 2, recovery_codes: 7 }), ['2', 'On', '7 of 10 left', 'None']);
});

test('codes are warned of when there are few, or none beside a second factor', () => {
  const warns = (more) => Boolean(rowsOf(factors(more), 'whole').codes.warn);
  assert.equal(warns(), false);
  assert.equal(warns({ totp: true }), true);
  assert.deepEqual([1, 3, 4].map((left) => warns({ totp: true, recovery_codes: left })), [true, true, false]);
  assert.deepEqual([0, 3, 4].map((left) => fewCodes(factors({ recovery_codes: left }))), [false, true, false]);
});

test('who came in without the usual ways is told to set up something new', () => {
  assert.match(rowsOf(factors({ totp: true }), 'recovering').totp.note, /takes the place of a lost one/);
});

test('what the policy asks, and why one cannot be asked', () => {
  assert.match(policyWords('required'), /asks everybody for/);
  assert.match(policyWords('enrolled'), /everybody who has/);
  assert.match(policyWords('optional'), /if you want it/);
  assert.match(alwaysNote(factors()), /first/);
  assert.doesNotMatch(alwaysNote(factors({ passkeys: 1 })), /first/);
});

test('codes are counted, and kept with what they are for', () => {
  assert.deepEqual([1, 2].map(codesLeft), ['1 recovery code is left.', '2 recovery codes are left.']);
  assert.equal(codesText(['a-b', 'c-d'], 'mira', 'id.example'),
    'Recovery codes of mira for id.example. Each works once.\n\na-b\nc-d\n');
});
