"""The shapes of the answers to our pages, for the documentation."""

from functools import partial

from app.describe import shapes
from app.describe.examples import CHALLENGE, CREDENTIAL_ID, ID, USER_HANDLE
from app.describe.shapes import described, optional, or_null, time

shape = partial(shapes.shape, "Account")


User = shape(
    "User",
    username="ada",
    handle=described(USER_HANDLE, "WebAuthn's user.id."),
)
Passkey = shape(
    "Passkey",
    id=ID,
    name="MacBook Air",
    credential_id=CREDENTIAL_ID,
    authenticator=or_null(described("iCloud Keychain", "By its own unproven word.")),
    backup_eligible=described(True, "Whether it can be on several devices."),
    backed_up=True,
    discoverable=or_null(
        described(True, "Whether it can sign in by itself; null where the browser did not tell.")
    ),
    transports=["internal", "hybrid"],
    created_at=time(),
    last_used_at=or_null(time()),
)
Passkeys = shape("Passkeys", user=User, passkeys=described([Passkey], "Oldest first."))
WithoutPasskey = shape(
    "WithoutPasskey",
    **Passkeys.members,
    ended_sessions=described(2, "Other sessions that began with the passkey."),
)
SignedIn = shape("SignedIn", user=User)
SignedOut = shape("SignedOut", user=User, signed_out=True)
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
    user=optional(described(User, "Who is signed in, if somebody is.")),
)
