// @ts-check
// The only module that talks to the server. It turns every outcome into a value, an ApiError (the server said no),
// a ConnectionError (we don't know what happened) or an AnotherUserError (the page is of no more use).

/**
 * @typedef {Record<string, string>} Faults what is wrong with which field
 * @typedef {'GET'|'POST'|'PATCH'|'DELETE'} Method
 * @typedef {(input: string, init: RequestInit) => Promise<Response>} Fetch
 */

export class ApiError extends Error {
  /**
   * @param {string} message the server's sentence, '' when it sent none
   * @param {{status: number, code?: string|null, fields?: Faults, retryAfter?: number|null}} details
   *   `code` is the server's word for what went wrong, such as 'challenge_unknown'
   */
  constructor(message, { status, code = null, fields = {}, retryAfter = null }) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
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

/** @param {Response} response @param {any} body @returns {ApiError} */
function apiError(response, body) {
  return new ApiError(typeof body?.message === 'string' ? body.message.trim() : '', {
    status: response.status,
    code: typeof body?.error === 'string' ? body.error : null,
    fields: faultsIn(body?.fields),
    retryAfter: retrySeconds(response.headers.get('Retry-After')),
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
 * @param {{base: string, user?: string, fetch?: Fetch}} settings `base` stands before every path and has no trailing
 *   slash; `user` is the handle of the person the page was made for, '' for nobody
 */
export function createApi({ base, user = '', fetch = (input, init) => globalThis.fetch(input, init) }) {
  /** @param {Method} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async function request(method, path, body) {
    let response;
    try {
      response = await fetch(base + path, requestInit(method, body, user));
    } catch (error) {
      throw new ConnectionError(error);
    }
    return readAnswer(response, user);
  }
  return {
    /** @param {string} path */
    get: (path) => request('GET', path),
    /** @param {string} path @param {unknown} [body] */
    post: (path, body) => request('POST', path, body),
    /** @param {string} path @param {unknown} body */
    patch: (path, body) => request('PATCH', path, body),
    /** @param {string} path */
    delete: (path) => request('DELETE', path),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */
