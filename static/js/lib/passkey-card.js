// @ts-check
// One passkey as a card in the list, from the <template> in passkeys.html.

import { byId, locale } from './dom.js';
import { formatDate, formatExact, relativeTime, syncState } from './format.js';

/** @typedef {import('./enrol.js').Passkey} Passkey */

/** @param {Element} card @param {string} name @returns {any} */
const slot = (card, name) => card.querySelector(`[data-slot="${name}"]`);

/** @param {HTMLTimeElement} element @param {string|null} iso @param {string} text */
function setTime(element, iso, text) {
  element.textContent = text;
  if (!iso) return;
  element.dateTime = iso;
  element.title = formatExact(iso, locale);
}

/** @param {string} label @returns {HTMLElement} */
function badge(label) {
  const element = document.createElement('span');
  element.className = 'badge';
  element.textContent = label;
  return element;
}

/**
 * @param {Passkey} passkey
 * @param {number} now milliseconds
 * @returns {HTMLElement}
 */
export function renderCard(passkey, now) {
  const card = byId('passkey-card').content.firstElementChild.cloneNode(true);
  const { synced, labels } = syncState(passkey);
  card.dataset.id = passkey.id;
  card.classList.toggle('passkey-synced', synced);
  slot(card, 'name').textContent = passkey.name;
  slot(card, 'authenticator').textContent = passkey.authenticator ?? '';
  slot(card, 'badges').replaceChildren(...labels.map(badge));
  setTime(slot(card, 'created'), passkey.created_at, formatDate(passkey.created_at, locale) || 'Unknown');
  const used = passkey.last_used_at;
  setTime(slot(card, 'used'), used, relativeTime(used, now, locale) || 'Never');
  for (const [action, verb] of [['rename', 'Rename'], ['delete', 'Delete']]) {
    card.querySelector(`[data-action="${action}"]`).setAttribute('aria-label', `${verb} ${passkey.name}`);
  }
  return card;
}

/** @param {Element} list @param {string} id @returns {HTMLElement|null} the card of a passkey */
export function cardOf(list, id) {
  return /** @type {HTMLElement|null} */ ([...list.children].find((card) => card instanceof HTMLElement && card.dataset.id === id) ?? null);
}

/** Moves to a card by its name: a heading says where one is without inviting a stray Enter. @param {Element|null|undefined} card */
export function focusCard(card) {
  if (card) slot(card, 'name').focus();
}
