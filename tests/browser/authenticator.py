"""Chromium's virtual authenticator, driven over the DevTools protocol.

It is a device whose owner does as the test says.
"""

from typing import Any

from playwright.sync_api import CDPSession


class VirtualAuthenticator:
    """A device with a lock and room for passkeys.

    Its owner is present and passes every check unless told not to.
    """

    def __init__(self, cdp: CDPSession, *, transport: str = "internal", **options: Any) -> None:
        self._cdp = cdp
        usual = {
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        answer = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": usual | options})
        self._id = answer["authenticatorId"]

    def _send(self, command: str, **arguments: Any) -> dict[str, Any]:
        answer = self._cdp.send(f"WebAuthn.{command}", {"authenticatorId": self._id, **arguments})
        return dict(answer or {})

    def owner_is_present(self, present: bool) -> None:
        """Touch it, or not, whenever it asks from now on."""
        self._send("setAutomaticPresenceSimulation", enabled=present)

    def owner_passes_the_check(self, passes: bool) -> None:
        """Let PIN or biometric succeed or fail from now on."""
        self._send("setUserVerified", isUserVerified=passes)

    def lie(self, *, signature: bool = False, user_verification: bool = False) -> None:
        """Send a bogus signature, or leave out the UV flag, from now on.

        Without arguments it is honest again.
        """
        self._send("setResponseOverrideBits", isBogusSignature=signature, isBadUV=user_verification)

    def credentials(self) -> list[dict[str, Any]]:
        """Return the credentials that it holds."""
        return list(self._send("getCredentials")["credentials"])

    def remove(self) -> None:
        """Unplug it."""
        self._send("removeVirtualAuthenticator")
