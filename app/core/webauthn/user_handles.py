"""Whom a sign-in is for (WebAuthn Level 3, 7.2 step 6)."""

from app.core import text
from app.core.webauthn.client_data import Response
from app.storage.records import PasskeyRecord, UserRecord


def check(response: Response, passkey: PasskeyRecord, user: UserRecord, *, named: bool) -> None:
    """Check that the response is for the credential's user.

    A handle may be absent if the person was named before, or if the credential is known
    not to be discoverable: such a one has none. Raises ValueError.
    """
    if response.members.get("userHandle") in (None, ""):
        if not named and (passkey.discoverable is None or passkey.discoverable):
            raise ValueError("there is no user handle, and nobody was named before")
    elif response.decoded("userHandle") != bytes(user.user_handle):
        raise ValueError("the user handle is not that of the credential's user")


def check_name(named: str | None, user: UserRecord) -> None:
    """Check that the person who was named before, if anybody, is the credential's user.

    Raises ValueError.
    """
    if named is not None and text.username_key(named) != text.username_key(user.username):
        raise ValueError("the passkey is of another account than the one that was named")
