// @ts-check
// On the page of passkeys, to which a sign-in leads: people without recovery codes are asked once to make some and are
// warned when few are left, and what happened since their last visit is told.

import { api, byId, user } from './dom.js';
import { showNotices } from './notices.js';
import { recall, remember } from './remembered.js';
import { codesLeft, fewCodes } from './ways-in.js';

const ASKED = `codes-asked:${user}`;

/** @param {import('./ways-in.js').Factors} factors */
function showCodes(factors) {
  const none = factors.passkeys > 0 && factors.recovery_codes === 0 && !recall(ASKED);
  byId('codes-banner').hidden = !none && !fewCodes(factors);
  byId('codes-banner-words').textContent = none ? 'You have no recovery codes.' : codesLeft(factors.recovery_codes);
  byId('codes-banner-more').textContent = none ? 'They let you in if your devices are gone.' : 'Make new ones while you can.';
  byId('codes-not-now').hidden = !none;
}

/** Looks whether there is something to say. It is no part of the page's work: what fails here is not mentioned. */
export async function lookAtSecurity() {
  try {
    const { factors, standing, notices } = await api.get('/security');
    if (standing !== 'whole') return;
    showCodes(factors);
    showNotices(notices);
  } catch {
    byId('codes-banner').hidden = true;
  }
}

export function wireCodesBanner() {
  byId('codes-not-now').addEventListener('click', () => {
    remember(ASKED, '1');
    byId('codes-banner').hidden = true;
    byId('title').focus();
  });
}
