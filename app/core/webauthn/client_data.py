"""What both ceremonies check in a response before any signature.

That is its structure, its ids and its clientDataJSON.
"""

from typing import Any, NamedTuple

from app.core.webauthn.encoding import from_base64url, json_object
from app.settings import Settings

CREATE, GET = "webauthn.create", "webauthn.get"


class Response(NamedTuple):
    """A response whose challenge could be read.

    clientDataJSON is decoded, once per ceremony; the rest is as it was sent.
    """

    credential: dict[str, Any]
    members: dict[str, Any]
    client_data: dict[str, Any]
    client_data_json: bytes

    @property
    def challenge(self) -> str:
        """The challenge, in the text that the client sent back."""
        return str(self.client_data["challenge"])

    def decoded(self, member: str) -> bytes:
        """Return the bytes of a member of `response`. Raises ValueError."""
        return from_base64url(self.members.get(member))


def read(credential: Any) -> Response:
    """Read a response up to its challenge.

    `credential` is a RegistrationResponseJSON or an AuthenticationResponseJSON. Nothing
    else is checked, so that the challenge can be consumed first even if the rest is
    wrong. Raises ValueError.
    """
    if not isinstance(credential, dict) or not isinstance(credential.get("response"), dict):
        raise ValueError("the credential or its response is not an object")
    members = credential["response"]
    client_data_json = from_base64url(members.get("clientDataJSON"))
    client_data = json_object(client_data_json)
    if not isinstance(client_data.get("challenge"), str):
        raise ValueError("clientDataJSON lacks a challenge")
    return Response(credential, members, client_data, client_data_json)


def credential_id(response: Response) -> bytes:
    """Check the structure, and return the credential id. Raises ValueError.

    Unknown and optional members are not checked.
    """
    sent = response.credential
    if sent.get("type") != "public-key":
        raise ValueError("type is not public-key")
    decoded, raw_id = from_base64url(sent.get("id")), sent.get("rawId")
    if raw_id != sent["id"] and from_base64url(raw_id) != decoded:  # two spellings may differ
        raise ValueError("rawId is not id")
    if not 1 <= len(decoded) <= 1023:  # 7.1 step 26
        raise ValueError("the credential id is not of 1 to 1023 bytes")
    return decoded


def check(response: Response, *, ceremony_type: str, settings: Settings) -> None:
    """Check type, origin and framing of clientDataJSON. Raises ValueError.

    7.1 steps 7, 9, 10 and 11; 7.2 steps 10, 12, 13 and 14.
    """
    data = response.client_data
    if data.get("type") != ceremony_type:
        raise ValueError(f"clientDataJSON is not of type {ceremony_type}")
    if data.get("origin") not in settings.origins:
        raise ValueError(f"origin {data.get('origin')!r} is not one of ours")
    if not isinstance(data.get("crossOrigin", False), bool):
        raise ValueError("crossOrigin is not a boolean")
    top_origin = data.get("topOrigin")
    framed = data.get("crossOrigin") or top_origin is not None
    if framed and top_origin not in settings.top_origins:
        raise ValueError("made in a frame of a site that may not embed this one")
