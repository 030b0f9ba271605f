// @ts-check
// The words of static/js/lib/notices.js. Pure, so that tests/js/notice-words.test.js covers them.

/**
 * @typedef {{event: string, at: string, actor: string}} Notice as the server tells of it
 * @typedef {Notice & {count: number}} Folded with how many there were of its kind, the latest of which it is
 */

/** By whom, where it was not the person. @type {Record<string, string>} */
const BY = { administrator: 'An administrator', command: 'Whoever runs this service' };

/** What others did; it begins with who. @type {Record<string, string>} */
const DID = {
  'account:password:changed': 'set a new password for you.',
  'account:passkey:deleted': 'deleted a passkey of yours.',
  'account:role:changed': 'changed your role.',
  'account:link:made': 'made a one-time link that lets you in.',
  'account:mfa:reset': 'removed your second step.',
};

/** What was done with your account, by whomever. @type {Record<string, string>} */
const DONE = {
  'account:link:used': 'A one-time link was used to sign in as you.',
  'account:recovery_code:used': 'A recovery code of yours was used.',
  'account:totp:many_wrong_codes': 'Ten wrong codes were typed for your account, so somebody may know your password.',
  'account:passkey:counter_went_back': 'A passkey of yours may have been copied: its counter went back.',
};

/** @param {Folded} notice @returns {string} */
export function noticeWords({ event, actor, count }) {
  const who = Object.hasOwn(BY, actor) ? BY[actor] : 'Somebody';
  const did = Object.hasOwn(DID, event) ? DID[event] : 'changed something about your account.';
  const words = Object.hasOwn(DONE, event) ? DONE[event] : `${who} ${did}`;
  return count > 1 ? words.replace(/\.$/, `, ${count} times.`) : words;
}

/** @param {Notice[]} notices oldest first @returns {Folded[]} the latest of each kind first */
export function foldNotices(notices) {
  /** @type {Map<string, Folded>} */
  const kinds = new Map();
  for (const notice of notices) {
    const kind = `${notice.event} ${notice.actor}`;
    const count = (kinds.get(kind)?.count ?? 0) + 1;
    kinds.delete(kind); // so that the order is that of the latest ones
    kinds.set(kind, { ...notice, count });
  }
  return [...kinds.values()].reverse();
}
