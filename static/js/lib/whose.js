// @ts-check
// Whose page this is, and where it leads when that person is not signed in any more.

import { AnotherUserError, ApiError } from './api.js';
import { base, byId, say, user, username } from './dom.js';
import { isSilent, messageFor } from './messages.js';

/** Loads the page anew, for whoever is signed in now. */
export function loadAnew() {
  // Only this entry of the history keeps it: a page that is opened later says nothing of it.
  history.replaceState({ madeFor: user }, '');
  location.reload();
}

/** Says, on a page that was loaded anew, that it has become somebody else's. */
export function sayWhose() {
  const before = history.state?.madeFor ?? user;
  history.replaceState(null, '');
  if (before !== user) say(byId('whose'), `You are signed in as ${username} now.`);
}

/** To the sign-in page, which says that the session has ended, and back here afterwards. */
function goToLogin() {
  location.assign(`${base}/login?next=${encodeURIComponent(location.pathname + location.search)}&ended=1`);
}

/**
 * Leaves the page if an error says that it can't go on for the person it was made for.
 * @param {unknown} error
 * @returns {boolean} whether the page is being left
 */
export function leavesFor(error) {
  if (error instanceof AnotherUserError) loadAnew();
  else if (error instanceof ApiError && error.status === 401) goToLogin();
  else if (error instanceof ApiError && error.code === 'second_factor_required') location.assign(`${base}/security`);
  else return false;
  return true;
}

/**
 * @param {unknown} error
 * @param {import('./messages.js').Action} [action]
 * @returns {string} what to show of it on a page of somebody's own, '' when the page is being left or nothing is to be said
 */
export function explain(error, action) {
  return leavesFor(error) || isSilent(error) ? '' : messageFor(error, action);
}
