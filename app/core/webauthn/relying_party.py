"""Both halves of both ceremonies.

Only this module imports py_webauthn; none of its types and exceptions leave it.

Step numbers are those of WebAuthn Level 3, 7.1 (registration) and 7.2 (authentication).
"""

from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.core.webauthn import (
    attestation,
    authenticator_data,
    client_data,
    public_keys,
    user_handles,
)
from app.core.webauthn.authenticator_data import AttestationObject, Flags
from app.core.webauthn.client_data import Response
from app.core.webauthn.encoding import base64url, from_base64url
from app.core.webauthn.errors import (
    BackupEligibilityChanged,
    RegistrationRefused,
    SignInRefused,
    UserNotVerified,
    UserNotVerifiedAtRegistration,
    refused_as,
)
from app.core.webauthn.results import Assertion, NewCredential
from app.settings import Settings
from app.storage.records import ChallengeRecord, PasskeyRecord, UserRecord

_ALGORITHMS = [COSEAlgorithmIdentifier(algorithm) for algorithm in public_keys.ALGORITHMS]


def read_registration(credential: Any) -> Response:
    """Read a registration up to its challenge. Raises `RegistrationRefused`."""
    with refused_as(RegistrationRefused):
        return client_data.read(credential)


def read_authentication(credential: Any) -> Response:
    """Read an authentication up to its challenge. Raises `SignInRefused`."""
    with refused_as(SignInRefused):
        return client_data.read(credential)


def credential_id(response: Response) -> bytes:
    """Return the id of the credential that signs in. Raises `SignInRefused`."""
    with refused_as(SignInRefused):
        return client_data.credential_id(response)


def verify_registration(
    response: Response, challenge: ChallengeRecord, *, settings: Settings
) -> NewCredential:
    """Verify a registration whose challenge was consumed.

    Raises `UserNotVerifiedAtRegistration`, or `RegistrationRefused` with its cause.
    """
    with refused_as(RegistrationRefused):
        credential_id = client_data.credential_id(response)
        client_data.check(response, ceremony_type=client_data.CREATE, settings=settings)
        attested, flags = _attested(response, challenge)
        verified, oddity = attestation.verified(
            attested, lambda judged: _verified(credential_id, response, challenge, judged=judged)
        )
        if verified.credential_id != credential_id:
            raise ValueError("the credential id is not the one in the authenticator data")
        public_keys.check(attested.embedded_key(len(verified.credential_public_key)))
    return NewCredential(
        credential_id=credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        backup_eligible=flags.backup_eligible,
        backed_up=verified.credential_backed_up,
        user_verified=flags.user_verified,
        attestation_format=attested.fmt,
        attestation_object=attested.unattested,
        oddity=oddity,
    )


def _attested(response: Response, challenge: ChallengeRecord) -> tuple[AttestationObject, Flags]:
    """Decode the attestation object, and check what py_webauthn does not."""
    attested = authenticator_data.attestation_object(response.decoded("attestationObject"))
    flags = authenticator_data.flags(attested.authenticator_data)
    if challenge.user_verification == "required" and not flags.user_verified:  # step 16
        raise UserNotVerifiedAtRegistration
    attestation.check(attested)
    return attested, flags


def _verified(
    credential_id: bytes,
    response: Response,
    challenge: ChallengeRecord,
    *,
    judged: AttestationObject,
) -> VerifiedRegistration:
    # Steps 8, 9, 12 to 17, 20, 22 and 23. It returns the key in its own encoding.
    return verify_registration_response(
        credential=_new_credential(credential_id, response, judged.encoded),
        supported_pub_key_algs=_ALGORITHMS,
        **_expected(response, challenge),
    )


def _new_credential(
    credential_id: bytes, response: Response, attestation_object: bytes
) -> RegistrationCredential:
    """Return the decoded parts in py_webauthn's form.

    It gets nothing else, because it refuses attachments that it does not know.
    """
    return RegistrationCredential(
        id=base64url(credential_id),
        raw_id=credential_id,
        response=AuthenticatorAttestationResponse(
            client_data_json=response.client_data_json, attestation_object=attestation_object
        ),
    )


def _expected(response: Response, challenge: ChallengeRecord) -> dict[str, Any]:
    """Return what py_webauthn compares with: the rules when the options were sent."""
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
    named: str | None,
    settings: Settings,
) -> Assertion:
    """Verify an authentication whose challenge was consumed, by the passkey of its id.

    `named` is the username that the person gave before, if any. The sign count is only
    returned; authentication.py checks it. Raises `UserNotVerified`,
    `BackupEligibilityChanged`, or `SignInRefused` with its cause.
    """
    with refused_as(SignInRefused):
        client_data.check(response, ceremony_type=client_data.GET, settings=settings)
        user_handles.check(response, passkey, user, named=named is not None)
        signed = response.decoded("authenticatorData")
        flags = authenticator_data.flags(signed)
        if challenge.user_verification == "required" and not flags.user_verified:  # step 17
            raise UserNotVerified
        # Steps 11, 12, 15, 16, 18, 21 and 22. Zero turns off its check of step 23.
        verified = verify_authentication_response(
            credential=_used_credential(bytes(passkey.credential_id), response, signed),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=0,
            **_expected(response, challenge),
        )
        # Only who has the key learns more: whose it is (step 6), and its eligibility.
        user_handles.check_name(named, user)
        if flags.backup_eligible != bool(passkey.backup_eligible):  # step 19
            raise BackupEligibilityChanged(cause=f"it was {bool(passkey.backup_eligible)}")
    return Assertion(
        sign_count=verified.new_sign_count,
        backed_up=verified.credential_backed_up,
        user_verified=flags.user_verified,
    )


def _used_credential(
    credential_id: bytes, response: Response, signed: bytes
) -> AuthenticationCredential:
    """Return the decoded parts in py_webauthn's form, and nothing else."""
    return AuthenticationCredential(
        id=base64url(credential_id),
        raw_id=credential_id,
        response=AuthenticatorAssertionResponse(
            client_data_json=response.client_data_json,
            authenticator_data=signed,
            signature=response.decoded("signature"),
        ),
    )
