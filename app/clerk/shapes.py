"""The shapes of Clerk's objects, for the documentation."""

from functools import partial

from app.clerk.users import NONE_OF, NOT, NOTHING_OF
from app.describe import shapes
from app.describe.examples import CHALLENGE, ID
from app.describe.shapes import described, one_of, optional, or_null

shape = partial(shapes.shape, "Clerk")

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
    passkeys=[Passkey],
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
Session = shape(
    "Session",
    object=one_of("session"),
    id=SESSION,
    status=one_of("active", "ended", "removed", "revoked"),
    expire_at=_LATER,
    abandon_at=_LATER,
    last_active_at=_NOW,
    last_active_organization_id=None,
    last_active_token=None,
    actor=None,
    tasks=None,
    factor_verification_age=described([0, -1], "Minutes since each factor; -1 for none."),
    user=User,
    public_user_data=_PublicUserData,
    created_at=_NOW,
    updated_at=_NOW,
)
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
SessionWithActivity = shape(
    "SessionWithActivity",
    object=one_of("session"),
    id=SESSION,
    status=one_of("active", "revoked"),
    expire_at=_LATER,
    abandon_at=_LATER,
    last_active_at=_NOW,
    actor=None,
    latest_activity=_Activity,
)
_Factor = shape("Factor", strategy=one_of("passkey", "password"))
_FirstFactor = shape(
    "FirstFactorVerification",
    status=one_of("unverified"),
    strategy=one_of("passkey"),
    attempts=0,
    expire_at=_LATER,
    nonce=described(
        f'{{"challenge":"{CHALLENGE}","rpId":"auth.example.com"}}',
        "JSON text of the request options.",
    ),
)
SignIn = shape(
    "SignIn",
    object=one_of("sign_in_attempt"),
    id=SIGN_IN,
    status=one_of("needs_first_factor", "complete"),
    supported_identifiers=["username", "passkey"],
    supported_first_factors=described([_Factor], "The same whether or not the account exists."),
    supported_second_factors=None,
    first_factor_verification=or_null(_FirstFactor),
    second_factor_verification=None,
    identifier=or_null("ada"),
    user_data=None,
    created_session_id=or_null(SESSION),
    abandon_at=_LATER,
)
Client = shape(
    "Client",
    object=one_of("client"),
    id=f"client_{ID}",
    sessions=[Session],
    sign_in=or_null(SignIn),
    sign_up=None,
    last_active_session_id=or_null(SESSION),
    last_authentication_strategy=or_null(one_of("passkey", "password")),
    cookie_expires_at=None,
    captcha_bypass=False,
    created_at=_NOW,
    updated_at=_NOW,
)
