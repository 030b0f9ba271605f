import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldNotices, noticeWords } from '../../static/js/lib/notice-words.js';

const notice = (event, actor = 'person', at = '2026-11-26T09:00:00Z') => ({ event, at, actor });

test('repeats are folded, and the latest kind comes first', () => {
  const used = notice('account:recovery_code:used');
  const later = { ...used, at: '2026-11-26T10:00:00Z' };
  const folded = foldNotices([used, notice('account:link:made', 'command'), later]);
  assert.deepEqual(folded.map(({ event, count }) => [event, count]), [['account:recovery_code:used', 2], ['account:link:made', 1]]);
  assert.equal(folded[0].at, later.at);
  assert.equal(noticeWords(folded[0]), 'A recovery code of yours was used, 2 times.');
});

test('a notice says who did it, where it was somebody else', () => {
  const say = (event, actor) => noticeWords({ ...notice(event, actor), count: 1 });
  assert.equal(say('account:mfa:reset', 'administrator'), 'An administrator removed your second step.');
  assert.equal(say('account:link:made', 'command'), 'Whoever runs this service made a one-time link that lets you in.');
  assert.equal(say('account:link:used', 'person'), 'A one-time link was used to sign in as you.');
  assert.equal(say('constructor', 'toString'), 'Somebody changed something about your account.');
});
