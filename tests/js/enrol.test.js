import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnotherUserError, ApiError, ConnectionError } from '../../static/js/lib/api.js';
import { addPasskey, UncertainError } from '../../static/js/lib/enrol.js';
import { createSignals } from '../../static/js/lib/signals.js';

const user = { username: 'ada', handle: 'dXNlcg' };
const mine = { id: '2', name: 'New', credential_id: 'bmV3' };
const other = { id: '1', name: 'Old', credential_id: 'b2xk' };

/** Runs addPasskey against a server that answers `post`, and `list` or its passkeys (an Error is thrown). */
async function run({ post, list, ceremony = { id: 'bmV3' }, optionsOf = user.handle }) {
  const log = [];
  const answer = (value) => (value instanceof Error ? Promise.reject(value) : Promise.resolve(value));
  const deps = {
    api: {
      get: (path) => (log.push(`GET ${path}`), answer(
        path.endsWith('/options') ? { user, options: { challenge: 'c', user: { id: optionsOf } } } : Array.isArray(list) ? { user, passkeys: list } : list)),
      post: (path, body) => (log.push(`POST ${body.name}`), answer(post)),
    },
    webauthn: { startRegistration: () => (log.push('ceremony'), answer(ceremony)) },
    signals: { unknownCredential: async (id) => log.push(`unknown ${id}`) },
    nameFor: () => 'New',
    user: user.handle,
  };
  const outcome = await addPasskey(deps).then((value) => ({ value }), (error) => ({ error }));
  return { ...outcome, log };
}

test('the passkey is stored right after the ceremony', async () => {
  const { value, log } = await run({ post: { user, passkeys: [other, mine], added: '2' } });
  assert.deepEqual(value, { passkeys: [other, mine], added: mine });
  assert.deepEqual(log, ['GET /passkeys/options', 'ceremony', 'POST New']);
});

test('a ceremony that fails stores nothing and signals nothing', async () => {
  const error = new DOMException('', 'NotAllowedError');
  const result = await run({ ceremony: error });
  assert.equal(result.error, error);
  assert.deepEqual(result.log, ['GET /passkeys/options', 'ceremony']);
});

test('a refusal takes the passkey off the device', async () => {
  const refusal = new ApiError('No.', { status: 400, code: 'registration_refused' });
  for (const list of [[other], new ApiError('', { status: 401 })]) {
    const { error, log } = await run({ post: refusal, list });
    assert.equal(error, refusal);
    assert.equal(log.at(-1), 'unknown bmV3');
  }
});

test('a passkey that somebody has already is not called unknown', async () => {
  const taken = new ApiError('No.', { status: 400, code: 'credential_taken' });
  const { error, log } = await run({ post: taken, list: [other] });
  assert.equal(error, taken);
  assert.ok(!log.includes('unknown bmV3'));
});

test('a lost answer: the list decides', async () => {
  for (const lost of [new ConnectionError(), new ApiError('', { status: 502 })]) {
    const stored = await run({ post: lost, list: [other, mine] });
    assert.deepEqual(stored.value, { passkeys: [other, mine], added: mine });
    assert.ok(!stored.log.includes('unknown bmV3'));

    const absent = await run({ post: lost, list: [other] });
    assert.equal(absent.error, lost);
    assert.equal(absent.log.at(-1), 'unknown bmV3');

    const unclear = await run({ post: lost, list: new ConnectionError() });
    assert.ok(unclear.error instanceof UncertainError);
    assert.ok(!unclear.log.includes('unknown bmV3'));
  }
});

test('a repeated request that is refused does not remove the passkey the first one stored', async () => {
  const { value, log } = await run({ post: new ApiError('Known already.', { status: 400 }), list: [mine] });
  assert.equal(value.added, mine);
  assert.ok(!log.includes('unknown bmV3'));
});

test("options of somebody else start no ceremony", async () => {
  const { error, log } = await run({ optionsOf: 'Ym9i' });
  assert.ok(error instanceof AnotherUserError);
  assert.deepEqual(log, ['GET /passkeys/options']);
});

test('where somebody else signed in meanwhile, nothing is signalled of the passkey just made', async () => {
  const stored = await run({ post: new AnotherUserError(), list: [other] });
  assert.ok(stored.error instanceof AnotherUserError);
  assert.deepEqual(stored.log, ['GET /passkeys/options', 'ceremony', 'POST New']);
  for (const lost of [new ConnectionError(), new ApiError('No.', { status: 400 })]) {
    const { error, log } = await run({ post: lost, list: new AnotherUserError() });
    assert.ok(error instanceof AnotherUserError);
    assert.equal(log.at(-1), 'GET /passkeys');
  }
});

/** Signals with a recording (or failing) library. */
function signalsWith(sendSignal) {
  const sent = [];
  const webauthn = { sendSignal: async (opts) => (sent.push(opts), sendSignal?.()) };
  return { sent, signals: createSignals({ webauthn, rpID: 'example.org' }) };
}

test("signals use the library's names", async () => {
  const { sent, signals } = signalsWith();
  await signals.unknownCredential('bmV3');
  await signals.acceptedCredentials({ user, passkeys: [other, mine] });
  await signals.acceptedCredentials({ user, passkeys: [] });
  await signals.userDetails(user);
  assert.deepEqual(sent, [
    { rpID: 'example.org', signalName: 'unknownCredential', credentialID: 'bmV3' },
    { rpID: 'example.org', signalName: 'allAcceptedCredentials', userID: 'dXNlcg', allAcceptedCredentialIDs: ['b2xk', 'bmV3'] },
    { rpID: 'example.org', signalName: 'allAcceptedCredentials', userID: 'dXNlcg', allAcceptedCredentialIDs: [] },
    { rpID: 'example.org', signalName: 'currentUserDetails', userID: 'dXNlcg', userName: 'ada', userDisplayName: 'ada' },
  ]);
});

test('an incomplete list is never sent: the device would hide good passkeys', async () => {
  const { sent, signals } = signalsWith();
  for (const list of [undefined, null, {}, [mine, {}], [mine, { credential_id: '' }], [null]]) {
    assert.equal(await signals.acceptedCredentials({ user, passkeys: list }), false);
  }
  for (const nobody of [undefined, null, {}, { ...user, handle: '' }]) {
    assert.equal(await signals.acceptedCredentials({ user: nobody, passkeys: [mine] }), false);
  }
  assert.deepEqual(sent, []);
});

test('a browser without signals is no problem', async () => {
  const { signals } = signalsWith(() => { throw new Error('This browser does not support it'); });
  assert.equal(await signals.acceptedCredentials({ user, passkeys: [mine] }), false);
  assert.equal(await createSignals({ webauthn: null, rpID: 'x' }).unknownCredential('bmV3'), false);
});
