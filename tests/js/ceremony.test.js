import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSignIn, renewAfter } from '../../static/js/lib/ceremony.js';
import { deferred, libraryError, settle } from './helpers.js';

/** A controller with fakes around it, and handles on everything they were asked. */
function setUp({ supported = true, ttl = 300 } = {}) {
  const world = {
    ceremonies: [], timers: [], busy: [], results: [], errors: [], fetches: [], posts: [], clock: 0, visible: true,
    open: () => world.ceremonies.filter(({ over }) => !over),
    fetchAnswer: () => Promise.resolve({ challenge: `c${world.fetches.length}` }),
    verifyAnswer: () => Promise.resolve({ user: {} }),
  };
  const webauthn = {
    browserSupportsWebAuthnAutofill: async () => supported,
    startAuthentication(opts) {
      webauthn.WebAuthnAbortService.cancelCeremony(); // as the library does
      const ceremony = { ...deferred(), opts, autofill: opts.useBrowserAutofill === true, over: false };
      ceremony.promise.then(() => (ceremony.over = true), () => (ceremony.over = true));
      world.ceremonies.push(ceremony);
      return ceremony.promise;
    },
    WebAuthnAbortService: {
      cancelCeremony: () => world.open().forEach((c) => c.reject(libraryError('ERROR_CEREMONY_ABORTED', 'AbortError'))),
    },
  };
  const controller = createSignIn({
    webauthn,
    challengeTtl: ttl,
    fetchOptions: () => (world.fetches.push(world.clock), world.fetchAnswer()),
    verify: (response) => (world.posts.push(response), world.verifyAnswer()),
    onBusy: (busy) => world.busy.push(busy),
    onSuccess: (result) => world.results.push(result),
    onError: (error, response) => world.errors.push({ error, response }),
    setTimer: (callback, ms) => world.timers.push({ callback, ms }) - 1,
    clearTimer: (index) => index !== null && world.timers[index] && (world.timers[index].cleared = true),
    now: () => world.clock,
    isVisible: () => world.visible,
  });
  return { world, controller };
}

const cancelled = () => libraryError('ERROR_PASSTHROUGH_SEE_CAUSE_PROPERTY', 'NotAllowedError');

test('autofill waits silently and signs in with what is picked', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  await settle();
  assert.deepEqual(world.ceremonies.map(({ autofill }) => autofill), [true]);
  assert.deepEqual(world.busy, []);
  world.ceremonies[0].resolve({ id: 'cred' });
  await settle();
  assert.deepEqual(world.posts, [{ id: 'cred' }]);
  assert.equal(world.results.length, 1);
  assert.deepEqual(world.busy, [true]);
});

test('without conditional mediation nothing is fetched', async () => {
  const { world, controller } = setUp({ supported: false });
  await controller.startAutofill();
  assert.deepEqual([world.fetches.length, world.ceremonies.length], [0, 0]);
});

test('starting autofill twice makes one request', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  controller.startAutofill();
  await settle();
  assert.deepEqual([world.fetches.length, world.ceremonies.length], [1, 1]);
});

test('the button ends autofill without a word and runs one modal ceremony', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  await settle();
  controller.runModal();
  await settle();
  assert.deepEqual(world.ceremonies.map(({ autofill, over }) => [autofill, over]), [[true, true], [false, false]]);
  assert.deepEqual(world.errors, []);
  world.ceremonies[1].resolve({ id: 'cred' });
  await settle();
  assert.deepEqual(world.results, [{ user: {} }]);
  assert.equal(world.open().length, 0);
});

test('a double click runs one ceremony', async () => {
  const { world, controller } = setUp();
  assert.equal(controller.runModal(), controller.runModal());
  await settle();
  controller.runModal();
  await settle();
  assert.deepEqual([world.fetches.length, world.ceremonies.length], [1, 1]);
});

test('clicks while the server verifies, and after success, do nothing', async () => {
  const { world, controller } = setUp();
  const answer = deferred();
  world.verifyAnswer = () => answer.promise;
  controller.runModal();
  await settle();
  world.ceremonies[0].resolve({ id: 'cred' });
  await settle();
  controller.runModal();
  controller.stop();
  answer.resolve({});
  await settle();
  await controller.runModal();
  controller.startAutofill();
  await settle();
  assert.deepEqual([world.posts.length, world.results.length, world.ceremonies.length], [1, 1, 1]);
});

test('autofill that is being verified is not disturbed by the button', async () => {
  const { world, controller } = setUp();
  const answer = deferred();
  world.verifyAnswer = () => answer.promise;
  controller.startAutofill();
  await settle();
  world.ceremonies[0].resolve({ id: 'cred' });
  await settle();
  await controller.runModal();
  answer.resolve({});
  await settle();
  assert.deepEqual([world.ceremonies.length, world.results.length], [1, 1]);
});

test('a cancelled modal ceremony is reported and autofill comes back', async () => {
  const { world, controller } = setUp();
  controller.runModal();
  await settle();
  world.ceremonies[0].reject(cancelled());
  await settle();
  assert.equal(world.errors[0].error.name, 'NotAllowedError');
  assert.equal(world.errors[0].response, null);
  assert.deepEqual(world.busy, [true, false]);
  assert.deepEqual(world.ceremonies.map(({ autofill }) => autofill), [false, true]);
});

test('a refused assertion is reported with its response, and autofill gets a new challenge', async () => {
  for (const start of ['runModal', 'startAutofill']) {
    const { world, controller } = setUp();
    world.verifyAnswer = () => Promise.reject(new Error('credential_unknown'));
    controller[start]();
    await settle();
    world.clock = 5000;
    world.ceremonies[0].resolve({ id: 'cred' });
    await settle();
    assert.deepEqual(world.errors.map(({ response }) => response), [{ id: 'cred' }], start);
    assert.deepEqual([world.fetches.length, world.open().length, world.busy.at(-1)], [2, 1, false], start);
  }
});

test('options that cannot be fetched: told for the button, not for autofill', async () => {
  const { world, controller } = setUp();
  world.fetchAnswer = () => Promise.reject(new Error('offline'));
  controller.startAutofill();
  await settle();
  assert.deepEqual([world.errors.length, world.fetches.length], [0, 1]);
  controller.runModal();
  await settle();
  assert.equal(world.errors.length, 1);
  assert.equal(world.ceremonies.length, 0);
});

test('autofill that fails at once does not spin', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  await settle();
  world.ceremonies[0].reject(cancelled());
  await settle();
  assert.deepEqual([world.ceremonies.length, world.errors.length], [1, 0]);
});

test('an assertion that comes at once and is refused is not asked for again and again', async () => {
  const { world, controller } = setUp();
  world.verifyAnswer = () => ((world.clock += 5000), Promise.reject(new Error('credential_unknown')));
  controller.startAutofill();
  await settle();
  world.ceremonies[0].resolve({ id: 'cred' });
  await settle();
  assert.deepEqual([world.ceremonies.length, world.errors.length, world.busy.at(-1)], [1, 1, false]);
});

test('autofill that is dismissed later comes back', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  await settle();
  world.clock = 5000;
  world.ceremonies[0].reject(cancelled());
  await settle();
  assert.deepEqual([world.ceremonies.length, world.errors.length], [2, 0]);
});

test('options are never fetched side by side', async () => {
  const { world, controller } = setUp();
  const slow = deferred();
  world.fetchAnswer = () => (world.fetches.length === 1 ? slow.promise : Promise.resolve({ challenge: 'new' }));
  controller.startAutofill();
  await settle();
  controller.runModal();
  await settle();
  assert.equal(world.fetches.length, 1);
  slow.resolve({ challenge: 'old' });
  await settle();
  assert.equal(world.fetches.length, 2);
  assert.deepEqual(world.ceremonies.map(({ opts }) => opts), [{ optionsJSON: { challenge: 'new' } }]);
});

test('a challenge is renewed before it runs out', async () => {
  const { world, controller } = setUp({ ttl: 300 });
  controller.startAutofill();
  await settle();
  assert.equal(world.timers[0].ms, 225_000);
  world.clock = 225_000;
  world.timers[0].callback();
  await settle();
  assert.deepEqual(world.ceremonies.map(({ over, opts }) => [over, opts.optionsJSON.challenge]), [[true, 'c1'], [false, 'c2']]);
  assert.deepEqual([world.errors, world.busy], [[], []]);
});

test('in the background renewal waits for the return', async () => {
  const { world, controller } = setUp({ ttl: 300 });
  controller.startAutofill();
  await settle();
  controller.refresh();
  await settle();
  assert.equal(world.fetches.length, 1);
  Object.assign(world, { clock: 225_000, visible: false });
  world.timers[0].callback();
  await settle();
  assert.equal(world.fetches.length, 1);
  world.visible = true;
  controller.refresh();
  await settle();
  assert.deepEqual([world.fetches.length, world.open().length], [2, 1]);
});

test('a timer of before does not touch the modal ceremony', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  await settle();
  controller.runModal();
  await settle();
  assert.equal(world.timers[0].cleared, true);
  world.timers[0].callback();
  controller.refresh();
  await settle();
  assert.deepEqual(world.open().map(({ autofill }) => autofill), [false]);
});

test('stop is silent, and the button works again at once', async () => {
  const { world, controller } = setUp();
  controller.runModal();
  await settle();
  controller.stop();
  controller.runModal();
  await settle();
  assert.deepEqual(world.errors, []);
  assert.deepEqual(world.ceremonies.map(({ over }) => over), [true, false]);
  assert.deepEqual(world.busy, [true, false, true]);
  controller.runModal(); // the end of the stopped one must not make room for a third
  await settle();
  assert.equal(world.ceremonies.length, 2);
});

test('stop while options are on their way starts nothing', async () => {
  const { world, controller } = setUp();
  controller.startAutofill();
  controller.stop();
  await settle();
  assert.equal(world.ceremonies.length, 0);
});

test('renewal leaves time to unlock', () => {
  for (const ttl of [1, 2, 30, 60, 120, 300, 600]) {
    const after = renewAfter(ttl);
    assert.ok(after > 0 && after < ttl, `${ttl}: ${after}`);
  }
  assert.equal(renewAfter(60), 40);
});
