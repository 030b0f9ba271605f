import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addedSentence, endedSessions, formatDate, formatExact, guessName, relativeTime, syncState, uniqueName,
} from '../../static/js/lib/format.js';

const NOW = Date.parse('2026-03-05T12:00:00Z');
const ago = (seconds) => new Date(NOW - seconds * 1000).toISOString();

test('dates', () => {
  assert.equal(formatDate('2026-03-05T23:30:00.000Z', 'en-GB', 'UTC'), '5 March 2026');
  assert.equal(formatDate('2026-03-05T23:30:00+00:00', 'en-GB', 'Asia/Tokyo'), '6 March 2026');
  assert.match(formatExact('2026-03-05T23:30:00Z', 'en-GB', 'UTC'), /5 March 2026.*23:30/);
});

test('no date is an empty string, never "Invalid Date"', () => {
  for (const value of [null, undefined, '', 'soon']) {
    assert.deepEqual([formatDate(value), formatExact(value), relativeTime(value, NOW)], ['', '', '']);
  }
});

test('relative times at every boundary', () => {
  const day = 86_400;
  const cases = [
    [0, 'just now'], [59, 'just now'], [60, '1 minute ago'], [3599, '59 minutes ago'], [3600, '1 hour ago'],
    [day - 1, '23 hours ago'], [day, 'yesterday'], [2 * day, '2 days ago'], [7 * day - 1, '6 days ago'], [7 * day, 'last week'],
    [29 * day, '4 weeks ago'], [30 * day, 'last month'], [364 * day, '12 months ago'], [365 * day, 'last year'], [800 * day, '2 years ago'],
  ];
  for (const [seconds, text] of cases) assert.equal(relativeTime(ago(seconds), NOW, 'en'), text, String(seconds));
});

test('a clock that runs ahead is not the future', () => {
  assert.equal(relativeTime(ago(-90), NOW, 'en'), 'just now');
});

const AGENTS = {
  'Chrome on Linux': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Chrome on Windows': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Chrome on Android': 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  'Chrome on ChromeOS': 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Chrome on iPhone': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1',
  'Safari on iPhone': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  'Safari on Mac': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
  'Firefox on Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Edge on Windows': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
  'Opera on Mac': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0',
  'Samsung Internet on Android': 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
};

test('a name from the browser and the system', () => {
  for (const [name, userAgent] of Object.entries(AGENTS)) {
    assert.equal(guessName({ userAgent, maxTouchPoints: name.endsWith('Mac') ? 0 : 5, attachment: 'platform' }), name);
  }
  assert.equal(guessName({ userAgent: AGENTS['Safari on Mac'], maxTouchPoints: 5 }), 'Safari on iPad');
});

test('a passkey that is not on this device is not named after it', () => {
  const userAgent = AGENTS['Chrome on Linux'];
  assert.equal(guessName({ userAgent, attachment: 'cross-platform', transports: ['usb', 'nfc'] }), 'Security key');
  assert.equal(guessName({ userAgent, attachment: 'cross-platform', transports: ['hybrid', 'internal'] }), 'Phone or tablet');
  assert.equal(guessName({ userAgent, attachment: 'cross-platform' }), 'Security key');
});

test('there is always a name', () => {
  assert.equal(guessName({}), 'Passkey');
  assert.equal(guessName({ userAgent: 'curl/8 (Linux)' }), 'Linux');
});

test('names are numbered, not repeated', () => {
  assert.equal(uniqueName('Phone', []), 'Phone');
  assert.equal(uniqueName('Phone', ['Phone']), 'Phone 2');
  assert.equal(uniqueName('Phone', ['Phone', 'Phone 2', 'Phone 4']), 'Phone 3');
});

test('sessions that ended with a passkey', () => {
  assert.deepEqual([undefined, 0].map(endedSessions), ['', '']);
  assert.equal(endedSessions(1), 'Another session that it began has ended.');
  assert.equal(endedSessions(2), '2 other sessions that it began have ended.');
});

test('badges', () => {
  assert.deepEqual(syncState({ backup_eligible: false, backed_up: false }), { synced: false, labels: ['One device only'] });
  assert.deepEqual(syncState({ backup_eligible: true, backed_up: true }), { synced: true, labels: ['Synced', 'Backed up'] });
  assert.deepEqual(syncState({ backup_eligible: true, backed_up: false }).labels, ['Synced', 'Not backed up yet']);
  assert.deepEqual(syncState({}).labels, ['One device only']);
});

test('a passkey that cannot sign in by itself says so, and only that one', () => {
  const label = "Can't sign in by itself";
  assert.deepEqual(syncState({ backup_eligible: false, discoverable: false }).labels, ['One device only', label]);
  assert.deepEqual(syncState({ backup_eligible: true, backed_up: true, discoverable: false }).labels, ['Synced', 'Backed up', label]);
  for (const discoverable of [true, null, undefined]) assert.ok(!syncState({ discoverable }).labels.includes(label));
});

test('what a new passkey is announced with', () => {
  assert.equal(addedSentence(undefined), 'Passkey added.');
  for (const discoverable of [true, null]) assert.match(addedSentence({ name: 'Phone', discoverable }), /“Phone” added\. You can sign in/);
  assert.match(addedSentence({ name: 'Key', discoverable: false }), /“Key” added, but it can't sign in by itself: .* another device/);
});
