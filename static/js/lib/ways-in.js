// @ts-check
// What the Security pages say of a person's ways in. Pure, so that tests/js/ways-in.test.js covers it.

/**
 * @typedef {object} Factors as the server describes them
 * @property {boolean} password
 * @property {boolean} totp
 * @property {number} passkeys
 * @property {number} recovery_codes
 * @property {boolean} recovery_codes_saved
 * @property {boolean} always_asks
 *
 * @typedef {'optional'|'enrolled'|'required'} Policy
 * @typedef {{badge: string, good?: boolean, warn?: boolean, note: string}} Row
 */

const FULL_SET = 10;
const FEW = 3; // from so many on, people are warned

/** @param {Factors} factors @returns {boolean} */
export const hasSecond = ({ totp, passkeys }) => totp || passkeys > 0;

/** @param {Factors} factors @returns {boolean} whether so few codes are left that it is time for new ones */
export const fewCodes = ({ recovery_codes: left }) => left > 0 && left <= FEW;

/** @param {number} left @returns {string} */
export const codesLeft = (left) => (left === 1 ? '1 recovery code is left.' : `${left} recovery codes are left.`);

/** @param {Factors} factors @returns {Row} */
function codesRow(factors) {
  const left = factors.recovery_codes;
  if (!left && !hasSecond(factors)) return { badge: 'None', note: 'You get them with your first passkey or authenticator app.' };
  if (!left) return { badge: 'None', warn: true, note: 'Get ten, for the day on which your devices are gone.' };
  const note = factors.recovery_codes_saved ? 'Each lets you in once when your devices are gone.' : 'You have not said yet that you have saved them.';
  return { badge: `${left} of ${FULL_SET} left`, warn: fewCodes(factors), note };
}

/** The notes of a session that came in by a link or a recovery code, and is to set up something new. */
const NEW = {
  passkeys: 'Add one on a device that you have now.',
  totp: 'Set it up on a phone that you have now. It takes the place of a lost one.',
  password: 'Set a new one if you have forgotten yours.',
};

/** @param {Factors} factors @returns {Record<'passkeys'|'totp'|'password', string>} */
function notesOf({ passkeys, totp, password }) {
  return {
    passkeys: passkeys ? 'They sign you in with one touch.' : 'Add one, and sign in with your fingerprint, face, PIN or security key.',
    totp: totp ? 'You type its code after your password.' : 'A code from your phone, after your password.',
    password: password ? 'Change it, or do without one.' : 'You have none, and none is asked for.',
  };
}

/** @param {Factors} factors @param {string} standing of the session @returns {Record<string, Row>} the rows, by their ids */
export function rowsOf(factors, standing) {
  const notes = standing === 'recovering' ? NEW : notesOf(factors);
  return {
    passkeys: { badge: String(factors.passkeys || 'None'), note: notes.passkeys },
    totp: { badge: factors.totp ? 'On' : 'Off', good: factors.totp, note: notes.totp },
    codes: codesRow(factors),
    password: { badge: factors.password ? 'Set' : 'None', note: notes.password },
  };
}

/** @param {Policy} policy @returns {string} */
export function policyWords(policy) {
  if (policy === 'required') return 'This service asks everybody for a second step: a passkey, or a code from an authenticator app.';
  if (policy === 'enrolled') return 'This service asks everybody who has a passkey or an authenticator app for a second step.';
  return 'This service asks for a second step while your authenticator app is on, or if you want it.';
}

/** @param {Factors} factors @returns {string} what stands beside "Always ask me", and why it can't be ticked */
export function alwaysNote(factors) {
  if (!hasSecond(factors)) return 'For this, add a passkey or an authenticator app first.';
  return 'A code from your app, or a passkey.';
}

/** @param {string[]} codes @param {string} username @param {string} host @returns {string} to be kept in a file */
export function codesText(codes, username, host) {
  return [`Recovery codes of ${username} for ${host}. Each works once.`, '', ...codes, ''].join('\n');
}
