"""The shapes of Clerk's objects, for the documentation."""

from functools import partial

from app.clerk.users import NONE_OF, NOT, NOTHING_OF
from app.describe import shapes
from app.describe.examples import CHALLENGE, ID, RECOVERY_CODE, SECRET
from app.describe.shapes import Shape, brief, described, one_of, optional, or_null

shape = partial(shapes.shape, "Clerk")

TOTP, CODES = f"totp_{ID}", f"backup_code_{ID}"
PASSKEY, USER, SESSION, SIGN_IN = f"idn_{ID}", f"user_{ID}", f"sess_{ID}", f"sia_{ID}"
_NOW, _LATER = 1795339800000, 1796549400000

_Verification = shape(
    "PasskeyVerification",
    status=one_of("unverified", "verified", "failed", "expired"),
    strategy=one_of("passkey"),
    attempts=0,
    expire_at=_LATER,
    nonce=optional(
        described(
            f'{{"challenge":"{CHALLENGE}","rp":{{"id":"auth.example.com"}}}}',
            "JSON text of the creation options, while they serve.",
        )
    ),
)
Passkey = shape(
    "Passkey",
    object=one_of("passkey"),
    id=PASSKEY,
    name="Passkey",
    last_used_at=or_null(_NOW),
    verification=_Verification,
    created_at=_NOW,
    updated_at=_NOW,
)
User = shape(
    "User",
    object=one_of("user"),
    id=USER,
    username="ada",
    image_url="",
    password_enabled=True,
    two_factor_enabled=described(True, "Neither backup codes nor passkeys alone count."),
    totp_enabled=True,
    backup_code_enabled=True,
    mfa_enabled_at=or_null(_NOW),
    mfa_disabled_at=or_null(_NOW),
    passkeys=brief([Passkey]),
    organization_memberships=[],
    enterprise_accounts=[],
    public_metadata={},
    unsafe_metadata={},
    created_at=_NOW,
    updated_at=_NOW,
    **{name: [] for name in NOTHING_OF},
    **dict.fromkeys(NONE_OF),
    **dict.fromkeys(NOT, False),
)
_PublicUserData = shape(
    "PublicUserData",
    first_name=None,
    last_name=None,
    image_url="",
    has_image=False,
    identifier="ada",
    user_id=USER,
)
_Task = shape("SessionTask", key=one_of("setup-mfa"))
_BASE = {
    "object": one_of("session"),
    "id": SESSION,
    "status": described(
        one_of("active", "pending", "ended", "removed", "revoked"),
        "Pending: a second factor has to be set up first.",
    ),
    "expire_at": _LATER,
    "abandon_at": _LATER,
    "last_active_at": _NOW,
    "last_active_organization_id": None,
    "actor": None,
    "tasks": brief(or_null([_Task])),
    "factor_verification_age": described([0, -1], "Minutes since each factor; -1 for none."),
    "public_user_data": _PublicUserData,
    "created_at": _NOW,
    "updated_at": _NOW,
}
_SessionBase = shape("SessionBase", **_BASE)
Session = shape("Session", **_BASE, last_active_token=None, user=User)
_Activity = shape(
    "SessionActivity",
    object=one_of("session_activity"),
    id=f"sess_activity_{ID}",
    browser_name="Firefox 130",
    browser_version="",
    device_type="Mac OS X",
    ip_address="",
    city="",
    country="",
    is_mobile=False,
)
SessionWithActivity = shape("SessionWithActivity", **_BASE, latest_activity=_Activity)
_Factor = shape("Factor", strategy=one_of("passkey", "password"))
_SecondFactor = shape("SecondFactor", strategy=one_of("totp", "backup_code", "passkey"))
_NONCE = optional(
    described(
        f'{{"challenge":"{CHALLENGE}","rpId":"auth.example.com"}}',
        "JSON text of a passkey's request options.",
    )
)


def _verification(name: str, *strategies: str) -> Shape:
    return shape(
        f"{name}Verification",
        status=one_of("unverified", "verified"),
        strategy=one_of(*strategies),
        attempts=0,
        expire_at=_LATER,
        nonce=_NONCE,
    )


_FirstFactorVerification = _verification("FirstFactor", "passkey", "password")
_FACTORS = {
    "supported_first_factors": described([_Factor], "The same whether or not the account exists."),
    "supported_second_factors": brief(or_null([_SecondFactor])),
    "first_factor_verification": or_null(_FirstFactorVerification),
    "second_factor_verification": brief(
        or_null(_verification("SecondFactor", "totp", "backup_code", "passkey"))
    ),
}
SignIn = shape(
    "SignIn",
    object=one_of("sign_in_attempt"),
    id=SIGN_IN,
    status=one_of("needs_first_factor", "needs_second_factor", "complete"),
    supported_identifiers=["username", "passkey"],
    **_FACTORS,
    identifier=or_null("ada"),
    user_data=None,
    created_session_id=or_null(SESSION),
    abandon_at=_LATER,
)
Reverification = shape(
    "SessionReverification",
    object=one_of("session_reverification"),
    level=one_of("first_factor", "second_factor", "multi_factor"),
    status=one_of("needs_first_factor", "needs_second_factor", "complete"),
    **_FACTORS
    | {
        "supported_first_factors": brief(or_null([_Factor])),
        "first_factor_verification": brief(or_null(_FirstFactorVerification)),
    },
    session=_SessionBase,
)
Totp = shape(
    "Totp",
    object=one_of("totp"),
    id=TOTP,
    secret=or_null(described(SECRET, "In Base32, until it is verified.")),
    uri=or_null("otpauth://totp/Passline:ada?secret=JBSWY3DPEHPK3PXP&issuer=Passline"),
    verified=False,
    backup_codes=optional(or_null([RECOVERY_CODE])),
    created_at=_NOW,
    updated_at=_NOW,
)
BackupCodes = shape(
    "BackupCodes",
    object=one_of("backup_code"),
    id=CODES,
    codes=[RECOVERY_CODE],
    created_at=_NOW,
    updated_at=_NOW,
)
Client = shape(
    "Client",
    object=one_of("client"),
    id=f"client_{ID}",
    sessions=brief([Session]),
    sign_in=brief(or_null(SignIn)),
    sign_up=None,
    last_active_session_id=or_null(SESSION),
    last_authentication_strategy=or_null(one_of("passkey", "password")),
    cookie_expires_at=None,
    captcha_bypass=False,
    created_at=_NOW,
    updated_at=_NOW,
)
