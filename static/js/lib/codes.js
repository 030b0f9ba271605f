// @ts-check
// Recovery codes as templates/_ways_in.html shows them: once, with three ways to keep them.

import { copiesOnPress } from './copy.js';
import { api, byId, onPress, say, username } from './dom.js';
import { explain } from './whose.js';
import { codesText } from './ways-in.js';

/** @type {string[]} */
let shown = [];

const text = () => codesText(shown, username, location.host);

function download() {
  const url = URL.createObjectURL(new Blob([text()], { type: 'text/plain' }));
  Object.assign(document.createElement('a'), { href: url, download: 'recovery-codes.txt' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {() => void} done */
async function confirmSaved(done) {
  say(byId('codes-alert'), '');
  try {
    await api.post('/recovery-codes/saved');
    done();
  } catch (error) {
    say(byId('codes-alert'), explain(error));
  }
}

/**
 * @param {string[]} codes
 * @param {{replaced?: boolean, done: () => void}} more whether older ones are void now; what follows once they are saved
 */
export function showCodes(codes, { replaced = false, done }) {
  shown = codes;
  byId('codes').replaceChildren(...codes.map((code) => Object.assign(document.createElement('li'), { textContent: code })));
  byId('codes-old').hidden = !replaced;
  byId('codes-card').hidden = false;
  byId('codes-title').focus();
  copiesOnPress(byId('codes-copy'), byId('codes'), text);
  byId('codes-download').addEventListener('click', download);
  byId('codes-print').addEventListener('click', () => print());
  onPress(byId('codes-saved'), () => confirmSaved(done));
}
