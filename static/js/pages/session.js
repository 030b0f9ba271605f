// @ts-check
// Signing out, on every page that has the button.

import { ApiError } from '../lib/api.js';
import { api, base, byId, onPress } from '../lib/dom.js';
import { messageFor } from '../lib/messages.js';

const button = byId('sign-out');

async function signOut() {
  try {
    await api.post('/sign-out');
  } catch (error) {
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

if (button) onPress(button, signOut);
