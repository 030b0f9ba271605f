// @ts-check
// What happened since the last visit that a person did not do, or did only to come back. There is no mail: it stands
// on the pages.

import { byId, locale } from './dom.js';
import { formatExact, relativeTime } from './format.js';
import { foldNotices, noticeWords } from './notice-words.js';

/** @param {import('./notice-words.js').Folded} notice @param {number} now milliseconds @returns {HTMLElement} */
function line(notice, now) {
  const item = document.createElement('li');
  const time = Object.assign(document.createElement('time'), {
    dateTime: notice.at, title: formatExact(notice.at, locale), textContent: relativeTime(notice.at, now, locale), className: 'hint',
  });
  item.append(`${noticeWords(notice)} `, time);
  return item;
}

/** @param {import('./notice-words.js').Notice[]} notices oldest first */
export function showNotices(notices) {
  const now = Date.now();
  byId('notices-list').replaceChildren(...foldNotices(notices).map((each) => line(each, now)));
  byId('notices').hidden = notices.length === 0;
}
