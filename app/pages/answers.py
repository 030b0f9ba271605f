"""The shapes of the answers to our pages, for the documentation."""

from functools import partial

from app.describe import shapes
from app.describe.examples import CHALLENGE, CREDENTIAL_ID, ID, USER_HANDLE
from app.describe.shapes import described, one_of, optional, or_null, time

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
_Methods = described(["passkey", "totp"], "Of passkey, totp, recovery and password.")
_SecondStep = shape("SecondStep", username="ada", methods=_Methods)
WaitingSignIn = shape("WaitingSignIn", second_step=_SecondStep)
SignIn = shape("SignIn", user=optional(User), second_step=optional(_SecondStep))
_Factors = shape(
    "Factors",
    password=True,
    totp=False,
    passkeys=described(2, "Those that can sign in here."),
    recovery_codes=described(10, "How many are left."),
    recovery_codes_saved=True,
    always_asks=False,
)
_Notice = shape(
    "Notice",
    event="account:link:made",
    at=time(),
    actor=one_of("person", "administrator", "command"),
)
Security = shape(
    "Security",
    user=User,
    factors=_Factors,
    policy=one_of("optional", "enrolled", "required"),
    standing=described(
        one_of("whole", "enrolling", "recovering"), "Whether the session serves to enrol only."
    ),
    can_remove_password=True,
    notices=described([_Notice], "What others did since the sign-in before, oldest first."),
)
TotpOffer = shape(
    "TotpOffer",
    user=User,
    secret=described("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "In Base32."),
    qr_code="data:image/png;base64,iVBORw0KGgo=",
)
RecoveryCodes = shape("RecoveryCodes", user=User, recovery_codes=["h7k2mq-9x4bt0-zv6cdp-3nw8rj"])
_Verify = shape("Verify", methods=_Methods, age=described(600, "Seconds."))
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
    user=optional(User),
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
    verify=optional(described(_Verify, "How you can confirm that it is you.")),
)
