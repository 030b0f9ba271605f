"""Strict decoding of what clients send: base64url, clientDataJSON and CTAP2's CBOR."""

import base64
import io
import json
import re
from typing import Any, NoReturn

import cbor2

# Groups of four, then none, two or three characters; unused bits of the last are zero.
_GROUPS = r"(?:[{0}]{{4}})*+(?:[{0}][AQgw](?:==)?|[{0}]{{2}}[AEIMQUYcgkosw048]=?)?\Z"
_ALPHABETS = [re.compile(_GROUPS.format("A-Za-z0-9" + two)) for two in ("_-", "+/")]
_TO_BASE64 = str.maketrans("-_", "+/")
# The tags that cbor2 would turn into objects by itself.
_TAGS = (*range(6), 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def base64url(data: bytes) -> str:
    """Encode without padding (RFC 4648, 5; WebAuthn Level 3, "Base64url Encoding")."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: Any) -> bytes:
    """Decode base64url, or the other spelling that some clients send, base64.

    Both may be padded. Raises ValueError for anything else: foreign characters, the two
    alphabets mixed, or unused bits that are not zero.
    """
    if not isinstance(text, str):
        raise ValueError("not text")
    if not any(alphabet.match(text) for alphabet in _ALPHABETS):
        raise ValueError("not base64url")
    bare = text.rstrip("=").translate(_TO_BASE64)
    return base64.b64decode(bare + "=" * (-len(bare) % 4))


def json_object(data: bytes) -> dict[str, Any]:
    """Decode clientDataJSON: UTF-8, without duplicate members or NaN.

    A byte order mark is dropped (7.1 step 5). Raises ValueError or RecursionError
    otherwise.
    """
    value = json.loads(
        data.decode("utf-8-sig"), object_pairs_hook=_no_member_twice, parse_constant=_no_constant
    )
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _no_member_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_tag(*_: Any) -> NoReturn:
    raise ValueError("a tag, which CTAP2's CBOR has not")


# A single tag can cost seconds: 35 compiles a regular expression.
_WITHOUT_TAGS: dict[str, Any] = {
    "semantic_decoders": dict.fromkeys(_TAGS, _refuse_tag),
    "tag_hook": _refuse_tag,
}


def refuse_tags(data: bytes) -> None:
    """Raise ValueError or CBORError if a CBOR item in `data` is tagged or cut off."""
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(stream, read_size=1, **_WITHOUT_TAGS)
    while stream.tell() < len(data):
        decoder.decode()


def cbor_map(data: bytes, *, canonical: bool = False) -> dict[Any, Any]:
    """Decode one CBOR map, with nothing after it.

    Lengths must be definite and shortest; tags and duplicate keys are refused.
    `canonical` requires the key order of CTAP2's canonical form too, as 6.5.1 does of a
    credential's key. Raises ValueError or CBORError otherwise.
    """
    value = cbor2.loads(data, allow_duplicate_keys=False, **_WITHOUT_TAGS)
    if not isinstance(value, dict):
        raise ValueError("not a map")
    if cbor2.dumps(value, canonical=canonical) != data:
        raise ValueError("not in CTAP2's canonical form, or something stands behind it")
    return value
