"""What is stored of a registration response, beside the verified credential."""

from typing import Any

import orjson

from app.core.webauthn.client_data import Response
from app.core.webauthn.encoding import base64url
from app.core.webauthn.errors import RegistrationRefused
from app.core.webauthn.results import NewCredential

# Known attachments, and the rest within bounds.
_ATTACHMENTS = ("platform", "cross-platform")
# Bytes of JSON. The longest credential id, an RSA key of 4096 bits and ten times the
# usual clientDataJSON fit; lists repeat it for each passkey.
_LARGEST = 10 * 1024
_LONGEST_TRANSPORT, _MOST_TRANSPORTS, _LARGEST_OUTPUTS = 32, 16, 2048


def transports(response: Response) -> list[str]:
    """Return the transports as sent, unknown ones too (5.2.1.1), within bounds."""
    sent = response.members.get("transports")
    if not isinstance(sent, list):
        return []
    short = [each for each in sent if isinstance(each, str) and len(each) <= _LONGEST_TRANSPORT]
    return short[:_MOST_TRANSPORTS]


def discoverable(response: Response) -> bool | None:
    """Return whether the client says that the credential can be found without its id.

    That is credProps.rk (10.1.3), and None unless it is a boolean.
    """
    outputs = response.credential.get("clientExtensionResults")
    properties = outputs.get("credProps") if isinstance(outputs, dict) else None
    told = properties.get("rk") if isinstance(properties, dict) else None
    return told if isinstance(told, bool) else None


def registration(verified: NewCredential, response: Response) -> str:
    """Return the response as Zipline documents it, in JSON; drop unknown attachments
    (5.1).

    However it was spelled, it is kept in base64url, because clients compare texts.
    Raises `RegistrationRefused` if it is larger than any browser's.
    """
    outputs = response.credential.get("clientExtensionResults")
    attachment = response.credential.get("authenticatorAttachment")
    identifier = base64url(verified.credential_id)
    kept = {
        "id": identifier,
        "type": "public-key",
        "rawId": identifier,
        "response": {
            "transports": transports(response),
            "clientDataJSON": base64url(response.client_data_json),
            "attestationObject": base64url(verified.attestation_object),
        },
        "clientExtensionResults": outputs if _is_small(outputs) else {},
    }
    known = attachment in _ATTACHMENTS
    text = orjson.dumps(kept | ({"authenticatorAttachment": attachment} if known else {}))
    if len(text) > _LARGEST:
        raise RegistrationRefused(cause=f"the response to keep has {len(text)} bytes")
    return text.decode()


def _is_small(outputs: Any) -> bool:
    """Return whether extension outputs are small enough to store: lists repeat them."""
    return isinstance(outputs, dict) and len(orjson.dumps(outputs)) <= _LARGEST_OUTPUTS
