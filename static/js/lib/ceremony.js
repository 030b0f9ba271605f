// @ts-check
// One sign-in ceremony at a time: the autofill request that waits behind the username
// field and the one the button starts share this controller, so they never collide.
// Everything it touches is handed in, so tests/js/ceremony.test.js runs it with fakes.

/**
 * @typedef {object} WebAuthn the parts of the vendored library in use
 * @property {(opts: {optionsJSON: any, useBrowserAutofill?: boolean}) => Promise<any>} startAuthentication
 * @property {() => Promise<boolean>} browserSupportsWebAuthnAutofill
 * @property {{cancelCeremony: () => void}} WebAuthnAbortService
 */

/**
 * @typedef {object} SignInDeps
 * @property {WebAuthn} webauthn
 * @property {() => Promise<any>} fetchOptions gets PublicKeyCredentialRequestOptionsJSON (and the challenge cookie)
 * @property {(response: any) => Promise<any>} verify posts the AuthenticationResponseJSON
 * @property {number} challengeTtl seconds the server keeps a challenge
 * @property {(busy: boolean) => void} onBusy
 * @property {(result: any) => void} onSuccess
 * @property {(error: any, response: any) => void} onError `response` is null when the ceremony itself failed
 * @property {(callback: () => void, ms: number) => any} [setTimer]
 * @property {(timer: any) => void} [clearTimer]
 * @property {() => number} [now]
 * @property {() => boolean} [isVisible]
 */

// A conditional request that ends badly at once, without a person, would do so again and again.
const LOOP_MS = 1000;

/**
 * When to renew: early enough that whoever picks a passkey just before still has time to unlock it.
 * @param {number} ttl seconds
 * @returns {number} seconds
 */
export function renewAfter(ttl) {
  return Math.max(ttl - Math.max(20, ttl / 4), ttl / 2);
}

/** @param {SignInDeps} deps */
export function createSignIn(deps) {
  const { webauthn, onBusy, onSuccess, onError } = deps;
  const setTimer = deps.setTimer ?? ((callback, ms) => setTimeout(callback, ms));
  const clearTimer = deps.clearTimer ?? ((timer) => clearTimeout(timer));
  const now = deps.now ?? (() => Date.now());
  const isVisible = deps.isVisible ?? (() => true);

  /** @type {'idle'|'autofill'|'modal'|'verifying'|'done'} */
  let state = 'idle';
  let generation = 0; // whoever holds an older number has been overtaken and must do nothing
  /** @type {any} */
  let timer = null;
  let renewAt = Infinity;
  /** @type {Promise<void>|null} */
  let modal = null;
  /** @type {Promise<any>} */
  let lastFetch = Promise.resolve();

  function supersede() {
    generation += 1;
    clearTimer(timer);
    timer = null;
    renewAt = Infinity;
    webauthn.WebAuthnAbortService.cancelCeremony();
    state = 'idle';
    return generation;
  }

  // The challenge sits in a cookie. Were two of these requests under way at once, the older
  // answer could arrive last and overwrite the newer challenge; so they go one after the other.
  /** @param {number} mine */
  function nextOptions(mine) {
    const run = () => (mine === generation ? deps.fetchOptions() : null);
    lastFetch = lastFetch.then(run, run);
    return lastFetch;
  }

  /** @param {any} response */
  async function finish(response) {
    state = 'verifying';
    clearTimer(timer);
    onBusy(true);
    const result = await deps.verify(response);
    state = 'done';
    onSuccess(result);
  }

  function armRenewal() {
    const ms = renewAfter(deps.challengeTtl) * 1000;
    renewAt = now() + ms;
    timer = setTimer(renew, ms);
  }

  function renew() {
    if (state !== 'autofill') return;
    // In the background nobody needs a fresh challenge; refresh() makes up for it on return.
    if (!isVisible()) return;
    supersede();
    startAutofill();
  }

  async function startAutofill() {
    if (state !== 'idle') return;
    state = 'autofill';
    generation += 1;
    const mine = generation;
    let startedAt = now();
    let instant = false;
    let response = null;
    try {
      const supported = await webauthn.browserSupportsWebAuthnAutofill();
      const options = supported && mine === generation ? await nextOptions(mine) : null;
      if (mine !== generation) return;
      if (!options) {
        state = 'idle';
        return;
      }
      startedAt = now();
      armRenewal();
      response = await webauthn.startAuthentication({ optionsJSON: options, useBrowserAutofill: true });
      instant = now() - startedAt < LOOP_MS;
      if (mine === generation) await finish(response);
    } catch (error) {
      if (response === null) instant = now() - startedAt < LOOP_MS;
      if (mine === generation) autofillFailed(error, response, instant);
    }
  }

  /** @param {any} error @param {any} response @param {boolean} instant */
  function autofillFailed(error, response, instant) {
    supersede();
    onBusy(false);
    // Until a passkey was picked, nobody asked for anything: no message.
    if (response !== null) onError(error, response);
    if (!instant) startAutofill();
  }

  async function modalCeremony() {
    const mine = supersede();
    state = 'modal';
    onBusy(true);
    let response = null;
    try {
      const options = await nextOptions(mine);
      if (mine !== generation) return;
      response = await webauthn.startAuthentication({ optionsJSON: options });
      if (mine === generation) await finish(response);
    } catch (error) {
      if (mine !== generation) return;
      supersede();
      onBusy(false);
      onError(error, response);
      startAutofill();
    }
  }

  return {
    startAutofill,
    /** Runs the ceremony behind the button. A second click joins the first. @returns {Promise<void>} */
    runModal() {
      if (modal) return modal;
      if (state === 'verifying' || state === 'done') return Promise.resolve();
      const run = modalCeremony().finally(() => {
        if (modal === run) modal = null;
      });
      modal = run;
      return run;
    },
    /** Ends whatever is under way without a word, such as when a password is sent. */
    stop() {
      if (state === 'verifying' || state === 'done') return;
      if (state === 'modal') onBusy(false);
      modal = null;
      supersede();
    },
    /** To call when the page is visible again: renews a challenge that ran out meanwhile. */
    refresh() {
      if (now() >= renewAt) renew();
    },
  };
}
