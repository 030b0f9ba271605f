// @ts-check
// From anything that can go wrong to one sentence or two that say what to do next.
// Pure: no DOM and no network, so that every case is tested in tests/js/messages.test.js.

import { ApiError, CalledOffError, ConnectionError } from './api.js';
import { UncertainError } from './enrol.js';

/** @typedef {'authenticate'|'confirm'|'register'|'other'} Action what the person was doing; 'confirm': proving who they are */

const ADDRESS =
  "The address in your browser isn't one this service is set up for. " +
  'Open the service at its usual address, or ask an administrator to check PASSLINE_RP_ID and PASSLINE_ORIGINS.';
const ALREADY_HERE =
  'This device already has a passkey for this account. Use that one, or add a passkey on another device or security key.';
const NO_LOCK =
  "This device can't check that it is you. Set up a screen lock, fingerprint or PIN on it, or use another device, then try again.";
const ALGORITHM =
  "This device can't make the kind of passkey this service needs. Update the device, or use another device or security key.";
const OUR_FAULT =
  'The server sent something this browser could not use. Reload the page and try again, and tell an administrator if it happens again.';
const DEVICE = 'The device or security key reported a problem. Unlock it or plug it in again, then try again.';
const BUSY = 'Another passkey request is still open. Close it, or reload the page, then try again.';
const UNSUPPORTED = "This browser can't use passkeys here. Update it, or use another browser or device.";

/** The codes of WebAuthnError in the vendored library, but for its pass-through. @type {Record<string, string>} */
const LIBRARY = {
  ERROR_CEREMONY_ABORTED: 'The passkey request was stopped. Try again when you are ready.',
  ERROR_INVALID_DOMAIN: ADDRESS,
  ERROR_INVALID_RP_ID: ADDRESS,
  ERROR_INVALID_USER_ID_LENGTH: OUR_FAULT,
  ERROR_MALFORMED_PUBKEYCREDPARAMS: OUR_FAULT,
  ERROR_AUTHENTICATOR_GENERAL_ERROR: DEVICE,
  ERROR_AUTHENTICATOR_MISSING_DISCOVERABLE_CREDENTIAL_SUPPORT:
    "This device or security key can't hold a passkey. Use another device or a newer security key.",
  ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT: NO_LOCK,
  ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED: ALREADY_HERE,
  ERROR_AUTHENTICATOR_NO_SUPPORTED_PUBKEYCREDPARAMS_ALG: ALGORITHM,
  ERROR_AUTO_REGISTER_USER_VERIFICATION_FAILURE: NO_LOCK,
  ERROR_SIGNAL_INVALID_ARGUMENT: OUR_FAULT,
};

/** DOMException (and TypeError) names. One sentence for both actions, or one for each. @type {Record<string, string|Partial<Record<Action, string>>>} */
const EXCEPTIONS = {
  NotAllowedError: {
    authenticate: 'The passkey sign-in was cancelled or took too long. Try again, or sign in with your password.',
    confirm: 'That was cancelled or took too long. Try again, or use another way.',
    register: 'Adding the passkey was cancelled or took too long. Nothing was added. Try again when you are ready.',
  },
  InvalidStateError: {
    register: ALREADY_HERE,
    authenticate: "This device can't use that passkey right now. Try again, or sign in with your password.",
    confirm: "This device can't use that passkey right now. Try again, or use another way.",
  },
  SecurityError: ADDRESS,
  ConstraintError: NO_LOCK,
  NotSupportedError: { register: ALGORITHM, authenticate: UNSUPPORTED, confirm: UNSUPPORTED },
  AbortError: LIBRARY.ERROR_CEREMONY_ABORTED,
  UnknownError: DEVICE,
  NotReadableError: DEVICE,
  OperationError: BUSY,
  TypeError: OUR_FAULT,
  DataError: OUR_FAULT,
  SyntaxError: OUR_FAULT,
  EncodingError: OUR_FAULT,
  InvalidCharacterError: OUR_FAULT,
  TimeoutError: 'That took too long. Try again.',
  NetworkError: "Can't reach the server. Check your connection and try again.",
};

/** The server's words whose own sentence can't know what is on this page. @type {Record<string, string>} */
const SIGN_IN = {
  browser_unbound: 'The passkey sign-in had run out. Try again.',
  challenge_unknown: 'The passkey sign-in took too long. Try again.',
  credential_unknown: "This passkey isn't known here any more. Use another passkey, or sign in with your password.",
  credential_unusable: "This passkey can't be used here. Use another passkey, sign in with your password, or ask an administrator.",
  passkeys_disabled: 'Passkeys are turned off on this service. Sign in with your password.',
};

/** The same, where who it is is known and has to be proved. @type {Record<string, string>} */
const CONFIRM = {
  challenge_unknown: 'That took too long. Try again.',
  credential_unknown: "This passkey isn't yours, or isn't known here any more. Use another passkey, or another way.",
  credential_unusable: "This passkey can't be used here. Use another passkey, or another way.",
  step_up_required: 'For this you have to confirm that it is you, and nothing here can. Sign out, sign in again, then try again.',
};

const FALLBACK = {
  confirm: 'The passkey did not work. Try again, or use another way.',
  authenticate: 'The passkey sign-in did not work. Try again, or sign in with your password.',
  register: 'The passkey could not be added. Try again, or use another device.',
  other: 'Something went wrong. Try again, and reload the page if it happens again.',
};

/** @param {string} text @returns {string} the text as a sentence: with a full stop at its end */
function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** @param {number|null} seconds @returns {string} such as "Wait 5 seconds" */
export function waitPart(seconds) {
  if (seconds === null || seconds < 1) return 'Wait a minute';
  if (seconds === 1) return 'Wait 1 second';
  return seconds < 120 ? `Wait ${seconds} seconds` : `Wait ${Math.ceil(seconds / 60)} minutes`;
}

/** @param {number|null} seconds @returns {string} */
export function waitSentence(seconds) {
  return `Too many tries. ${waitPart(seconds)}, then try again.`;
}

/** @param {string|null} code @param {Action} action @returns {string} our own words for the server's, '' for none */
function ownWords(code, action) {
  const table = action === 'confirm' || code === 'step_up_required' ? CONFIRM : SIGN_IN;
  // Own keys only: a word such as "constructor" must not reach Object.prototype.
  const known = code !== null && Object.hasOwn(table, code) ? table[code] : '';
  return table === CONFIRM || action === 'authenticate' || code === 'passkeys_disabled' ? known : '';
}

/** @param {ApiError} error @param {Action} action @returns {string} */
function apiSentence(error, action) {
  if (error.status === 429) return waitSentence(error.retryAfter);
  const known = ownWords(error.code, action);
  if (known) return known;
  if (error.message) return sentence(error.message);
  if (error.status >= 500) return 'The server has a problem right now. Wait a moment, then try again.';
  return 'The server gave an answer this page does not understand. Reload the page and try again.';
}

/** @param {any} error @param {Action} action @returns {string} */
function browserSentence(error, action) {
  // Own keys only, as above.
  if (typeof error?.code === 'string' && Object.hasOwn(LIBRARY, error.code)) return LIBRARY[error.code];
  const name = typeof error?.name === 'string' ? error.name : '';
  const known = Object.hasOwn(EXCEPTIONS, name) ? EXCEPTIONS[name] : undefined;
  if (typeof known === 'string') return known;
  return known?.[action] ?? FALLBACK[action];
}

/**
 * @param {unknown} error
 * @param {Action} [action]
 * @returns {string} what to show
 */
export function messageFor(error, action = 'other') {
  if (error instanceof ApiError) return apiSentence(error, action);
  if (error instanceof ConnectionError) return "Can't reach the server. Check your connection and try again.";
  if (error instanceof UncertainError) {
    return 'The connection broke while the passkey was being stored, so it may or may not be here. Reload the page to see.';
  }
  if (error instanceof MissingLibraryError) return 'A part of this page did not load. Reload the page and try again.';
  return browserSentence(error, action);
}

/**
 * An abort is always our own doing (the page moved on), and what was called off is known to who did; nobody needs to
 * hear of either.
 * @param {any} error
 * @returns {boolean}
 */
export function isSilent(error) {
  return error instanceof CalledOffError || error?.name === 'AbortError' || error?.code === 'ERROR_CEREMONY_ABORTED';
}

export class MissingLibraryError extends Error {
  name = 'MissingLibraryError';
}

/**
 * Why passkeys can't be used in this browser, or '' when they can.
 * @param {{supported: boolean, secureContext: boolean, loaded: boolean}} facts
 * @returns {string}
 */
export function whyUnsupported({ supported, secureContext, loaded }) {
  if (!secureContext) return 'Passkeys need a secure connection. Open this page with https, or ask an administrator to set it up.';
  if (!loaded) return messageFor(new MissingLibraryError());
  return supported ? '' : "This browser can't use passkeys. Update it, or use another browser or your password.";
}
