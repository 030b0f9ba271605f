// @ts-check
// The only module that talks to the server. It turns every outcome into a value, an ApiError (the server said no),
// a ConnectionError (we don't know what happened) or an AnotherUserError (the page is of no more use).

/**
 * @typedef {Record<string, string>} Faults what is wrong with which field
 * @typedef {'GET'|'POST'|'PATCH'|'DELETE'} Method
 * @typedef {{methods: string[], age: number}} Verify by what a person can confirm, and how many seconds that counts
 * @typedef {(asked: Verify & {act: string}) => Promise<void>} Confirm asks the person to confirm that it is them;
 *   rejects when they would rather not
 * @typedef {(input: string, init: RequestInit) => Promise<Response>} Fetch
 */

export class ApiError extends Error {
  /**
   * @param {string} message the server's sentence, '' when it sent none
   * @param {{status: number, code?: string|null, fields?: Faults, retryAfter?: number|null, verify?: Verify|null}} details
   *   `code` is the server's word for what went wrong, such as 'challenge_unknown'; `verify` comes with one that goes
   *   away once the person has confirmed that it is them
   */
  constructor(message, { status, code = null, fields = {}, retryAfter = null, verify = null }) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
    this.verify = verify;
  }
}

export class ConnectionError extends Error {
  /** @param {unknown} [cause] */
  constructor(cause) {
    super("Can't reach the server.", { cause });
    this.name = 'ConnectionError';
  }
}

/** Somebody else has signed in since the page was made: nothing of theirs may be shown, changed or signalled here. */
export class AnotherUserError extends Error {
  name = 'AnotherUserError';
}

/** The person would rather not confirm that it is them: the act is called off, and nothing is to be said. */
export class CalledOffError extends Error {
  name = 'CalledOffError';
}

const TIMEOUT_MS = 30_000;

/**
 * @param {string|null} header
 * @returns {number|null} whole seconds, or null when the header is absent or a date
 */
export function retrySeconds(header) {
  return header !== null && /^\s*\d+\s*$/.test(header) ? Number(header) : null;
}

/** @param {Method} method @param {unknown} body @param {string} user @returns {RequestInit} */
function requestInit(method, body, user) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  /** @type {RequestInit} */
  const init = { method, credentials: 'same-origin', cache: 'no-store', headers };
  // With it the server changes nothing for anybody else.
  if (user && method !== 'GET') headers['X-Passline-User'] = user;
  // A DELETE names everything in its path.
  if (method === 'POST' || method === 'PATCH') {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body ?? {});
  }
  // Older browsers lack AbortSignal.timeout; they only wait longer.
  if (typeof AbortSignal.timeout === 'function') init.signal = AbortSignal.timeout(TIMEOUT_MS);
  return init;
}

/** @param {unknown} value @returns {Faults} */
function faultsIn(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, fault]) => typeof fault === 'string'));
}

/** @param {any} value @returns {Verify|null} */
function verifyIn(value) {
  if (!Array.isArray(value?.methods) || !value.methods.length) return null;
  return { methods: value.methods.map(String), age: Number(value.age) || 0 };
}

/** @param {Response} response @param {any} body @returns {ApiError} */
function apiError(response, body) {
  return new ApiError(typeof body?.message === 'string' ? body.message.trim() : '', {
    status: response.status,
    code: typeof body?.error === 'string' ? body.error : null,
    fields: faultsIn(body?.fields),
    retryAfter: retrySeconds(response.headers.get('Retry-After')),
    verify: body?.error === 'step_up_required' ? verifyIn(body.verify) : null,
  });
}

/** @param {Response} response @param {string} user */
async function readAnswer(response, user) {
  let text;
  try {
    text = await response.text();
  } catch (error) {
    throw new ConnectionError(error); // the connection broke halfway through the answer
  }
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's HTML error page, or a login page of the network in between.
    throw new ApiError('', { status: response.status, retryAfter: retrySeconds(response.headers.get('Retry-After')) });
  }
  // An answer that names nobody is judged by its status alone.
  if (user && (body?.user?.handle ?? user) !== user) throw new AnotherUserError();
  if (!response.ok) throw apiError(response, body);
  return body;
}

/**
 * @param {{base: string, user?: string, confirm?: Confirm|null, fetch?: Fetch}} settings `base` stands before every path
 *   and has no trailing slash; `user` is the handle of the person the page was made for, '' for nobody
 */
export function createApi({ base, user = '', confirm = null, fetch = (input, init) => globalThis.fetch(input, init) }) {
  /** @param {Method} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async function once(method, path, body) {
    let response;
    try {
      response = await fetch(base + path, requestInit(method, body, user));
    } catch (error) {
      throw new ConnectionError(error);
    }
    return readAnswer(response, user);
  }

  /** @param {Method} method @param {string} path @param {unknown} body @param {string} act @returns {Promise<any>} */
  async function request(method, path, body, act) {
    for (;;) {
      try {
        return await once(method, path, body);
      } catch (error) {
        if (!(confirm && error instanceof ApiError && error.verify)) throw error;
        await confirm({ act, ...error.verify });
      }
    }
  }

  // `act` tells people what they are doing, "You are adding a passkey.", where they have to confirm that it is them.
  return {
    /** @param {string} path @param {string} [act] */
    get: (path, act = '') => request('GET', path, null, act),
    /** @param {string} path @param {unknown} [body] @param {string} [act] */
    post: (path, body, act = '') => request('POST', path, body, act),
    /** @param {string} path @param {unknown} body @param {string} [act] */
    patch: (path, body, act = '') => request('PATCH', path, body, act),
    /** @param {string} path @param {string} [act] */
    delete: (path, act = '') => request('DELETE', path, null, act),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */
