import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, ConnectionError, createApi, retrySeconds, withoutCode } from '../../static/js/api.js';
import { jsonResponse } from './helpers.js';

/** An api that records its requests and answers with `answer`. */
function stub(answer, base = '') {
  const calls = [];
  const fetch = async (url, init) => {
    calls.push({ url, init });
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer() : answer;
  };
  return { api: createApi({ base, fetch }), calls };
}

test('the prefix stands before every path', async () => {
  const { api, calls } = stub(jsonResponse(200, []), '/auth');
  await api.get('/api/user/mfa/passkey');
  assert.equal(calls[0].url, '/auth/api/user/mfa/passkey');
});

test('a GET has no body; everything else has JSON', async () => {
  const { api, calls } = stub(() => jsonResponse(200, {}));
  await api.get('/a');
  await api.post('/b', { x: 1 });
  await api.post('/c');
  await api.patch('/d', { id: '1' });
  await api.delete('/e', { id: '1' });
  assert.deepEqual(calls.map(({ init }) => init.method), ['GET', 'POST', 'POST', 'PATCH', 'DELETE']);
  assert.deepEqual(calls.map(({ init }) => init.body), [undefined, '{"x":1}', '{}', '{"id":"1"}', '{"id":"1"}']);
  assert.deepEqual(
    calls.map(({ init }) => init.headers['Content-Type']),
    [undefined, ...Array(4).fill('application/json')],
  );
  for (const { init } of calls) {
    assert.equal(init.credentials, 'same-origin');
    assert.equal(init.headers.Accept, 'application/json');
    assert.equal(init.cache, 'no-store');
  }
});

test('an error answer becomes an ApiError without the code in its sentence', async () => {
  const { api } = stub(jsonResponse(400, { error: 'E1044: Invalid username or password.', code: 1044, statusCode: 400 }));
  await assert.rejects(api.post('/x'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.message, 'Invalid username or password.');
    assert.deepEqual([error.status, error.code, error.issues, error.retryAfter], [400, 1044, [], null]);
    return true;
  });
});

test('issues are kept when they have the right shape', async () => {
  const good = { path: ['username'], message: 'Too short.' };
  const { api } = stub(jsonResponse(400, { error: 'E1000: No.', code: 1000, issues: [good, null, { path: 'x' }, 7] }));
  await assert.rejects(api.post('/x'), (error) => assert.deepEqual(error.issues, [good]) ?? true);
});

test('429 carries the seconds to wait', async () => {
  const { api } = stub(jsonResponse(429, { error: 'Too many.', statusCode: 429 }, { 'Retry-After': '17' }));
  await assert.rejects(api.post('/x'), { status: 429, retryAfter: 17, code: null });
});

test("a proxy's HTML page is an ApiError without a sentence, even with status 200", async () => {
  for (const status of [200, 502]) {
    const { api } = stub(new Response('<h1>Hello</h1>', { status }));
    await assert.rejects(api.get('/x'), { name: 'ApiError', status, message: '' });
  }
});

test('JSON that is no object does no harm', async () => {
  for (const body of [null, 'no', 7, [], { error: 7, code: 'x', issues: {} }]) {
    const { api } = stub(jsonResponse(500, body));
    await assert.rejects(api.get('/x'), { name: 'ApiError', status: 500, message: '', code: null });
  }
});

test('a failed fetch and a broken answer are ConnectionErrors with their cause', async () => {
  const cause = new TypeError('Failed to fetch');
  await assert.rejects(stub(cause).api.get('/x'), (error) => error instanceof ConnectionError && error.cause === cause);
  const broken = { ok: true, text: () => Promise.reject(cause) };
  await assert.rejects(stub(broken).api.get('/x'), ConnectionError);
});

test('withoutCode and retrySeconds', () => {
  assert.equal(withoutCode('E9002: Passkeys are disabled.'), 'Passkeys are disabled.');
  assert.equal(withoutCode('No code here.'), 'No code here.');
  assert.equal(withoutCode(undefined), '');
  assert.deepEqual(['30', ' 5 ', '0', '-1', '1.5', '', 'Wed, 21 Oct 2026 07:28:00 GMT', null].map(retrySeconds),
    [30, 5, 0, null, null, null, null, null]);
});
