"""Strict checks of COSE keys: every sign-in can use them, and no one can forge them.

WebAuthn Level 3, 6.5.1.1 and 5.8.5, defines the keys of each algorithm.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from app.core.webauthn.encoding import cbor_map

ES256, EDDSA, RS256 = -7, -8, -257
# In the order of preference: Firefox 117 gets Ed25519 wrong (authenticator_data.py).
ALGORITHMS = (ES256, EDDSA, RS256)

_KTY, _ALG, _CRV, _X, _Y = 1, 3, -1, -2, -3
_N, _E = -1, -2

# The y-coordinates of the points of order 1, 2, 4 and 8 on edwards25519: as a key, each
# would let anyone make signatures.
_P = 2**255 - 19
_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDER = {0, 1, _P - 1, _ORDER_8, _P - _ORDER_8}


def check(cose_key: bytes, *, offered: tuple[int, ...] = ALGORITHMS) -> int:
    """Check the COSE key, and return its algorithm.

    Raises ValueError unless it is a key that we can use and trust.
    """
    key = cbor_map(cose_key, canonical=True)
    algorithm = key.get(_ALG)
    if type(algorithm) is not int or algorithm not in offered:
        raise ValueError(f"algorithm {algorithm!r} was not offered")
    {EDDSA: _check_ed25519, ES256: _check_p256, RS256: _check_rsa}[algorithm](key)
    return algorithm


def _check_p256(key: dict[Any, Any]) -> None:
    _expect(key, {_KTY: 2, _ALG: ES256, _CRV: 1}, _X, _Y)
    if len(key[_X]) != 32 or len(key[_Y]) != 32:
        raise ValueError("a coordinate is not 32 bytes long")
    x, y = int.from_bytes(key[_X], "big"), int.from_bytes(key[_Y], "big")
    # Raises ValueError if the point is not on the curve.
    EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


def _check_ed25519(key: dict[Any, Any]) -> None:
    _expect(key, {_KTY: 1, _ALG: EDDSA, _CRV: 6}, _X)
    if len(key[_X]) != 32:
        raise ValueError("the key is not 32 bytes long")
    y = int.from_bytes(key[_X], "little") & ((1 << 255) - 1)
    if y >= _P or y in _SMALL_ORDER:
        raise ValueError("a point of small order, or not in its one encoding")
    Ed25519PublicKey.from_public_bytes(key[_X])
    if not _on_edwards25519(y):
        raise ValueError("the point is not on the curve")


def _on_edwards25519(y: int) -> bool:
    # x^2 = (y^2 - 1) / (d y^2 + 1) must be a square (RFC 8032, 5.1.3). OpenSSL checks
    # this only when it verifies.
    d = -121665 * pow(121666, -1, _P) % _P
    square = (y * y - 1) * pow(d * y * y + 1, -1, _P) % _P
    return square == 0 or pow(square, (_P - 1) // 2, _P) == 1


def _check_rsa(key: dict[Any, Any]) -> None:
    _expect(key, {_KTY: 3, _ALG: RS256}, _N, _E)
    modulus, exponent = int.from_bytes(key[_N], "big"), int.from_bytes(key[_E], "big")
    if key[_N][:1] == b"\0" or not 2048 <= modulus.bit_length() <= 4096 or modulus % 2 == 0:
        raise ValueError("the modulus is not of 2048 to 4096 bits")
    if exponent != 65537 or len(key[_E]) != 3:
        raise ValueError("the exponent is not 65537")
    RSAPublicNumbers(exponent, modulus).public_key()


def _expect(key: dict[Any, Any], fixed: dict[int, int], *byte_strings: int) -> None:
    """Require exactly these members: `fixed` values, and the others as byte strings."""
    if any(type(label) is not int for label in key) or set(key) != set(fixed) | set(byte_strings):
        raise ValueError("members are missing, or there are others than the algorithm's")
    if any(type(key[label]) is not int or key[label] != value for label, value in fixed.items()):
        raise ValueError("key type or curve does not fit the algorithm")
    if any(type(key[label]) is not bytes for label in byte_strings):
        raise ValueError("a member is not a byte string")
