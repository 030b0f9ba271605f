// @ts-check
// The WebAuthn Signal API: tells the device what the server knows, so that it stops offering
// passkeys that are gone and shows the current username. Always best effort: browsers without
// it, and devices that refuse, change nothing for the person at the page.

/**
 * @typedef {{username: string, handle: string}} User
 * @typedef {{user: User, passkeys: {credential_id: string}[]}} Accepted a list, and whose it is
 * @typedef {{sendSignal: (opts: any) => Promise<unknown>}} SignalSender
 */

/** @param {{webauthn: SignalSender|null, rpID: string}} settings */
export function createSignals({ webauthn, rpID }) {
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
     * The complete list of a user's credentials. The device hides every other one of theirs, so an
     * answer that isn't a complete list of ids is never passed on. List and user come from one
     * answer: somebody else may have signed in since the page was opened.
     * @param {Accepted} answer
     */
    async acceptedCredentials({ user, passkeys }) {
      if (!user?.handle || !Array.isArray(passkeys)) return false;
      const ids = passkeys.map((passkey) => passkey?.credential_id);
      if (!ids.every((id) => typeof id === 'string' && id !== '')) return false;
      return send({ signalName: 'allAcceptedCredentials', userID: user.handle, allAcceptedCredentialIDs: ids });
    },

    /** @param {User} user */
    async userDetails({ username, handle }) {
      if (!handle) return false;
      return send({ signalName: 'currentUserDetails', userID: handle, userName: username, userDisplayName: username });
    },
  };
}

/** @typedef {ReturnType<typeof createSignals>} Signals */
