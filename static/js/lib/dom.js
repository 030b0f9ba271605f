// @ts-check
// The few DOM helpers the pages share.

import { ConnectionError, createApi } from './api.js';

const root = document.documentElement.dataset;

/** The URL prefix, '' or such as '/auth'. */
export const base = root.base ?? '';
export const rpID = root.rpId ?? '';
/** The origins at which passkeys work; none where they are turned off. */
export const origins = (root.origins ?? '').split(' ').filter(Boolean);
/** The handle and the name of the person this page was made for, '' for nobody. */
export const user = root.user ?? '';
export const username = root.username ?? '';
// The page is in English, so its dates are too; a reader of another English keeps their own order.
export const locale = navigator.languages.find((language) => /^en\b/i.test(language)) ?? 'en-GB';
/** What the session may do: 'whole', or 'enrolling' or 'recovering' where it only serves to set up a second factor. */
export const standing = root.standing ?? '';
/** @type {import('./api.js').Confirm} only who is asked needs the dialog */
async function confirm(asked) {
  const stepUp = await import('./step-up.js').catch((error) => { throw new ConnectionError(error); });
  return stepUp.confirm(asked);
}
/** The API of these pages, which they use alone. No other line knows where it is. */
export const api = createApi({ base: `${base}/account/api`, user, confirm: user ? confirm : null });

/** @returns {any} the vendored library, or null when it did not load */
export const library = () => /** @type {any} */ (globalThis).SimpleWebAuthnBrowser ?? null;

/** @param {string} id @returns {any} the element; the templates promise that it is there */
export const byId = (id) => document.getElementById(id);

/**
 * Sets a live region's words. Emptied first, so that the same words are announced again.
 * @param {HTMLElement|null} region
 * @param {string} text
 */
export function say(region, text) {
  if (!region) return;
  region.replaceChildren();
  if (text) region.append(Object.assign(document.createElement('p'), { textContent: text }));
}

/**
 * Runs an action at each click, with the button disabled and marked busy. A click meanwhile does nothing; nor does the
 * second one of a double-click, which is no second wish even where the first was done that fast.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} action
 */
export function onPress(button, action) {
  button.addEventListener('click', ({ detail }) => {
    if (detail < 2) whileBusy(button, action);
  });
}

/** @param {HTMLButtonElement} button @param {() => Promise<unknown>} action */
async function whileBusy(button, action) {
  if (button.getAttribute('aria-busy') === 'true') return;
  const focused = document.activeElement;
  setBusy(button, true);
  try {
    await action();
  } finally {
    setBusy(button, false);
    // A disabled button loses the focus. Give it back unless it has moved on.
    if (focused === button && document.activeElement === document.body) button.focus();
  }
}

/** @param {HTMLButtonElement} button @param {boolean} busy */
export function setBusy(button, busy) {
  button.disabled = busy;
  if (busy) button.setAttribute('aria-busy', 'true');
  else button.removeAttribute('aria-busy');
}

/** @param {string} name @param {string} message '' clears it */
export function setFieldError(name, message) {
  const text = byId(`${name}-error`);
  const input = text?.closest('.field')?.querySelector('input');
  if (!text || !input) return false;
  text.textContent = message;
  text.hidden = message === '';
  if (message) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  return true;
}

/** @param {HTMLFormElement} form */
export function clearFieldErrors(form) {
  for (const input of form.querySelectorAll('input')) setFieldError(input.name, '');
}

/**
 * Puts each fault at its field and moves to the first one in the form's order.
 * @param {HTMLFormElement} form
 * @param {import('./api.js').Faults} faults
 * @returns {boolean} whether there were any, and each found its field
 */
export function showFaults(form, faults) {
  const placed = Object.entries(faults).map(([name, fault]) => setFieldError(name, fault));
  const first = form.querySelector('[aria-invalid="true"]');
  if (first instanceof HTMLElement) first.focus();
  return placed.length > 0 && placed.every(Boolean);
}

/** Lets every "Show password" button do its work. */
export function wirePasswordToggles() {
  for (const button of document.querySelectorAll('[data-toggle-password]')) {
    if (!(button instanceof HTMLElement)) continue;
    button.addEventListener('click', () => {
      showPassword(button, button.getAttribute('aria-pressed') !== 'true');
    });
  }
}

/** @param {HTMLElement} button @param {boolean} shown */
function showPassword(button, shown) {
  byId(button.dataset.togglePassword ?? '').type = shown ? 'text' : 'password';
  button.setAttribute('aria-pressed', String(shown));
}

/** Password managers save what was in a password field, so it must be one when the form is sent. */
export function hidePasswords() {
  for (const button of document.querySelectorAll('[data-toggle-password]')) {
    if (button instanceof HTMLElement) showPassword(button, false);
  }
}

/**
 * After a sign-in the way back shows a page of before. Load it anew.
 */
export function reloadWhenRestored() {
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}
