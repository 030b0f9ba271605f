"""Sign-ins that a client takes in steps: begun, told what would do, and finished by a password or a passkey."""

from typing import Any, NamedTuple

from app.core import clock, signin, tokens
from app.core.caller import Caller
from app.core.service import Service
from app.core.signin import SignedIn
from app.errors import SignInUnknown
from app.storage.models import SignIn
from app.storage.statements import columns

LIFETIME = 60 * clock.MINUTE


class Step(NamedTuple):
    """A sign-in under way."""

    id: str
    identifier: str | None
    created_at: int
    expires_at: int


def begin(browser: str, identifier: str | None) -> Step:
    """Begin a sign-in in this browser, in place of the one that was under way."""
    now = clock.now()
    step = Step(tokens.new_id(), identifier, now, now + LIFETIME)
    digest = tokens.digest(browser)
    SignIn.delete().where(SignIn.browser_digest == digest).execute()
    SignIn.insert(browser_digest=digest, **step._asdict()).execute()
    return step


def current(browser: str | None) -> Step | None:
    """Give the sign-in that is under way in this browser, or None."""
    if not browser:
        return None
    query = SignIn.select(*columns(SignIn, Step)).where(
        SignIn.browser_digest == tokens.digest(browser)
    )
    row: Any = query.where(SignIn.expires_at > clock.now()).tuples().first()
    return row and Step._make(row)


def find(step_id: str, browser: str | None) -> Step:
    """Give this browser's sign-in of this id. Raises `SignInUnknown`."""
    step = current(browser)
    if step is None or step.id != step_id:
        raise SignInUnknown
    return step


def finish_by_passkey(
    step: Step, browser: str, credential: Any, *, caller: Caller, service: Service
) -> SignedIn:
    """Finish by a passkey; raises what `signin.by_passkey` raises, and then the sign-in goes on."""
    result = signin.by_passkey(credential, browser, caller=caller, settings=service.settings)
    SignIn.delete().where(SignIn.id == step.id).execute()
    return result


def finish_by_password(step: Step, password: str, *, caller: Caller, service: Service) -> SignedIn:
    """Finish by the password of the account that `identifier` names; raises what `signin.by_password` raises."""
    result = signin.by_password(step.identifier or "", password, caller=caller, service=service)
    SignIn.delete().where(SignIn.id == step.id).execute()
    return result
