// @ts-check
// A session may only serve to set up a second factor. Once that is done it is whole, and the page says so.

import { api, base, byId, standing } from './dom.js';

/**
 * To the page about security, which says what was done.
 * @param {string} done a flag of static/js/pages/security.js
 */
export function toSecurity(done) {
  location.assign(`${base}/security?${done}=1${standing === 'whole' ? '' : '&whole=1'}`);
}

/**
 * Asks the server, after a factor was added, and takes the banner away.
 * @returns {Promise<boolean>} whether the session was not whole before and is now
 */
export async function hasBecomeWhole() {
  const root = document.documentElement.dataset;
  if (root.standing === 'whole') return false;
  const answer = await api.get('/security').catch(() => null); // then the next act tells
  if (answer?.standing !== 'whole') return false;
  root.standing = 'whole';
  byId('standing').hidden = true;
  return true;
}
