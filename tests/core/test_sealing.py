"""A sealed value opens in its own place, with its own key, and nowhere else."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.sealing import Place, Seal, SealBroken
from app.storage.models import SigningKey, User

KEY = b"the secret key of this test, twice"
ADA = Place("users", "token_sealed", "ada")


@pytest.fixture
def seal() -> Seal:
    return Seal(KEY)


def test_what_was_sealed_opens_in_its_place(seal: Seal) -> None:
    assert seal.open(seal.close("secret ✓", ADA), ADA) == "secret ✓"


@pytest.mark.parametrize(
    "other",
    [ADA._replace(row="bob"), ADA._replace(column="view"), ADA._replace(table="invites")],
)
def test_in_another_row_column_or_table_it_does_not(seal: Seal, other: Place) -> None:
    with pytest.raises(SealBroken):
        seal.open(seal.close("secret", ADA), other)


def test_with_another_secret_key_it_does_not(seal: Seal) -> None:
    with pytest.raises(SealBroken):
        Seal(KEY[::-1]).open(seal.close("secret", ADA), ADA)


def test_an_altered_byte_breaks_the_seal(seal: Seal) -> None:
    sealed = seal.close("secret", ADA)
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            seal.open(bytes(altered), ADA)


def test_a_value_that_was_cut_breaks_the_seal(seal: Seal) -> None:
    sealed = seal.close("", ADA)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            seal.open(sealed[:length], ADA)


def test_the_same_secret_is_never_sealed_the_same_twice(seal: Seal) -> None:
    assert len({seal.close("secret", ADA) for _ in range(50)}) == 50


@pytest.mark.parametrize("place", [ADA, Place("signing_keys", "private_sealed", "one")])
def test_the_form_is_a_version_a_nonce_and_aes_gcm_under_the_key_of_its_purpose(
    seal: Seal, place: Place
) -> None:
    info = f"passline seal 2 {place.table}.{place.column}".encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(KEY)
    bound = b"\x02" + f"{place.table}\0{place.column}\0{place.row}".encode()
    sealed = b"\x02" + b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, b"secret", bound)
    assert seal.open(sealed, place) == "secret"


def test_a_place_is_named_as_in_the_database() -> None:
    assert Place.of(User.token_sealed, "ada") == ADA
    assert Place.of(SigningKey.private_sealed, "k") == ("signing_keys", "private_sealed", "k")


def test_a_locked_seal_seals_nothing() -> None:
    with pytest.raises(RuntimeError, match="locked"):
        Seal().close("secret", ADA)


def test_the_secret_key_shows_in_no_repr(seal: Seal) -> None:
    assert KEY.decode() not in repr(seal) + str(vars(seal).keys())
