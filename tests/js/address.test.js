import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destination, rightOrigin } from '../../static/js/lib/address.js';

const ACCEPTED = ['https://auth.example.com', 'http://localhost:8000', 'https://example.org:8443'];
const from = (address, accepted = ACCEPTED) => rightOrigin(new URL(address), accepted);

test('where passkeys work there is nowhere else to go', () => {
  for (const origin of ACCEPTED) assert.equal(from(`${origin}/login`), '');
});

test('the way leads to the origin of the same scheme and port, or else to the first', () => {
  assert.equal(from('http://127.0.0.1:8000'), 'http://localhost:8000');
  assert.equal(from('https://192.0.2.7:8443'), 'https://example.org:8443');
  assert.equal(from('https://example.com'), 'https://auth.example.com');
  assert.equal(from('http://192.0.2.7:9000'), 'https://auth.example.com');
  assert.equal(from('https://localhost:8000'), 'https://auth.example.com');
});

test('a page without an origin of its own is led to the first, too', () => {
  assert.equal(rightOrigin({ origin: 'null', protocol: 'about:', port: '' }, ACCEPTED), ACCEPTED[0]);
});

test('where passkeys work in no browser, nothing is said', () => {
  assert.equal(from('http://127.0.0.1:8000', []), '');
});

test('a sign-in leads to where it was wanted, and never to another site', () => {
  const here = new URL('https://auth.example.com/login/second');
  const to = (wanted) => destination(wanted, '/passkeys', here);
  assert.equal(to('/security?x=1'), 'https://auth.example.com/security?x=1');
  for (const wanted of ['https://evil.example/', '//evil.example', 'http://[', '/\\evil.example']) assert.equal(to(wanted), '/passkeys');
  assert.equal(to(''), 'https://auth.example.com/passkeys');
});
