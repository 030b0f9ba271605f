"""The shapes of Zipline's answers, for the documentation."""

from functools import partial

from app.describe import shapes
from app.describe.examples import CHALLENGE, CREDENTIAL_ID, ID, USER_HANDLE
from app.describe.shapes import described, one_of, optional, or_null, time

shape = partial(shapes.shape, "Zipline")


_Credential = shape(
    "RegisteredResponse",
    transports=["internal", "hybrid"],
    clientDataJSON="eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
    attestationObject="o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik",
)
_Key = shape(
    "RegisteredKey",
    webAuthnUserID=USER_HANDLE,
    id=CREDENTIAL_ID,
    publicKey=described("pQECAyYgASFYIA==", "The COSE key, in standard base64."),
    counter=0,
    transports=["internal", "hybrid"],
    deviceType=one_of("multiDevice", "singleDevice"),
    backedUp=True,
)
_Registration = shape(
    "Registration",
    id=CREDENTIAL_ID,
    type=one_of("public-key"),
    rawId=CREDENTIAL_ID,
    response=_Credential,
    clientExtensionResults=described({}, "As the browser sent them."),
    authenticatorAttachment=optional(one_of("platform", "cross-platform")),
    webauthn=_Key,
)
Passkey = shape(
    "Passkey",
    id=ID,
    createdAt=time(),
    updatedAt=time(),
    lastUsed=time(),
    name="MacBook Air",
    reg=_Registration,
    userId=ID,
    aaguid=described("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "The authenticator's model."),
    authenticatorName=or_null("iCloud Keychain"),
)
Session = shape(
    "Session",
    id=described(ID, "A handle; never the token."),
    createdAt=time(),
    ua="Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:130.0) Gecko/20100101 Firefox/130.0",
    client="Firefox 130",
    device="Mac OS X",
    userId=ID,
    lastSeenAt=time(),
    expiresAt=time("2026-12-06T09:30:00.000Z"),
)
User = shape(
    "User",
    id=ID,
    username="ada",
    createdAt=time(),
    updatedAt=time(),
    role=one_of("USER", "ADMIN", "SUPERADMIN"),
    view=described({}, "What PATCH /api/user was sent as `view`."),
    sessions=described([Session], "The newest ones; their own route tells of more."),
    oauthProviders=[],
    totpSecret=or_null(described("enabled", "Null when off; never the secret.")),
    passkeys=described([Passkey], "Oldest first."),
    quota=None,
    avatar=or_null("data:image/png;base64,iVBORw0KGgo="),
    totpEnabled=False,
)
UserAnswer = shape("UserAnswer", user=User)
SetUp = shape("SetUp", firstSetup=True, user=User)
SetupNeeded = shape("SetupNeeded", firstSetup=True)
SignedOut = shape("SignedOut", loggedOut=True)
Token = shape("Token", token="Jm4Tq0yqJ0QkX4mZb1cR2w7v6uYh3nK9sD5fG8aL0eP")  # noqa: S106 - an example
NewToken = shape("NewToken", user=User, token=Token.members["token"])
Sessions = shape("Sessions", current=or_null(Session), other=[Session])
Check = shape("Check", **{"pass": True})
_Details = shape("VersionDetails", version="0.1.0", sha=None)
Version = shape("Version", version="0.1.0", details=_Details)

_OAuth = shape("PublicOAuth", bypassLocalLogin=False, loginOnly=False)
_OAuthEnabled = shape("PublicOAuthEnabled", discord=False, github=False, google=False, oidc=False)
_Website = shape(
    "PublicWebsite", loginBackground=None, loginBackgroundBlur=False, title="Passline", tos=False
)
_Features = shape("PublicFeatures", oauthRegistration=False, userRegistration=False, invites=True)
_PublicMfa = shape("PublicMfa", passkeys=True)
_Turnstile = shape("PublicTurnstile", enabled=False)
Public = shape(
    "Public",
    oauth=_OAuth,
    oauthEnabled=_OAuthEnabled,
    website=_Website,
    features=_Features,
    mfa=_PublicMfa,
    turnstile=_Turnstile,
    firstSetup=False,
)

_Party = shape("RelyingParty", name="Passline", id="auth.example.com")
_Handle = shape("CeremonyUser", id=USER_HANDLE, name="ada", displayName="ada")
_Algorithm = shape("Algorithm", type=one_of("public-key"), alg=-7)
_Descriptor = shape(
    "Descriptor", id=CREDENTIAL_ID, type=one_of("public-key"), transports=optional(["internal"])
)
_Selection = shape(
    "AuthenticatorSelection",
    residentKey=one_of("required"),
    requireResidentKey=True,
    userVerification=one_of("required", "preferred", "discouraged"),
)
CreationOptions = shape(
    "CreationOptions",
    rp=_Party,
    user=_Handle,
    challenge=CHALLENGE,
    pubKeyCredParams=[_Algorithm],
    timeout=300000,
    excludeCredentials=[_Descriptor],
    authenticatorSelection=_Selection,
    hints=described([], "As WebAuthn Level 3 has them."),
    attestation=one_of("none"),
    extensions={"credProps": True},
)
_RequestOptions = shape(
    "RequestOptions",
    challenge=CHALLENGE,
    timeout=300000,
    rpId="auth.example.com",
    userVerification=one_of("required", "preferred", "discouraged"),
    allowCredentials=optional([_Descriptor]),
)
Ways = shape(
    "Ways",
    options=or_null(_RequestOptions),
    methods=described(["passkey", "totp"], "Of passkey, totp, recovery and password."),
)
_Mfa = shape(
    "SecondStep",
    methods=Ways.members["methods"],
    options=optional(_RequestOptions),
)
Login = shape(
    "Login",
    user=optional(User),
    totp=optional(described(True, "A second step is due, whatever its methods.")),
    mfa=optional(_Mfa),
)
Totp = shape(
    "Totp",
    enabled=optional(True),
    secret=optional(described("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "In Base32.")),
    qrcode=optional(described("data:image/png;base64,iVBORw0KGgo=", "Of the otpauth URI.")),
)
Verified = shape("Verified", verified=True)
SignInOptions = shape("SignInOptions", id=CHALLENGE, options=_RequestOptions)

_Issue = shape("Issue", path=["username"], message="Missing data for required field.")
Error = shape(
    "Error",
    error=described("E2000: You are not signed in.", "A sentence for people, after the code."),
    code=optional(described(2000, "Zipline's number; absent where Zipline has none.")),
    statusCode=401,
    verify=optional(described({"methods": ["passkey"]}, "By what you can confirm who you are.")),
    issues=optional(described([_Issue], "What is wrong with which member of the body.")),
)
