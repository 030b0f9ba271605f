// @ts-check
// Dates, relative times and a first guess at a passkey's name. Pure.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @type {[number, number, Intl.RelativeTimeFormatUnit][]} below this many seconds, divide by, unit */
const STEPS = [
  [HOUR, MINUTE, 'minute'],
  [DAY, HOUR, 'hour'],
  [7 * DAY, DAY, 'day'],
  [30 * DAY, 7 * DAY, 'week'],
  [365 * DAY, 30 * DAY, 'month'],
  [Infinity, 365 * DAY, 'year'],
];

/** @param {string|null|undefined} iso @returns {Date|null} */
function parse(iso) {
  if (!iso) return null;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}

/**
 * @param {string|null|undefined} iso
 * @param {string} [locale]
 * @param {string} [timeZone]
 * @returns {string} such as "5 March 2026", or '' when it is no date
 */
export function formatDate(iso, locale, timeZone) {
  const date = parse(iso);
  return date ? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(date) : '';
}

/**
 * @param {string|null|undefined} iso
 * @param {string} [locale]
 * @param {string} [timeZone]
 * @returns {string} date and time to the minute, or ''
 */
export function formatExact(iso, locale, timeZone) {
  const date = parse(iso);
  return date ? new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short', timeZone }).format(date) : '';
}

/**
 * @param {string|null|undefined} iso
 * @param {number} now milliseconds
 * @param {string} [locale]
 * @returns {string} such as "2 hours ago", or ''
 */
export function relativeTime(iso, now, locale) {
  const date = parse(iso);
  if (!date) return '';
  // Two clocks never agree: a moment in the near future is "just now" as well.
  const seconds = Math.max(0, (now - date.getTime()) / 1000);
  if (seconds < MINUTE) return 'just now';
  const [, size, unit] = STEPS.find(([limit]) => seconds < limit) ?? STEPS[STEPS.length - 1];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-Math.floor(seconds / size), unit);
}

/** Order matters: Edge, Opera and Samsung Internet also say Chrome, and Chrome also says Safari. @type {[RegExp, string][]} */
const BROWSERS = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

/** Order matters: Android and ChromeOS also say Linux, and an iPhone says "like Mac OS X". @type {[RegExp, string][]} */
const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\b(Macintosh|Mac OS X)\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

/** @param {[RegExp, string][]} table @param {string} text @returns {string} */
function firstMatch(table, text) {
  return table.find(([pattern]) => pattern.test(text))?.[1] ?? '';
}

/** @param {{userAgent: string, maxTouchPoints: number}} facts @returns {string} */
function system({ userAgent, maxTouchPoints }) {
  const name = firstMatch(SYSTEMS, userAgent);
  // An iPad that asks for desktop pages says it is a Mac. No Mac has a touch screen.
  return name === 'Mac' && maxTouchPoints > 1 ? 'iPad' : name;
}

/**
 * A name for a new passkey: what it is on, as far as the browser tells.
 * @param {{userAgent?: string, maxTouchPoints?: number, attachment?: string, transports?: string[]}} facts
 * @returns {string}
 */
export function guessName({ userAgent = '', maxTouchPoints = 0, attachment = '', transports = [] }) {
  if (attachment === 'cross-platform') {
    return transports.includes('hybrid') ? 'Phone or tablet' : 'Security key';
  }
  const where = system({ userAgent, maxTouchPoints });
  const browser = firstMatch(BROWSERS, userAgent);
  if (browser && where) return `${browser} on ${where}`;
  return browser || where || 'Passkey';
}

/**
 * @param {string} name
 * @param {string[]} taken
 * @returns {string} the name, numbered when another passkey has it already
 */
export function uniqueName(name, taken) {
  const used = new Set(taken);
  let candidate = name;
  for (let number = 2; used.has(candidate); number += 1) candidate = `${name} ${number}`;
  return candidate;
}

/** @param {number} count @returns {string} what a deleted passkey ended, '' for nothing */
export function endedSessions(count) {
  if (!count) return '';
  return count === 1 ? 'Another session that it began has ended.' : `${count} other sessions that it began have ended.`;
}

/**
 * @param {{backup_eligible: boolean, backed_up: boolean, discoverable?: boolean|null}} passkey
 * @returns {{synced: boolean, labels: string[]}}
 */
export function syncState({ backup_eligible: synced, backed_up: backedUp, discoverable }) {
  const labels = synced ? ['Synced', backedUp ? 'Backed up' : 'Not backed up yet'] : ['One device only'];
  if (discoverable === false) labels.push("Can't sign in by itself");
  return { synced: Boolean(synced), labels };
}

/**
 * @param {{name: string, discoverable: boolean|null}|undefined} passkey the new one, where the list has it
 * @returns {string}
 */
export function addedSentence(passkey) {
  if (!passkey) return 'Passkey added.';
  if (passkey.discoverable !== false) return `Passkey “${passkey.name}” added. You can sign in with it from now on.`;
  return `Passkey “${passkey.name}” added, but it can't sign in by itself: your device won't offer it on the sign-in page.`
    + ' Add one on another device or security key.';
}
