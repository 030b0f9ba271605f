import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnotherUserError, ApiError, CalledOffError, ConnectionError, createApi, retrySeconds } from '../../static/js/lib/api.js';
import { jsonResponse } from './helpers.js';

/** An api that records its requests and answers with `answer`. */
function stub(answer, base = '', user = '') {
  const calls = [];
  const fetch = async (url, init) => {
    calls.push({ url, init });
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer() : answer;
  };
  return { api: createApi({ base, user, fetch }), calls };
}

test('the prefix stands before every path', async () => {
  const { api, calls } = stub(jsonResponse(200, []), '/auth/account/api');
  await api.get('/passkeys');
  assert.equal(calls[0].url, '/auth/account/api/passkeys');
});

test('a GET and a DELETE have no body; everything else has JSON', async () => {
  const { api, calls } = stub(() => jsonResponse(200, {}));
  await api.get('/a');
  await api.post('/b', { x: 1 });
  await api.post('/c');
  await api.patch('/d', { name: 'n' });
  await api.delete('/e');
  assert.deepEqual(calls.map(({ init }) => init.method), ['GET', 'POST', 'POST', 'PATCH', 'DELETE']);
  assert.deepEqual(calls.map(({ init }) => init.body), [undefined, '{"x":1}', '{}', '{"name":"n"}', undefined]);
  assert.deepEqual(
    calls.map(({ init }) => init.headers['Content-Type']),
    [undefined, ...Array(3).fill('application/json'), undefined],
  );
  for (const { init } of calls) {
    assert.equal(init.credentials, 'same-origin');
    assert.equal(init.headers.Accept, 'application/json');
    assert.equal(init.cache, 'no-store');
  }
});

test("an error answer becomes an ApiError with the server's word and sentence", async () => {
  const { api } = stub(jsonResponse(400, { error: 'wrong_password', message: 'Invalid username or password.' }));
  await assert.rejects(api.post('/x'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.message, 'Invalid username or password.');
    assert.deepEqual([error.status, error.code, error.fields, error.retryAfter], [400, 'wrong_password', {}, null]);
    return true;
  });
});

test('faults of fields are kept when they have the right shape', async () => {
  const good = { username: 'Too short.' };
  const answer = { error: 'invalid_input', message: 'No.', fields: { ...good, password: null, code: ['x'], name: 7 } };
  const { api } = stub(jsonResponse(400, answer));
  await assert.rejects(api.post('/x'), (error) => assert.deepEqual(error.fields, good) ?? true);
});

test('a request that changes something names the person of the page, if there is one', async () => {
  for (const [user, sent] of [['dXNlcg', 'dXNlcg'], ['', undefined]]) {
    const { api, calls } = stub(() => jsonResponse(200, {}), '', user);
    await api.get('/a');
    await api.post('/b');
    await api.patch('/c', {});
    await api.delete('/d');
    assert.deepEqual(calls.map(({ init }) => init.headers['X-Passline-User']), [undefined, sent, sent, sent]);
  }
});

test("somebody else's answer is an AnotherUserError, whether it is good or bad", async () => {
  for (const status of [200, 400, 409, 503]) {
    const answer = { error: 'x', message: 'No.', user: { username: 'bob', handle: 'Ym9i' } };
    await assert.rejects(stub(jsonResponse(status, answer), '', 'YWRh').api.get('/x'), AnotherUserError);
    await assert.rejects(stub(jsonResponse(status, answer), '', 'YWRh').api.delete('/x'), AnotherUserError);
  }
});

test('one\'s own answer, and one that names nobody, are no AnotherUserError', async () => {
  for (const user of [{ handle: 'YWRh' }, {}, null, undefined, 7]) {
    assert.deepEqual(await stub(jsonResponse(200, { user }), '', 'YWRh').api.get('/x'), user === undefined ? {} : { user });
    await assert.rejects(stub(jsonResponse(400, { user }), '', 'YWRh').api.get('/x'), ApiError);
  }
});

test('a page that was made for nobody takes an answer of anybody, such as of who signs in', async () => {
  const body = { user: { username: 'bob', handle: 'Ym9i' } };
  assert.deepEqual(await stub(jsonResponse(200, body)).api.post('/sign-in/password'), body);
});

test('429 carries the seconds to wait', async () => {
  const { api } = stub(jsonResponse(429, { error: 'throttled', message: 'Too many.' }, { 'Retry-After': '17' }));
  await assert.rejects(api.post('/x'), { status: 429, retryAfter: 17, code: 'throttled' });
});

test("a proxy's HTML page is an ApiError without a sentence, even with status 200", async () => {
  for (const status of [200, 502]) {
    const { api } = stub(new Response('<h1>Hello</h1>', { status }));
    await assert.rejects(api.get('/x'), { name: 'ApiError', status, message: '' });
  }
});

test('JSON that is no object does no harm', async () => {
  for (const body of [null, 'no', 7, [], { error: 7, message: 7, fields: ['x'] }]) {
    const { api } = stub(jsonResponse(500, body));
    await assert.rejects(api.get('/x'), { name: 'ApiError', status: 500, message: '', code: null, fields: {} });
  }
});

test('a failed fetch and a broken answer are ConnectionErrors with their cause', async () => {
  const cause = new TypeError('Failed to fetch');
  await assert.rejects(stub(cause).api.get('/x'), (error) => error instanceof ConnectionError && error.cause === cause);
  const broken = { ok: true, text: () => Promise.reject(cause) };
  await assert.rejects(stub(broken).api.get('/x'), ConnectionError);
});

test('retrySeconds', () => {
  assert.deepEqual(['30', ' 5 ', '0', '-1', '1.5', '', 'Wed, 21 Oct 2026 07:28:00 GMT', null].map(retrySeconds),
    [30, 5, 0, null, null, null, null, null]);
});

/** An api whose server asks `times` times to confirm, and what was asked. */
function guarded(times, confirm) {
  const calls = [];
  const refusal = { error: 'step_up_required', message: 'Confirm.', verify: { methods: ['totp'], age: 600 } };
  const fetch = async (url, init) => {
    calls.push(init.method);
    return calls.length <= times ? jsonResponse(403, refusal) : jsonResponse(200, { done: true });
  };
  const asked = [];
  const api = createApi({ base: '', fetch, confirm: confirm === null ? null : async (about) => { asked.push(about); await confirm?.(); } });
  return { api, calls, asked };
}

test('an act that needs a recent proof goes on once the person has confirmed', async () => {
  const { api, calls, asked } = guarded(2);
  assert.deepEqual(await api.delete('/totp', 'You are turning it off.'), { done: true });
  assert.deepEqual(calls, ['DELETE', 'DELETE', 'DELETE']);
  assert.deepEqual(asked, Array(2).fill({ act: 'You are turning it off.', methods: ['totp'], age: 600 }));
});

test('an act that is called off is not tried again', async () => {
  const { api, calls } = guarded(1, async () => { throw new CalledOffError(); });
  await assert.rejects(api.post('/totp', {}), CalledOffError);
  assert.equal(calls.length, 1);
});

test('where nobody can be asked, the refusal is an error like any other', async () => {
  const { api, calls } = guarded(1, null);
  await assert.rejects(api.get('/x'), (error) => error instanceof ApiError && error.code === 'step_up_required');
  assert.equal(calls.length, 1);
  const nothing = createApi({
    base: '', confirm: async () => assert.fail('nothing could be offered'),
    fetch: async () => jsonResponse(403, { error: 'step_up_required', message: 'x', verify: { methods: [], age: 1 } }),
  });
  await assert.rejects(nothing.get('/x'), (error) => error instanceof ApiError && error.verify === null);
});
