// @ts-check
// The page of the authenticator app: setting it up, with the recovery codes that come with it, and turning it off.

import { ApiError } from '../lib/api.js';
import { showCodes } from '../lib/codes.js';
import { copiesOnPress } from '../lib/copy.js';
import { createDialog } from '../lib/dialog.js';
import { api, byId, clearFieldErrors, onPress, say, setBusy, showFaults } from '../lib/dom.js';
import { faultOf } from '../lib/proof-words.js';
import { toSecurity } from '../lib/standing.js';
import { explain } from '../lib/whose.js';

const ACT = 'You are setting up an authenticator app.';
const form = byId('code-form');
const submit = byId('turn-on');
const offDialog = createDialog(byId('off-dialog'));
let secret = '';

/** @param {string} shown of what the page has, the part to show; '' for none */
function showOnly(shown) {
  for (const part of ['is-on', 'set-up', 'start', 'loading']) byId(part).hidden = part !== shown;
}

/** @param {{secret: string, qr_code: string}} offer */
function showOffer(offer) {
  secret = offer.secret;
  const picture = Object.assign(new Image(), { src: offer.qr_code, alt: 'QR code for your authenticator app', className: 'qr' });
  byId('qr').replaceChildren(picture);
  byId('secret').textContent = secret.replace(/(.{4})(?=.)/g, '$1 ');
  showOnly('set-up');
}

async function offer() {
  showOnly('loading');
  try {
    showOffer(await api.post('/totp/offer', {}, ACT));
  } catch (error) {
    showOnly('start');
    byId('start').focus();
    say(byId('alert'), explain(error));
  }
}

async function load() {
  showOnly('loading');
  try {
    const { factors, standing } = await api.get('/security');
    byId('off-last').hidden = factors.passkeys > 0;
    // Who came in without their usual ways sets up a new app in place of the old one.
    if (factors.totp && standing !== 'recovering') showOnly('is-on');
    else await offer();
  } catch (error) {
    showOnly('start');
    say(byId('alert'), explain(error));
  }
}

async function start() {
  say(byId('alert'), '');
  await load();
  if (!byId('set-up').hidden) byId('scan-title').focus();
}

/** @param {string[]|undefined} codes */
function isOn(codes) {
  if (!codes?.length) {
    toSecurity('app');
    return;
  }
  showOnly('');
  byId('standing').hidden = true;
  byId('lead').textContent = 'Your authenticator app is on. These codes come with it.';
  showCodes(codes, { done: () => toSecurity('app') });
}

/** @param {unknown} error */
async function onRefused(error) {
  const fault = error instanceof ApiError && error.status === 429 ? faultOf(error, 'totp', []) : '';
  if (error instanceof ApiError && showFaults(form, fault ? { code: fault } : error.fields)) {
    byId('code').select();
    return;
  }
  say(byId('alert'), explain(error));
  // Ten minutes have passed. There is a new one to scan.
  if (error instanceof ApiError && error.code === 'secret_not_offered') await offer();
}

/** @param {SubmitEvent} event */
async function onSubmit(event) {
  event.preventDefault();
  if (submit.disabled) return;
  say(byId('alert'), '');
  clearFieldErrors(form);
  const code = byId('code').value.trim();
  if (!code) {
    showFaults(form, { code: 'Type the 6-digit code that the app shows.' });
    return;
  }
  setBusy(submit, true);
  try {
    isOn((await api.post('/totp', { code }, ACT)).recovery_codes);
  } catch (error) {
    setBusy(submit, false);
    submit.focus();
    await onRefused(error);
  }
}

function askTurnOff() {
  offDialog.open({
    opener: byId('turn-off'),
    explain,
    confirm: () => api.delete('/totp', 'You are turning off your authenticator app.'),
    done: () => toSecurity('off'),
  });
}

copiesOnPress(byId('copy-secret'), byId('secret'), () => secret);
form.addEventListener('submit', onSubmit);
onPress(byId('start'), start);
byId('turn-off').addEventListener('click', askTurnOff);
load();
