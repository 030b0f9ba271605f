// @ts-check
// The ways to prove who one is, and the words for each. Pure, so that tests/js/proof-words.test.js covers them.

import { ApiError } from './api.js';
import { messageFor, waitPart } from './messages.js';

/** @typedef {'passkey'|'totp'|'recovery'|'password'} Way as the server names them */

/**
 * The fields that are typed, which have the names that the server gives them, and what to do where one is left empty.
 * @type {Record<Exclude<Way, 'passkey'>, {field: string, empty: string}>}
 */
export const TYPED = {
  totp: { field: 'code', empty: 'Type the 6-digit code from your authenticator app.' },
  recovery: { field: 'recovery_code', empty: 'Type one of your recovery codes.' },
  password: { field: 'password', empty: 'Type your password.' },
};

/** What else stays open where codes have to wait. @type {Record<string, string>} */
const MEANWHILE = { passkey: 'a passkey', recovery: 'a recovery code' };

/** @param {string} way @returns {way is Exclude<Way, 'passkey'>} */
export const isTyped = (way) => Object.hasOwn(TYPED, way);

/**
 * @param {string[]} methods those that are offered
 * @param {string[]} wishes the best one first
 * @returns {string} the way to show first, '' where there is none
 */
export function firstWay(methods, wishes) {
  return wishes.find((way) => methods.includes(way)) ?? methods[0] ?? '';
}

/** @param {ApiError} error @param {string[]} methods */
function waitForCodes(error, methods) {
  const open = Object.keys(MEANWHILE).filter((way) => methods.includes(way)).map((way) => MEANWHILE[way]);
  const wait = `Too many tries. ${waitPart(error.retryAfter)}`;
  return open.length ? `${wait}, or use ${open.join(' or ')} now.` : `${wait}, then type the next code.`;
}

/**
 * What to say at the field of a typed proof that was refused.
 * @param {unknown} error
 * @param {string} way
 * @param {string[]} methods those that are offered
 * @returns {string} '' where it does not belong there
 */
export function faultOf(error, way, methods) {
  if (!(error instanceof ApiError) || !isTyped(way)) return '';
  if (error.status === 429) return way === 'totp' ? waitForCodes(error, methods) : messageFor(error);
  if (error.code === 'wrong_password') return 'That is not your password. Type it again.';
  const [fault] = Object.values(error.fields);
  if (fault) return fault;
  return error.status === 400 && error.code !== 'sign_in_unknown' ? messageFor(error) : '';
}

/** @param {number} seconds @returns {string} such as "10 minutes" */
export function ageWords(seconds) {
  /** @type {[number, string][]} */
  const units = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
  const [size, unit] = units.find(([each]) => seconds >= each && seconds % each === 0) ?? [1, 'second'];
  const count = Math.round(seconds / size);
  return count === 1 ? unit : `${count} ${unit}s`;
}

/** @param {string} act @param {number} age seconds @returns {string} what the dialog asks, and why */
export function askWords(act, age) {
  const why = `This needs to know that it was you within the last ${ageWords(age)}.`;
  return act ? `${act} ${why}` : why;
}
