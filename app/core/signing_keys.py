"""The RSA keys that sign session tokens (RFC 7519, RS256).

They are created on first use, stored sealed, rotated, and published as a JWKS.
"""

from functools import lru_cache
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.core import audit, check_value, clock, tokens
from app.core.audit import Event, logger
from app.core.context import Context, Service
from app.core.sealing import Place, Seal, SealBroken
from app.errors import Unavailable
from app.storage import database
from app.storage.models import SigningKey

_LOCK = "signing keys"
PUBLISHED = clock.DAY  # how long a retired key stays in the set, for tokens that it signed


def sign(claims: dict[str, Any], *, service: Service) -> str:
    """Return the claims as a signed JWT, whose header names the key.

    Raises `Unavailable` if another secret key was adopted after this server's start.
    """
    import jwt  # only Clerk's dialect needs it

    row = _current() or _make(service.seal)
    try:
        key = _private_key(bytes(row.private_sealed), row.id, service.seal)
    except SealBroken as error:
        row = _replace_broken(row, error, service=service)
        key = _private_key(bytes(row.private_sealed), row.id, service.seal)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": row.id})


def _replace_broken(row: SigningKey, error: SealBroken, *, service: Service) -> SigningKey:
    if not check_value.opens(service.seal):
        # The row is sound, and this server must not undo the adoption.
        raise Unavailable(cause="restart the server: another secret key was adopted") from error
    made = new(service.seal)
    with database.durable():
        database.lock(_LOCK)
        current = _current()
        if current and current.id != row.id:  # another worker has replaced it
            return current
        _replace(made)
    logger.error("the signing key %s was altered; a new one took its place", row.id)
    return made


def rotate(*, context: Context) -> str:
    """Retire the key in use, create a new one, and return its id."""
    made = new(context.service.seal)
    with database.durable():
        return replace(made, context=context)


def new(seal: Seal) -> SigningKey:
    """Return a new key, to be stored.

    That takes a while, during which nobody should have to wait for a lock of ours.
    """
    from jwt.algorithms import RSAAlgorithm

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_id = tokens.new_id()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True) | {
        "kid": key_id,
        "alg": "RS256",
        "use": "sig",
    }
    public.pop("key_ops", None)
    return SigningKey(
        id=key_id,
        private_sealed=seal.close(pem.decode(), _place(key_id)),
        public_jwk=orjson.dumps(public).decode(),
        created_at=clock.now(),
    )


def replace(made: SigningKey, *, context: Context) -> str:
    """Do what `rotate` does in the current transaction, with a key from `new`."""
    database.lock(_LOCK)
    _replace(made)
    audit.record(Event.SIGNING_KEY_ROTATED, detail=str(made.id), context=context)
    return str(made.id)


def _replace(made: SigningKey) -> None:
    SigningKey.update(retired_at=clock.now()).where(SigningKey.retired_at.is_null()).execute()
    made.save(force_insert=True)


def key_set(*, service: Service) -> dict[str, Any]:
    """Return the JWKS (RFC 7517): the key in use and those retired within a day.

    A backend may ask before the first token was signed, and keep the answer.
    """
    _current() or _make(service.seal)
    since = clock.now() - PUBLISHED
    rows = SigningKey.select().where(
        SigningKey.retired_at.is_null() | (SigningKey.retired_at > since)
    )
    return {"keys": [orjson.loads(row.public_jwk) for row in rows.order_by(SigningKey.created_at)]}


def _current() -> SigningKey | None:
    row: SigningKey | None = SigningKey.select().where(SigningKey.retired_at.is_null()).first()
    return row


def _make(seal: Seal) -> SigningKey:
    made = new(seal)
    with database.durable():
        database.lock(_LOCK)  # if several find no key, that of one is stored
        if current := _current():
            return current
        made.save(force_insert=True)
    return made


@lru_cache(maxsize=4)
def _private_key(sealed: bytes, key_id: str, seal: Seal) -> Any:
    """Open and parse a key, once per process: a key never changes."""
    pem = seal.open(sealed, _place(key_id))
    return serialization.load_pem_private_key(pem.encode(), password=None)


def _place(key_id: str) -> Place:
    return Place.of(SigningKey.private_sealed, key_id)


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of keys that are no longer published."""
    return SigningKey, SigningKey.retired_at <= now - PUBLISHED
