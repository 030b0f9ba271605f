// @ts-check
// Copying a text with one press.

import { byId, say } from './dom.js';

const SAID_MS = 2000;

/** @param {HTMLElement} source selects its text, so that a key copies it */
function select(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/**
 * Copies at each press, says so on the button for two seconds, and announces it.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} source is selected where the browser does not let pages copy
 * @param {() => string} text
 */
export function copiesOnPress(button, source, text) {
  const usual = button.textContent;
  button.addEventListener('click', async () => {
    let words = 'Copied';
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      select(source);
      words = 'Selected: copy it now';
    }
    button.textContent = words;
    say(byId('said'), words);
    setTimeout(() => { button.textContent = usual; }, SAID_MS);
  });
}
