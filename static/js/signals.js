// @ts-check
// The WebAuthn Signal API: tells the device what the server knows, so that it stops offering
// passkeys that are gone and shows the current username. Always best effort: browsers without
// it, and devices that refuse, change nothing for the person at the page.

/**
 * @typedef {{reg: {id: string}}} Accepted
 * @typedef {{sendSignal: (opts: any) => Promise<unknown>}} SignalSender
 */

/**
 * @param {{webauthn: SignalSender|null, rpID: string, userID?: string}} settings
 */
export function createSignals({ webauthn, rpID, userID = '' }) {
  /** @param {Record<string, unknown>} opts @returns {Promise<boolean>} whether it was sent */
  async function send(opts) {
    if (!webauthn) return false;
    try {
      await webauthn.sendSignal({ rpID, ...opts });
      return true;
    } catch {
      return false;
    }
  }

  return {
    /** The server does not know this credential. @param {string} credentialID base64url */
    unknownCredential: (credentialID) => send({ signalName: 'unknownCredential', credentialID }),

    /**
     * The complete list of this user's credentials. The device hides every other one, so an
     * answer that isn't a complete list of ids is never passed on.
     * @param {Accepted[]} passkeys
     */
    async acceptedCredentials(passkeys) {
      if (!userID || !Array.isArray(passkeys)) return false;
      const ids = passkeys.map((passkey) => passkey?.reg?.id);
      if (!ids.every((id) => typeof id === 'string' && id !== '')) return false;
      return send({ signalName: 'allAcceptedCredentials', userID, allAcceptedCredentialIDs: ids });
    },

    /** @param {string} username */
    async userDetails(username) {
      if (!userID) return false;
      return send({ signalName: 'currentUserDetails', userID, userName: username, userDisplayName: username });
    },
  };
}

/** @typedef {ReturnType<typeof createSignals>} Signals */
