// @ts-check
// Signing out, and whose page it is: on every page of somebody who is signed in.

import { AnotherUserError, ApiError } from '../lib/api.js';
import { api, base, byId, onPress } from '../lib/dom.js';
import { messageFor } from '../lib/messages.js';
import { loadAnew, sayWhose } from '../lib/whose.js';

const button = byId('sign-out');

async function signOut() {
  try {
    await api.post('/sign-out');
  } catch (error) {
    // Whoever it is has not asked to be signed out.
    if (error instanceof AnotherUserError) {
      loadAnew();
      return;
    }
    // 401: signed out already, such as in another tab.
    if (!(error instanceof ApiError && error.status === 401)) {
      showProblem(messageFor(error));
      return;
    }
  }
  location.assign(`${base}/login`);
}

/** @param {string} text */
function showProblem(text) {
  const region = byId('session-alert');
  region.replaceChildren(Object.assign(document.createElement('p'), { textContent: `You are still signed in. ${text}` }));
}

// The way back shows a page of before, and somebody else may have signed in since.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) loadAnew();
});
sayWhose();
if (button) onPress(button, signOut);
