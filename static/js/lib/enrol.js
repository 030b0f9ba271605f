// @ts-check
// Adding a passkey: the registration ceremony, then storing its result at once. The awkward
// part is a device that made a passkey and a server that may not have stored it.

import { AnotherUserError, ApiError } from './api.js';

const TAKEN = 'credential_taken';

/**
 * @typedef {object} Passkey as the server describes it
 * @property {string} id
 * @property {string} name
 * @property {string} credential_id base64url
 * @property {string|null} authenticator what made it, where that is known
 * @property {boolean} backup_eligible
 * @property {boolean} backed_up
 * @property {boolean|null} discoverable whether it can sign in by itself, or null where nobody knows
 * @property {string[]} transports
 * @property {string} created_at
 * @property {string|null} last_used_at null until it has signed in
 */

/**
 * @typedef {object} EnrolDeps
 * @property {{startRegistration: (opts: {optionsJSON: any}) => Promise<any>}} webauthn
 * @property {import('./api.js').Api} api
 * @property {import('./signals.js').Signals} signals
 * @property {(response: any) => string} nameFor a name for the passkey just made
 * @property {string} user the handle of the person the page was made for
 */

/** The passkey was made, and nobody can tell whether the server stored it. */
export class UncertainError extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super('It is not certain that the passkey was stored.', { cause });
    this.name = 'UncertainError';
  }
}

/**
 * Runs the ceremony and stores the passkey.
 * @param {EnrolDeps} deps
 * @returns {Promise<{passkeys: Passkey[], added: Passkey|undefined}>}
 */
export async function addPasskey({ webauthn, api, signals, nameFor, user }) {
  const { options: optionsJSON } = await api.get('/passkeys/options', 'You are adding a passkey.');
  // Before the ceremony: the device would keep a passkey for somebody who did not ask for one.
  if (optionsJSON.user.id !== user) throw new AnotherUserError();
  const response = await webauthn.startRegistration({ optionsJSON });
  let passkeys;
  try {
    passkeys = (await api.post('/passkeys', { response, name: nameFor(response) }, 'You are adding a passkey.')).passkeys;
  } catch (error) {
    passkeys = await settle(error, response.id, api, signals);
  }
  // By its credential id, which is known here even when the answer that says `added` was lost.
  return { passkeys, added: passkeys.find((/** @type {Passkey} */ passkey) => passkey.credential_id === response.id) };
}

/**
 * Storing failed, or only its answer was lost. The list tells which; only a passkey the server
 * certainly does not know may be taken off the device. Somebody else's list tells nothing of it.
 * @param {unknown} error
 * @param {string} credentialID
 * @param {import('./api.js').Api} api
 * @param {import('./signals.js').Signals} signals
 * @returns {Promise<Passkey[]>} the list, when the passkey is on it after all
 */
async function settle(error, credentialID, api, signals) {
  if (error instanceof AnotherUserError) throw error;
  const passkeys = await listOrNull(api);
  if (passkeys?.some((passkey) => passkey.credential_id === credentialID)) return passkeys;
  const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  if (passkeys === null && !refused) throw new UncertainError(error);
  // A passkey that somebody has is not unknown, whoever it is.
  if (!(error instanceof ApiError && error.code === TAKEN)) await signals.unknownCredential(credentialID);
  throw error;
}

/** @param {import('./api.js').Api} api @returns {Promise<Passkey[]|null>} */
async function listOrNull(api) {
  try {
    const { passkeys } = await api.get('/passkeys');
    return Array.isArray(passkeys) ? passkeys : null;
  } catch (error) {
    if (error instanceof AnotherUserError) throw error;
    return null;
  }
}
