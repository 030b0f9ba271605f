"""The RSA keys that sign session tokens (RFC 7519, RS256).

They are created on first use, stored sealed, rotated, and published as a JWKS.
"""

from functools import lru_cache
from typing import Any

import orjson
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.core import audit, clock, tokens
from app.core.audit import Event, logger
from app.core.context import Context, Service
from app.core.tokens import Seal
from app.storage import database
from app.storage.models import SigningKey

PUBLISHED = clock.DAY  # how long a retired key stays in the set, for tokens that it signed


def sign(claims: dict[str, Any], *, service: Service) -> str:
    """Return the claims as a signed JWT, whose header names the key."""
    import jwt  # only Clerk's dialect needs it

    row = _current() or _make(service.seal)
    try:
        key = _private_key(bytes(row.private_sealed), service.seal)
    except InvalidToken:
        # SECRET_KEY has changed. The key's tokens stay valid, but it signs no more.
        logger.warning(
            "the signing key cannot be opened by this secret key; a new one takes its place"
        )
        with database.durable():
            row = _replace(service.seal)
        key = _private_key(bytes(row.private_sealed), service.seal)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": row.id})


def rotate(*, context: Context) -> str:
    """Retire the key in use, create a new one, and return its id."""
    with database.durable():
        key_id = str(_replace(context.service.seal).id)
        audit.record(Event.SIGNING_KEY_ROTATED, detail=key_id, context=context)
    return key_id


def _replace(seal: Seal) -> SigningKey:
    database.lock("signing keys")
    SigningKey.update(retired_at=clock.now()).where(SigningKey.retired_at.is_null()).execute()
    return _insert(seal)


def key_set() -> dict[str, Any]:
    """Return the JWKS (RFC 7517): the key in use and those retired within a day."""
    since = clock.now() - PUBLISHED
    rows = SigningKey.select().where(
        SigningKey.retired_at.is_null() | (SigningKey.retired_at > since)
    )
    return {"keys": [orjson.loads(row.public_jwk) for row in rows.order_by(SigningKey.created_at)]}


def _current() -> SigningKey | None:
    row: SigningKey | None = SigningKey.select().where(SigningKey.retired_at.is_null()).first()
    return row


def _make(seal: Seal) -> SigningKey:
    with database.durable():
        database.lock("signing keys")  # if several find no key, one creates it
        return _current() or _insert(seal)


def _insert(seal: Seal) -> SigningKey:
    from jwt.algorithms import RSAAlgorithm

    private, key_id = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        tokens.new_id(),
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True) | {
        "kid": key_id,
        "alg": "RS256",
        "use": "sig",
    }
    public.pop("key_ops", None)
    row: SigningKey = SigningKey.create(
        id=key_id,
        private_sealed=seal.close(pem.decode()),
        public_jwk=orjson.dumps(public).decode(),
        created_at=clock.now(),
    )
    return row


@lru_cache(maxsize=4)
def _private_key(sealed: bytes, seal: Seal) -> Any:
    """Open and parse a key, once per process: a key never changes."""
    return serialization.load_pem_private_key(seal.open(sealed).encode(), password=None)


def expired(now: int) -> tuple[Any, Any]:
    """Return the table and the condition of keys that are no longer published."""
    return SigningKey, SigningKey.retired_at <= now - PUBLISHED
