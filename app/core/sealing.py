"""The seal on secrets that must be readable again, such as API tokens.

A sealed value is a version, a nonce, and what AES-256-GCM made. Its key belongs to one
purpose (a column), and it opens in no other row than its own: otherwise whoever can
write the database could read somebody's secret by copying it into a row of their own.
"""

import os
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from peewee import Field

# Version 1 knew no places. app/operations/resealing.py reads it, once.
_VERSION = b"\x02"
_NONCE = 12  # bytes; random ones serve 2**32 values of each purpose (NIST SP 800-38D, 8.3)
_TAG = 16  # bytes that AES-GCM adds


class SealBroken(Exception):
    """The value was sealed with another key or for another place, or altered."""


class Place(NamedTuple):
    """Where a sealed value is stored: the table, the column, and the row's id."""

    table: str
    column: str
    row: str

    @classmethod
    def of(cls, field: Field, row: str) -> Self:
        """Return the place of a model's field in the row with this id."""
        return cls(field.model._meta.table_name, field.column_name, row)


class Seal:
    """Encrypts and decrypts with keys derived from the secret key.

    It is locked until a start has seen that the secret key is the database's.
    """

    def __init__(self, secret_key: bytes | None = None) -> None:
        self._secret_key = secret_key

    def unlock(self, secret_key: bytes) -> None:
        """Use this secret key from now on."""
        self._secret_key = secret_key

    def close(self, text: str, place: Place) -> bytes:
        """Encrypt `text`, to be stored at `place`."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher(place).encrypt(nonce, text.encode(), _bound(place))

    def open(self, sealed: bytes, place: Place) -> str:
        """Decrypt what is stored at `place`. Raises `SealBroken`."""
        nonce, encrypted = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if sealed[:1] != _VERSION or len(encrypted) < _TAG:
            raise SealBroken(f"{place.table}.{place.column} holds no value of this version")
        try:
            return self._cipher(place).decrypt(nonce, encrypted, _bound(place)).decode()
        except InvalidTag as error:
            raise SealBroken(f"{place.table}.{place.column} does not open") from error

    def _cipher(self, place: Place) -> AESGCM:
        if self._secret_key is None:
            raise RuntimeError("the seal is locked: no start has checked the secret key")
        purpose = f"passline seal 2 {place.table}.{place.column}".encode()
        return AESGCM(
            HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(self._secret_key)
        )


def _bound(place: Place) -> bytes:
    """Return the associated data. Names of tables and columns have no NUL."""
    return _VERSION + "\0".join(place).encode()
