import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, CalledOffError } from '../../static/js/lib/api.js';
import { ageWords, askWords, faultOf, firstWay } from '../../static/js/lib/proof-words.js';

const refused = (code, more = {}) => new ApiError('No.', { status: 400, code, ...more });

test('the way that was used last comes first where it is offered', () => {
  assert.equal(firstWay(['passkey', 'totp'], ['totp']), 'totp');
  assert.equal(firstWay(['passkey', 'recovery'], ['totp', 'recovery']), 'recovery');
  assert.equal(firstWay(['passkey', 'recovery'], ['', 'password']), 'passkey');
  assert.equal(firstWay([], ['totp']), '');
});

test('a wrong proof is said at its field', () => {
  const fault = 'That code didn’t work.';
  assert.equal(faultOf(refused('code_wrong', { fields: { code: fault } }), 'totp', ['totp']), fault);
  assert.equal(faultOf(refused('recovery_code_wrong', { fields: { recovery_code: fault } }), 'recovery', []), fault);
  assert.match(faultOf(refused('wrong_password'), 'password', []), /not your password/);
  assert.equal(faultOf(refused('proof_not_taken'), 'totp', []), 'No.');
});

test('what is not of the field is said elsewhere', () => {
  assert.equal(faultOf(refused('code_wrong'), 'passkey', ['passkey']), '');
  assert.equal(faultOf(refused('sign_in_unknown'), 'totp', ['totp']), '');
  assert.equal(faultOf(new ApiError('Down.', { status: 503 }), 'totp', ['totp']), '');
  assert.equal(faultOf(new CalledOffError(), 'totp', ['totp']), '');
});

test('where codes have to wait, what stays open is named', () => {
  const wait = new ApiError('', { status: 429, retryAfter: 300 });
  assert.equal(faultOf(wait, 'totp', ['passkey', 'totp', 'recovery']),
    'Too many tries. Wait 5 minutes, or use a passkey or a recovery code now.');
  assert.equal(faultOf(wait, 'totp', ['totp', 'recovery']), 'Too many tries. Wait 5 minutes, or use a recovery code now.');
  assert.equal(faultOf(wait, 'totp', ['totp']), 'Too many tries. Wait 5 minutes, then type the next code.');
  assert.equal(faultOf(wait, 'password', ['password']), 'Too many tries. Wait 5 minutes, then try again.');
});

test('the dialog says what for and how recent', () => {
  assert.equal(askWords('You are adding a passkey.', 600),
    'You are adding a passkey. This needs to know that it was you within the last 10 minutes.');
  assert.match(askWords('', 600), /^This needs/);
  assert.deepEqual([1, 90, 60, 3600, 7200, 86400].map(ageWords), ['second', '90 seconds', 'minute', 'hour', '2 hours', 'day']);
});
