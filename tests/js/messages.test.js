import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ApiError, CalledOffError, ConnectionError } from '../../static/js/lib/api.js';
import { UncertainError } from '../../static/js/lib/enrol.js';
import { isSilent, messageFor, MissingLibraryError, waitSentence, whyUnsupported } from '../../static/js/lib/messages.js';
import { libraryError } from './helpers.js';

const ACTIONS = ['authenticate', 'confirm', 'register', 'other'];
const INSTRUCTION = /\b(try|use|open|ask|check|close|reload|update|unlock|sign in|set up|wait)\b/i;

// Read from the file that is served, so that an update of the library can't bring a code nobody has words for.
const bundle = readFileSync(
  new URL('../../static/vendor/simplewebauthn-browser-14.0.0/index.umd.min.js', import.meta.url), 'utf8');
const CODES = [...new Set(bundle.match(/ERROR_[A-Z_]+/g))];

// Every name in the "error names" table of Web IDL, and what else the platform and the library throw.
const NAMES = (
  'IndexSizeError HierarchyRequestError WrongDocumentError InvalidCharacterError NoModificationAllowedError NotFoundError ' +
  'NotSupportedError InUseAttributeError InvalidStateError SyntaxError InvalidModificationError NamespaceError ' +
  'InvalidAccessError TypeMismatchError SecurityError NetworkError AbortError URLMismatchError QuotaExceededError ' +
  'TimeoutError InvalidNodeTypeError DataCloneError EncodingError NotReadableError UnknownError ConstraintError DataError ' +
  'TransactionInactiveError ReadOnlyError VersionError OperationError NotAllowedError OptOutError TypeError RangeError Error'
).split(' ');

function assertHelpful(text, what) {
  assert.match(text, /\.$/, `${what} ends with a full stop: ${text}`);
  assert.match(text, INSTRUCTION, `${what} says what to do: ${text}`);
  assert.doesNotMatch(text, /undefined|null|\[object|E\d{4}/, what);
}

test('every code of the vendored library has a sentence of its own', () => {
  assert.ok(CODES.length >= 13, `found ${CODES}`);
  for (const code of CODES) {
    for (const action of ACTIONS) {
      // A name without words: so the sentence can only come from the code.
      const text = messageFor(libraryError(code, 'NoSuchError'), action);
      assertHelpful(text, `${code} (${action})`);
      if (code !== 'ERROR_PASSTHROUGH_SEE_CAUSE_PROPERTY') {
        assert.notEqual(text, messageFor(libraryError('', 'NoSuchError'), action), code);
      }
    }
  }
});

test('every DOMException name has a sentence', () => {
  for (const name of NAMES) {
    for (const action of ACTIONS) assertHelpful(messageFor(new DOMException('x', name), action), `${name} (${action})`);
  }
});

test('a pass-through error is explained by its name', () => {
  const error = libraryError('ERROR_PASSTHROUGH_SEE_CAUSE_PROPERTY', 'NotAllowedError');
  assert.match(messageFor(error, 'authenticate'), /cancelled or took too long.*password/);
  assert.match(messageFor(error, 'register'), /Nothing was added/);
});

test('the errors that matter most say the right thing', () => {
  assert.match(messageFor(libraryError('ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED', 'InvalidStateError'), 'register'),
    /^This device already has a passkey for this account\./);
  assert.match(messageFor(new DOMException('', 'InvalidStateError'), 'register'), /^This device already has/);
  for (const error of [new DOMException('', 'SecurityError'), libraryError('ERROR_INVALID_RP_ID', 'SecurityError')]) {
    assert.match(messageFor(error, 'authenticate'), /PASSLINE_RP_ID and PASSLINE_ORIGINS/);
  }
});

test('what is no error at all still gets a sentence', () => {
  for (const thing of [undefined, null, 0, '', 'text', {}, [], { name: 7, code: {} }, { code: 'constructor', name: 'toString' }]) {
    for (const action of ACTIONS) assertHelpful(messageFor(thing, action), String(thing));
  }
  assertHelpful(messageFor(Object.create(null)), 'an object without a prototype');
});

test("the server's sentence is shown, with a full stop", () => {
  const say = (message, details, action) => messageFor(new ApiError(message, { status: 400, ...details }), action);
  assert.equal(say('Invalid username or password.', { code: 'wrong_password' }), 'Invalid username or password.');
  assert.equal(say('This passkey is registered already', { code: 'credential_taken' }, 'register'), 'This passkey is registered already.');
  assert.equal(say('Really?', { code: 'credential_taken' }), 'Really?');
});

test('words of the passkey sign-in have sentences of this page', () => {
  for (const code of ['browser_unbound', 'challenge_unknown', 'credential_unknown', 'credential_unusable', 'passkeys_disabled']) {
    const text = messageFor(new ApiError('From the server.', { status: 400, code }), 'authenticate');
    assert.notEqual(text, 'From the server.');
    assertHelpful(text, code);
  }
  assert.match(messageFor(new ApiError('x', { status: 400, code: 'challenge_unknown' }), 'authenticate'), /try again/i);
  assert.equal(
    messageFor(new ApiError('From the server.', { status: 400, code: 'challenge_unknown' }), 'register'), 'From the server.');
  // A refused sign-in has several reasons, which only the server's sentence tells; 'constructor' is a key of every object.
  for (const code of ['sign_in_refused', 'constructor']) {
    assert.equal(messageFor(new ApiError('From the server.', { status: 400, code }), 'authenticate'), 'From the server.');
  }
});

test('who has to confirm is never sent to sign in with something else', () => {
  for (const code of ['challenge_unknown', 'credential_unknown', 'credential_unusable']) {
    const text = messageFor(new ApiError('From the server.', { status: 400, code }), 'confirm');
    assert.notEqual(text, 'From the server.');
    assert.doesNotMatch(text, /sign in/i);
  }
  for (const name of ['NotAllowedError', 'InvalidStateError', 'Whatever']) {
    assert.doesNotMatch(messageFor({ name }, 'confirm'), /sign in/i);
  }
  assert.match(messageFor(new ApiError('Confirm.', { status: 403, code: 'step_up_required' })), /Sign out, sign in again/);
});

test('answers without a sentence', () => {
  for (const status of [200, 400, 404, 500, 502, 503]) assertHelpful(messageFor(new ApiError('', { status })), status);
});

test('429 says how long to wait', () => {
  const say = (retryAfter) => messageFor(new ApiError('Too many', { status: 429, retryAfter }));
  assert.equal(say(1), 'Too many tries. Wait 1 second, then try again.');
  assert.equal(say(30), 'Too many tries. Wait 30 seconds, then try again.');
  assert.equal(say(119), 'Too many tries. Wait 119 seconds, then try again.');
  assert.equal(say(121), 'Too many tries. Wait 3 minutes, then try again.');
  assert.equal(say(null), waitSentence(0));
});

test('our own errors', () => {
  assert.equal(messageFor(new ConnectionError()), "Can't reach the server. Check your connection and try again.");
  assertHelpful(messageFor(new UncertainError()), 'UncertainError');
  assertHelpful(messageFor(new MissingLibraryError()), 'MissingLibraryError');
});

test('only aborts and what was called off are silent', () => {
  assert.equal(isSilent(new CalledOffError()), true);
  assert.equal(isSilent(new DOMException('', 'AbortError')), true);
  assert.equal(isSilent(libraryError('ERROR_CEREMONY_ABORTED', 'AbortError')), true);
  for (const error of [new DOMException('', 'NotAllowedError'), new ConnectionError(), null, undefined]) {
    assert.equal(isSilent(error), false);
  }
});

test('why passkeys are out of reach', () => {
  const fine = { supported: true, secureContext: true, loaded: true };
  assert.equal(whyUnsupported(fine), '');
  assert.match(whyUnsupported({ ...fine, secureContext: false, loaded: false }), /https/);
  for (const key of Object.keys(fine)) assertHelpful(whyUnsupported({ ...fine, [key]: false }), key);
});
