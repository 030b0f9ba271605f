"""flask keys: the keys that sign session tokens."""

from app.cli import commands, output
from app.core import signing_keys

keys = commands.Group("keys", help="Manage the keys that sign session tokens of Clerk's dialect.")


@keys.command("rotate")
@commands.as_json
def rotate(as_json: bool) -> None:
    """Make a new signing key. The old one stays in /.well-known/jwks.json for a day."""
    key_id = signing_keys.rotate(context=commands.context())
    output.say(f"The new key is {key_id}.", {"kid": key_id}, as_json=as_json)
