"""People with second factors, whose browsers have Clerk's SDK."""

import json
import time
from typing import Any

from pyotp import TOTP
from werkzeug.test import TestResponse

from tests.clerk.client import Clerk, as_sent
from tests.people import ORIGIN, PASSWORD, Person

SIGN_INS = "/v1/client/sign_ins"
NEW_API = {"__clerk_api_version": "2026-08-20", "_clerk_js_version": "6.40.0"}
OLD_MINUTES = 20_000_000  # more than from 1970 to 2008


def code(secret: str, *, ago: int = 0) -> str:
    """Return the code of the app, now or some seconds ago."""
    return str(TOTP(secret).at(time.time() - ago))


def totp_on(clerk: Clerk) -> tuple[str, list[str]]:
    """Turn the authenticator app on; return its secret, and the backup codes."""
    secret = clerk.given("POST", "/v1/me/totp")["secret"]
    path = "/v1/me/totp/attempt_verification"
    made = clerk.given("POST", path, {"code": code(secret)})
    return secret, made["backup_codes"]


def elsewhere(clerk: Clerk) -> Clerk:
    """Return another browser of the same person, with the same authenticator."""
    person = Person(clerk.person.app, clerk.person.username)
    person.authenticator = clerk.person.authenticator
    return Clerk(person)


def by_password(clerk: Clerk, **options: Any) -> TestResponse:
    """Do the first step with the password."""
    form = {"strategy": "password", "identifier": clerk.person.username, "password": PASSWORD}
    return clerk.ask("POST", SIGN_INS, form, **options)


def waiting(clerk: Clerk, **options: Any) -> dict[str, Any]:
    """Return the sign-in after its first step, which needs a second."""
    answer = by_password(clerk, **options)
    assert answer.status_code == 200, answer.text
    sign_in = dict((answer.json or {})["response"])
    assert sign_in["status"] == "needs_second_factor"
    return sign_in


def second(clerk: Clerk, sign_in: dict[str, Any], /, **options: Any) -> TestResponse:
    """Do the second step with the members that are given: strategy, code."""
    query = options.pop("query", {})
    path = f"{SIGN_INS}/{sign_in['id']}/attempt_second_factor"
    return clerk.ask("POST", path, options, query=query)


def shown(clerk: Clerk, nonce: str, **changes: Any) -> str:
    """Return what the authenticator signs for a nonce, as the SDK sends it."""
    made = clerk.person.authenticator.get(json.loads(nonce), **{"origin": ORIGIN, **changes})
    members = ("clientDataJSON", "authenticatorData", "signature", "userHandle")
    return json.dumps(as_sent(made, *members))


def verify(clerk: Clerk, step: str = "", /, **form: Any) -> TestResponse:
    """Ask a step of the reverification of this client's session."""
    query = form.pop("query", {})
    path = f"/v1/client/sessions/{clerk.session()['id']}/verify{step and '/' + step}"
    return clerk.ask("POST", path, form, query=query)


def reverified(clerk: Clerk, step: str = "", /, **form: Any) -> dict[str, Any]:
    """Return the reverification after a step that has to be a success."""
    answer = verify(clerk, step, **form)
    assert answer.status_code == 200, answer.text
    return dict((answer.json or {})["response"])


def status_of(answer: TestResponse) -> str:
    """Return the status of what was answered."""
    return str((answer.json or {})["response"]["status"])
