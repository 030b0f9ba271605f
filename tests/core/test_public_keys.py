"""Public keys: none is stored that would fail later or that anybody could forge for."""

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519

from app.core.webauthn import public_keys
from app.core.webauthn.errors import RegistrationRefused
from tests.authenticator import ED, EDDSA, ES256, RS256, Authenticator, cose_key, new_key
from tests.core import ceremonies
from tests.core.refusals import refused
from tests.people import Person

Key = dict[Any, Any]
Change = Callable[[Key], Any]
P = 2**255 - 19

EC, OKP, RSA = cose_key(new_key(ES256)), cose_key(new_key(EDDSA)), cose_key(new_key(RS256))
EC_BUT_TYPE = {label: value for label, value in EC.items() if label != 1}
P384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
X25519 = x25519.X25519PrivateKey.generate().public_key().public_bytes_raw()


def modulus(bits: int) -> bytes:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return numbers.n.to_bytes(bits // 8, "big")


def odd(bits: int) -> bytes:
    """Return a number of so many bits that looks like a modulus."""
    return (1 << bits - 1 | 12345).to_bytes(bits + 7 >> 3, "big")


# name: (a sound key, its change, the reason)
HOSTILE: dict[str, tuple[Key, Key, str]] = {
    "an EC point off the curve": (EC, {-3: EC[-2]}, "curve|point"),
    "the EC point (0, 0)": (EC, {-2: bytes(32), -3: bytes(32)}, "curve|point"),
    "an EC coordinate beyond the field": (EC, {-2: b"\xff" * 32}, "curve|point|field"),
    "an EC coordinate of 31 bytes": (EC, {-2: EC[-2][1:]}, "32 bytes"),
    "a second EC coordinate of 31 bytes": (EC, {-3: EC[-3][1:]}, "32 bytes"),
    "an EC coordinate with a zero more": (EC, {-2: b"\0" + EC[-2]}, "32 bytes"),
    "a second EC coordinate with a zero more": (EC, {-3: b"\0" + EC[-3]}, "32 bytes"),
    "a compressed y": (EC, {-3: True}, "not a byte string"),
    "an EC coordinate as text": (EC, {-2: "x" * 32}, "not a byte string"),
    "no y": (EC, {-3: ...}, "members are missing"),
    "P-384 under ES256": (
        EC, {-1: 2, -2: P384.x.to_bytes(48, "big"), -3: P384.y.to_bytes(48, "big")}, "does not fit",
    ),
    "a P-384 point called P-256": (
        EC, {-2: P384.x.to_bytes(48, "big"), -3: P384.y.to_bytes(48, "big")}, "32 bytes",
    ),
    "an EC key of type OKP": (EC, {1: 1}, "does not fit"),
    "an EC key under EdDSA": (EC, {3: EDDSA}, "members are missing"),
    "an EC key under RS256": (EC, {3: RS256}, "members are missing"),
    "ES384": (EC, {3: -35}, "was not offered"),
    "ESP256": (EC, {3: -9}, "was not offered"),
    "RS1": (RSA, {3: -65535}, "was not offered"),
    "an algorithm as text": (EC, {3: "ES256"}, "was not offered"),
    "an algorithm as a float": (EC, {3: -7.0}, "was not offered"),
    "no algorithm": (EC, {3: ...}, "was not offered"),
    "true as the curve 1": (EC, {-1: True}, "does not fit"),
    "a private d": (EC, {-4: bytes(32)}, "there are others"),
    "a kid": (EC, {2: b"kid"}, "there are others"),
    "a member with a text label": (EC, {"x": 1}, "there are others"),
    "a member with a true label": ({**EC_BUT_TYPE, True: 2}, {}, "there are others"),
    "X25519 as EdDSA": (OKP, {-1: 4, -2: X25519}, "does not fit"),
    "an OKP key of type EC2": (OKP, {1: 2}, "does not fit"),
    "an Ed25519 key of 31 bytes": (OKP, {-2: OKP[-2][1:]}, "not 32 bytes"),
    "an Ed25519 key of 33 bytes": (OKP, {-2: OKP[-2] + b"\0"}, "not 32 bytes"),
    "an Ed25519 key as text": (OKP, {-2: "x" * 32}, "not a byte string"),
    "an Ed25519 point off the curve": (OKP, {-2: (2).to_bytes(32, "little")}, "not on the curve"),
    "an Ed25519 key with a d": (OKP, {-4: bytes(32)}, "there are others"),
    "RSA of 512 bits": (RSA, {-1: odd(512)}, "2048 to 4096 bits"),
    "RSA of 1024 bits": (RSA, {-1: modulus(1024)}, "2048 to 4096 bits"),
    "RSA of 2047 bits": (RSA, {-1: odd(2047)}, "2048 to 4096 bits"),
    "RSA of 4097 bits": (RSA, {-1: odd(4097)}, "2048 to 4096 bits"),
    "RSA of 65,536 bits": (RSA, {-1: odd(65536)}, "2048 to 4096 bits"),
    "an even modulus": (RSA, {-1: (1 << 2047).to_bytes(256, "big")}, "2048 to 4096 bits"),
    "a modulus with a zero before it": (RSA, {-1: b"\0" + RSA[-1]}, "2048 to 4096 bits"),
    "an empty modulus": (RSA, {-1: b""}, "2048 to 4096 bits"),
    "RSA with e = 1": (RSA, {-2: b"\1"}, "exponent"),
    "RSA with e = 3": (RSA, {-2: b"\3"}, "exponent"),
    "RSA with e = 65539": (RSA, {-2: b"\1\0\3"}, "exponent"),
    "RSA with an exponent of four bytes": (RSA, {-2: b"\0\1\0\1"}, "exponent"),
    "RSA with an exponent as a number": (RSA, {-2: 65537}, "not a byte string"),
    "RSA with a d": (RSA, {-3: bytes(256)}, "there are others"),
    "an RSA key of type EC2": (RSA, {1: 2}, "does not fit"),
}  # fmt: skip


def encode(key: Key) -> bytes:
    members = {label: value for label, value in key.items() if value is not ...}
    return cbor2.dumps(members, canonical=True)


def algorithm_of(key: Key) -> int:
    return int(key[3])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_key_is_refused(name: str) -> None:
    key, change, reason = HOSTILE[name]
    with pytest.raises(ValueError, match=reason):
        public_keys.check(encode(key | change))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_ceremony_refuses_a_hostile_key(name: str) -> None:
    key, change, _ = HOSTILE[name]
    authenticator = Authenticator(algorithm=algorithm_of(key))
    with pytest.raises(RegistrationRefused):
        ceremonies.register(authenticator, cose_key=encode(key | change))


ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL_ORDER = {"y = 0": 0, "y = 1": 1, "y = -1": P - 1, "y = p": P, "y = p + 1": P + 1} | {
    "order 8": int.from_bytes(bytes.fromhex(ORDER_8), "little"),
    "order 8, the other": P - int.from_bytes(bytes.fromhex(ORDER_8), "little"),
}


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("name", SMALL_ORDER)
def test_an_ed25519_point_of_small_order_is_refused_in_every_encoding(name: str, sign: int) -> None:
    encoded = (SMALL_ORDER[name] | sign << 255).to_bytes(32, "little")
    with pytest.raises(ValueError, match="small order"):
        public_keys.check(encode(OKP | {-2: encoded}))


@pytest.mark.parametrize("y", range(2, 19))
def test_an_ed25519_point_in_another_encoding_than_its_one_is_refused(y: int) -> None:
    with pytest.raises(ValueError, match="one encoding"):
        public_keys.check(encode(OKP | {-2: (P + y).to_bytes(32, "little")}))


def long_form(key: bytes) -> bytes:
    return b"\xb8" + bytes([key[0] & 31]) + key[1:]


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "a byte behind it": lambda key: key + b"\0",
    "an indefinite length": lambda key: b"\xbf" + key[1:] + b"\xff",
    "a length in long form": long_form,
    "a label in long form": lambda key: key.replace(b"\x01\x02", b"\x18\x01\x02", 1),
    "a member twice": lambda key: b"\xa6\x01\x02" + key[1:],
    "members out of order": lambda key: b"\xa5\x03\x26\x01\x02" + key[5:],
    "a tag": lambda key: b"\xd9\xd9\xf7" + key,
    "half a key": lambda key: key[:-1],
    "no map": lambda _: b"\x80",
    "nothing": lambda _: b"",
    "nested a thousand times": lambda _: b"\x81" * 1000 + b"\0",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_key_in_another_form_than_ctap2s_is_refused(name: str) -> None:
    with pytest.raises((ValueError, cbor2.CBORError)):
        public_keys.check(FORMS[name](encode(EC)))
    with pytest.raises(RegistrationRefused):
        ceremonies.register(Authenticator(), cose_key=FORMS[name](encode(EC)))


def test_a_key_is_judged_by_its_own_bytes() -> None:
    # py_webauthn takes the last byte of this key for extensions, and returns a key
    # that it has encoded again.
    key = EC
    while key[-3][-1] != 0xA0:
        key = cose_key(new_key(ES256))
    long_label = encode(key).replace(b"\x01\x02", b"\x18\x01\x02", 1)
    with pytest.raises(RegistrationRefused):
        ceremonies.register(Authenticator(), cose_key=long_label, flags=lambda bits: bits | ED)


@pytest.mark.parametrize("key", [EC, OKP, RSA], ids=["ES256", "EdDSA", "RS256"])
def test_a_sound_key_is_taken_and_its_algorithm_told(key: Key) -> None:
    assert public_keys.check(encode(key)) == key[3]


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_from_2048_to_4096_bits_is_taken(bits: int) -> None:
    number = modulus(bits) if bits < 4096 else odd(bits)
    assert public_keys.check(encode(RSA | {-1: number})) == RS256


def test_an_algorithm_that_was_not_offered_is_refused() -> None:
    with pytest.raises(ValueError, match="was not offered"):
        public_keys.check(encode(RSA), offered=(ES256,))


@pytest.mark.parametrize(
    "name", ["an EC point off the curve", "RSA of 512 bits", "X25519 as EdDSA", "a private d"]
)
def test_nothing_is_stored_of_a_hostile_key(ada: Person, name: str) -> None:
    key, change, _ = HOSTILE[name]
    ada.authenticator = Authenticator(algorithm=algorithm_of(key))
    refused(lambda: ada.add_passkey(cose_key=encode(key | change)), RegistrationRefused)
