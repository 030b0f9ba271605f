"""Seal anew what version 1 has sealed, which any row could take from another.

The first start that has the key does so, and then writes the check value. Where there
is one, nothing reads version 1 any more: neither a start nor a request. Whoever can
write the database and has kept old rows could still delete the check value and put
those rows back; a new secret key (`flask keys adopt`) makes them worthless.
"""

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from peewee import Field

from app.core.sealing import Place, Seal, SealBroken
from app.settings import log
from app.storage import database
from app.storage.models import SigningKey, Totp, TotpOffer, User

SEALED: tuple[Field, ...] = (
    User.token_sealed,
    SigningKey.private_sealed,
    Totp.secret_sealed,
    TotpOffer.secret_sealed,
)
BATCH = 500


class _Value(NamedTuple):
    """A sealed value, with the field and the id of the row that hold it."""

    field: Field
    row: str
    sealed: bytes


class _Opener(NamedTuple):
    """What opens both versions."""

    seal: Seal
    version_1: Fernet

    @classmethod
    def of(cls, secret_key: bytes) -> Self:
        """Return the opener with this secret key."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"passline api token")
        return cls(Seal(secret_key), Fernet(base64.urlsafe_b64encode(hkdf.derive(secret_key))))

    def opens(self, value: _Value) -> bool:
        """Return whether the value opens."""
        return _opens(self.seal, value) or self.opened_version_1(value) is not None

    def opened_version_1(self, value: _Value) -> str | None:
        """Return what version 1 has sealed, or None if it is not that."""
        try:
            return self.version_1.decrypt(value.sealed).decode()
        except InvalidToken:
            return None


def is_anything_sealed() -> bool:
    """Return whether the database has sealed values."""
    return any(field.model.select().limit(1).exists() for field in SEALED)


def opens_any(secret_key: bytes) -> bool:
    """Return whether the key opens a sealed value, or there is none."""
    opener = _Opener.of(secret_key)
    values = (value for batch in _batches() for value in batch)
    return any(map(opener.opens, values)) or not is_anything_sealed()


def reseal(secret_key: bytes) -> None:
    """Seal every value of version 1 anew, a batch at a time.

    What does not open stays as it is: a key that was in use before has sealed it, and
    its owner was told so already. It may be run again after it was interrupted.
    """
    opener, broken = _Opener.of(secret_key), 0
    if is_anything_sealed():
        log.info("sealing the secrets in the database anew, this once")
    for batch in _batches():
        with database.transient():
            for value in batch:
                text = opener.opened_version_1(value)
                if text is not None:
                    _store(value, opener.seal.close(text, Place.of(value.field, value.row)))
                broken += text is None and not opener.opens(value)
    if broken:
        log.warning("%d sealed values do not open: another secret key has sealed them", broken)


def unreadable(field: Field, seal: Seal) -> int:
    """Return how many values of a column the seal does not open, a batch at a time."""
    return sum(not _opens(seal, value) for batch in _batches_of(field) for value in batch)


def _opens(seal: Seal, value: _Value) -> bool:
    try:
        seal.open(value.sealed, Place.of(value.field, value.row))
    except SealBroken:
        return False
    return True


def _store(value: _Value, sealed: bytes) -> None:
    table: Any = value.field.model
    unchanged = (table.id == value.row) & (value.field == value.sealed)
    table.update({value.field: sealed}).where(unchanged).execute()


def _batches() -> Iterator[list[_Value]]:
    """Yield all sealed values, in the order of their rows' ids."""
    for field in SEALED:
        yield from _batches_of(field)


def _batches_of(field: Field) -> Iterator[list[_Value]]:
    last = ""
    while batch := _after(last, field):
        yield batch
        last = batch[-1].row


def _after(row: str, field: Field) -> list[_Value]:
    table: Any = field.model
    query = table.select(table.id, field).where(table.id > row).order_by(table.id).limit(BATCH)
    return [_Value(field, each, bytes(sealed)) for each, sealed in query.tuples()]
