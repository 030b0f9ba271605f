"""flask keys: the keys that sign session tokens, and the secret key."""

import click

from app.cli import commands, output
from app.core import clock, signing_keys
from app.operations import adoption, secret_key
from app.operations.adoption import Adopted, Price
from app.web.context import service

keys = commands.Group("keys", help="Manage the keys that sign session tokens, and the secret key.")
_APPS = """\
- The authenticator apps of {accounts} are of no use. Their owners are asked for a passkey or
  a recovery code; who has neither needs `flask user reset-mfa`.
"""
_PRICE = """\
A new secret key costs what the old one has sealed:
- The API tokens of {accounts} are revoked; each owner has to fetch a new one.
{apps}- A new key signs session tokens. Those that backends hold stay valid until they expire.
Sessions, passwords and passkeys stay. Stop every server first, then confirm with --yes."""


@keys.command("rotate")
@commands.as_json
def rotate(as_json: bool) -> None:
    """Make a new signing key. The old one stays in /.well-known/jwks.json for a day."""
    key_id = signing_keys.rotate(context=commands.context())
    output.say(f"The new key is {key_id}.", {"kid": key_id}, as_json=as_json)


@keys.command("adopt", unlocks=False)
@commands.yes
@commands.as_json
def adopt(yes: bool, as_json: bool) -> None:
    """Use another secret key, when the one that the database was used with is lost.

    It is the one in the settings, or else in DATA_DIR, where a missing one is made.
    Without --yes, the command says what this costs.
    """
    if secret_key.fault(service().settings) is None:
        nothing = {"tokens": 0, "apps": 0, "kid": None, "old_keys_published_until": None}
        output.say("This is the database's secret key already.", nothing, as_json=as_json)
        return
    if not yes:
        raise click.ClickException(_price(adoption.price(service().settings)))
    done = adoption.adopt(context=commands.context())
    until = output.moment(clock.now() + signing_keys.PUBLISHED)
    facts = {**done.price._asdict(), "kid": done.key_id, "old_keys_published_until": until}
    output.say(_done(done, until), facts, as_json=as_json)


def _price(price: Price) -> str:
    apps = _APPS.format(accounts=_accounts(price.apps)) if price.apps else ""
    return _PRICE.format(accounts=_accounts(price.tokens), apps=apps)


def _done(done: Adopted, until: str | None) -> str:
    apps = f" Authenticator apps of {_accounts(done.price.apps)} are of no use."
    return (
        f"The database uses this secret key now. The API tokens of {_accounts(done.price.tokens)}"
        f" are revoked.{apps if done.price.apps else ''} {done.key_id} signs session tokens; the"
        f" old keys stay in /.well-known/jwks.json until {until}. Sessions, passwords and passkeys"
        " stay. Restart every server now."
    )


def _accounts(number: int) -> str:
    return "1 account" if number == 1 else f"{number} accounts"
