// @ts-check
// A one-time link. Its token stands behind the "#", which no server and no log sees; opening the page uses nothing up.

import { ApiError } from '../lib/api.js';
import { api, base, byId, onPress, reloadWhenRestored, say } from '../lib/dom.js';
import { messageFor } from '../lib/messages.js';

const button = byId('use-link');

/** @returns {string} the token, which from now on stands in no address bar and no history */
function takeToken() {
  const token = location.hash.slice(1).trim();
  history.replaceState(null, '', location.pathname);
  return token;
}

/** @param {string} words */
function giveUp(words) {
  byId('lead').hidden = true;
  button.hidden = true;
  say(byId('alert'), words);
}

/** @param {string} token */
async function use(token) {
  say(byId('alert'), '');
  try {
    await api.post('/link', { token });
    location.assign(`${base}/security?recovered=1`);
    await new Promise(() => {}); // stays busy: the page is on its way out
  } catch (error) {
    const words = messageFor(error);
    if (error instanceof ApiError && error.status === 400) giveUp(words);
    else say(byId('alert'), words);
  }
}

const token = takeToken();
reloadWhenRestored();
addEventListener('hashchange', () => location.reload()); // another link was opened here
if (token) onPress(button, () => use(token));
else giveUp('There is no link here any more. Open it again just as you got it, or ask for a new one.');
