"""Both halves of both ceremonies. The only importer of py_webauthn: nothing of it, and no exception of it, gets out.

Step numbers are those of WebAuthn Level 3, 7.1 (registration) and 7.2 (authentication).
"""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from app.core.webauthn import attestation, authenticator_data, client_data, public_keys
from app.core.webauthn.client_data import Response
from app.core.webauthn.encoding import base64url, from_base64url
from app.errors import (
    CeremonyError,
    RegistrationRefused,
    SignInRefused,
    UserNotVerified,
    UserNotVerifiedAtRegistration,
)
from app.settings import Settings
from app.storage.records import ChallengeRecord, PasskeyRecord, UserRecord

_ALGORITHMS = [COSEAlgorithmIdentifier(algorithm) for algorithm in public_keys.ALGORITHMS]
TIMEOUT = 300_000  # ms, the default that 15.1 recommends for ceremonies with user verification


class NewCredential(NamedTuple):
    """What a verified registration tells."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    user_verified: bool
    attestation_format: str


class Assertion(NamedTuple):
    """What a verified authentication tells."""

    sign_count: int
    backed_up: bool
    user_verified: bool


def creation_options(
    user: UserRecord, challenge: bytes, existing: list[dict[str, Any]], *, settings: Settings
) -> dict[str, Any]:
    """Give PublicKeyCredentialCreationOptionsJSON; `existing` are the descriptors to exclude."""
    return {
        "rp": {"name": settings.rp_name, "id": settings.rp_id},
        "user": {
            "id": base64url(user.user_handle),
            "name": user.username,
            "displayName": user.username,
        },
        "challenge": base64url(challenge),
        "pubKeyCredParams": [
            {"type": "public-key", "alg": algorithm} for algorithm in public_keys.ALGORITHMS
        ],
        "timeout": min(TIMEOUT, settings.challenge_ttl * 1000),
        "excludeCredentials": existing,
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": settings.user_verification,
        },
        "attestation": "none",
        "extensions": {"credProps": True},
        "hints": [],
    }


def request_options(challenge: bytes, *, settings: Settings) -> dict[str, Any]:
    """Give PublicKeyCredentialRequestOptionsJSON for a person who has not said who they are: no allowCredentials."""
    return {
        "rpId": settings.rp_id,
        "challenge": base64url(challenge),
        "timeout": min(TIMEOUT, settings.challenge_ttl * 1000),
        "userVerification": settings.user_verification,
    }


def read_registration(credential: Any) -> Response:
    """Read a registration response as far as its challenge; raises `RegistrationRefused`."""
    with _refused_as(RegistrationRefused):
        return client_data.read(credential)


def read_authentication(credential: Any) -> Response:
    """Read an authentication response as far as its challenge; raises `SignInRefused`."""
    with _refused_as(SignInRefused):
        return client_data.read(credential)


def credential_id(response: Response) -> bytes:
    """Give the id of the credential that signs in; raises `SignInRefused`."""
    with _refused_as(SignInRefused):
        return client_data.credential_id(response)


def verify_registration(
    response: Response, challenge: ChallengeRecord, *, settings: Settings
) -> NewCredential:
    """Verify a registration whose challenge was consumed.

    Raises `UserNotVerifiedAtRegistration`, or `RegistrationRefused` with the cause for the log.
    """
    with _refused_as(RegistrationRefused):
        credential_id = client_data.check(
            response, ceremony_type=client_data.CREATE, settings=settings
        )
        sent = client_data.for_library(response, "attestationObject")
        attested = authenticator_data.attestation_object(
            from_base64url(sent["response"]["attestationObject"])
        )
        flags = authenticator_data.flags(attested.authenticator_data)
        if challenge.user_verification == "required" and not flags.user_verified:  # step 16
            raise UserNotVerifiedAtRegistration
        attestation.check(attested)
        # Steps 8, 9, 12 to 17, 20, 22 and 23. The key it gives is its own encoding of what it made of the bytes.
        verified = verify_registration_response(
            credential=sent, **_expected(response, challenge), supported_pub_key_algs=_ALGORITHMS
        )
        if verified.credential_id != credential_id:
            raise ValueError("the credential id is not the one in the authenticator data")
        public_keys.check(attested.embedded_key(len(verified.credential_public_key)))
        return NewCredential(
            verified.credential_id,
            verified.credential_public_key,
            verified.sign_count,
            verified.aaguid,
            flags.backup_eligible,
            verified.credential_backed_up,
            flags.user_verified,
            attested.fmt,
        )


def _expected(response: Response, challenge: ChallengeRecord) -> dict[str, Any]:
    """Give what py_webauthn is to compare with: the rules in force when the options were sent."""
    return {
        "expected_challenge": from_base64url(response.challenge),
        "expected_rp_id": challenge.rp_id,
        "expected_origin": response.client_data["origin"],
        "require_user_verification": challenge.user_verification == "required",
    }


def verify_authentication(
    response: Response,
    challenge: ChallengeRecord,
    passkey: PasskeyRecord,
    user: UserRecord,
    *,
    settings: Settings,
) -> Assertion:
    """Verify an authentication whose challenge was consumed, with the passkey that its id names.

    The sign count is only read here; what it may be is for signin.py. Raises `UserNotVerified`, or `SignInRefused`
    with the cause for the log.
    """
    with _refused_as(SignInRefused):
        client_data.check(response, ceremony_type=client_data.GET, settings=settings)
        _check_user_handle(response, user)
        sent = client_data.for_library(response, "authenticatorData", "signature")
        flags = authenticator_data.flags(from_base64url(sent["response"]["authenticatorData"]))
        if challenge.user_verification == "required" and not flags.user_verified:  # step 17
            raise UserNotVerified
        if flags.backup_eligible != bool(passkey.backup_eligible):  # step 19
            raise ValueError(
                "backup eligibility has changed, which is fixed for a credential's life"
            )
        # Steps 11, 12, 15, 16, 18, 21 and 22. Its rule for the counter (23) is switched off by the zero.
        verified = verify_authentication_response(
            credential=sent,
            **_expected(response, challenge),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=0,
        )
        return Assertion(
            verified.new_sign_count, verified.credential_backed_up, flags.user_verified
        )


def _check_user_handle(response: Response, user: UserRecord) -> None:
    """Step 6. Absent is tolerated: a credential that is not discoverable has none to give, and its key decides."""
    handle = response.members.get("userHandle")
    if handle is not None and from_base64url(handle, padding=True) != bytes(user.user_handle):
        raise ValueError("the user handle is not that of the credential's user")


@contextlib.contextmanager
def _refused_as(refusal: type[CeremonyError]) -> Iterator[None]:
    """Translate whatever decoding or verifying hostile bytes lets out; no input may cause a 500."""
    try:
        yield
    except CeremonyError:
        raise
    except (
        Exception
    ) as error:  # KeyError, TypeError, RecursionError... leak from py_webauthn on bad input
        raise refusal(cause=f"{type(error).__name__}: {error}"[:500]) from error
