// @ts-check
// A <dialog> that asks, works while it is open, and closes when the work is done.

import { CalledOffError } from './api.js';
import { say, setBusy } from './dom.js';

/**
 * @typedef {object} Dialog
 * @property {(question: Question) => void} open
 */

/**
 * @typedef {object} Question
 * @property {HTMLElement} opener gets the focus back after a cancel
 * @property {() => Promise<void>} confirm does the work; what it throws is shown in the dialog
 * @property {(error: unknown) => string} explain '' when the page is being left
 * @property {() => void} [done] after the dialog closed on success, to move the focus
 */

/**
 * @param {HTMLDialogElement} dialog
 * @returns {Dialog}
 */
export function createDialog(dialog) {
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector('form'));
  const confirmButton = /** @type {HTMLButtonElement} */ (dialog.querySelector('[data-dialog-confirm]'));
  const cancelButton = /** @type {HTMLButtonElement} */ (dialog.querySelector('[data-dialog-cancel]'));
  const alert = /** @type {HTMLElement} */ (dialog.querySelector('[data-dialog-alert]'));
  /** @type {Question|null} */
  let question = null;

  /** @param {boolean} succeeded */
  function close(succeeded) {
    const closed = question;
    question = null;
    dialog.close();
    if (succeeded) closed?.done?.();
    else closed?.opener.focus();
  }

  /** @param {unknown} error */
  function failed(error) {
    if (error instanceof CalledOffError) {
      close(false);
      return;
    }
    // The step-up dialog has taken the place of this one, and is gone itself.
    if (!dialog.open) dialog.showModal();
    say(alert, question?.explain(error) ?? '');
  }

  async function confirm() {
    if (!question || confirmButton.disabled) return;
    say(alert, '');
    setBusy(confirmButton, true);
    cancelButton.disabled = true;
    try {
      await question.confirm();
      close(true);
    } catch (error) {
      failed(error);
    } finally {
      setBusy(confirmButton, false);
      cancelButton.disabled = false;
      if (dialog.open && document.activeElement === document.body) confirmButton.focus();
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    confirm();
  });
  cancelButton.addEventListener('click', () => close(false));
  // Escape. While the work is under way there is nothing to cancel any more.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    if (!confirmButton.disabled) close(false);
  });
  // Some browsers close on a second Escape whatever `cancel` says.
  dialog.addEventListener('close', () => {
    if (question && !confirmButton.disabled) close(false);
  });

  return {
    open(next) {
      question = next;
      say(alert, '');
      dialog.showModal();
    },
  };
}
