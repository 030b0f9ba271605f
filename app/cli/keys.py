"""flask keys: the keys that sign session tokens."""

from app.cli import commands, output
from app.core import signing_keys

keys = commands.Group("keys", help="The keys that sign the session tokens of Clerk's dialect.")


@keys.command("rotate")
@commands.as_json
def rotate(as_json: bool) -> None:
    """Sign with a new key from now on; the old one stays in /.well-known/jwks.json for a day."""
    key_id = signing_keys.rotate(caller=commands.CALLER, service=commands.service())
    output.say(f"The new key is {key_id}.", {"kid": key_id}, as_json=as_json)
