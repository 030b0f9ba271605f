"""The shapes of the answers to our pages, for the documentation."""

from functools import partial
from typing import Any

from app.describe import shapes
from app.describe.shapes import described, optional, or_null, time

shape = partial(shapes.shape, "Account")

ID = "cm3sx2v9k0001qz8h4w7e5r1t"
_CREDENTIAL_ID = "gkJ6wLrWQdmAwF-Dn2kXbg"
CHALLENGE = "b6Ne2mJ1c0q5m1vZ6nGdQ0Wq7uM3Jtqk1l8sXr2yTfA"

User = shape(
    "User",
    username="ada",
    handle=described("WvGZoO1mGx2UQkKr0Xw5kQ", "WebAuthn's user.id."),
)
Passkey = shape(
    "Passkey",
    id=ID,
    name="MacBook Air",
    credential_id=_CREDENTIAL_ID,
    authenticator=or_null(described("iCloud Keychain", "By its own unproven word.")),
    backup_eligible=described(True, "Whether it can be on several devices."),
    backed_up=True,
    transports=["internal", "hybrid"],
    created_at=time(),
    last_used_at=or_null(time()),
)
Passkeys = shape("Passkeys", user=User, passkeys=described([Passkey], "Oldest first."))
SignedIn = shape("SignedIn", user=User)
SignedOut = shape("SignedOut", signed_out=True)
CreationOptions = shape(
    "CreationOptions",
    user=User,
    options=described(
        {"challenge": CHALLENGE, "rp": {"id": "auth.example.com", "name": "Passline"}},
        "PublicKeyCredentialCreationOptionsJSON.",
    ),
)
RequestOptions = shape(
    "RequestOptions",
    options=described(
        {"challenge": CHALLENGE, "rpId": "auth.example.com", "userVerification": "required"},
        "PublicKeyCredentialRequestOptionsJSON.",
    ),
)
Error = shape(
    "Error",
    error=described("wrong_password", "A word for programs."),
    message=described("Wrong username or password.", "A sentence for people."),
    fields=optional(described({"username": "Give a name."}, "What is wrong with which member.")),
)

REGISTRATION: dict[str, Any] = {
    "id": _CREDENTIAL_ID,
    "rawId": _CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
        "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik",
        "transports": ["internal", "hybrid"],
    },
    "clientExtensionResults": {},
    "authenticatorAttachment": "platform",
}
ASSERTION: dict[str, Any] = {
    "id": _CREDENTIAL_ID,
    "rawId": _CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
        "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
        "signature": "MEUCIQDq",
        "userHandle": "WvGZoO1mGx2UQkKr0Xw5kQ",
    },
    "clientExtensionResults": {},
}
