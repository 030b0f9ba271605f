"""A client of Clerk's dialect that asks as the browser SDK does.

It sends forms, and `_method` and `_clerk_session_id` in the query.
"""

import json
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.people import ORIGIN, Person

FORM = "application/x-www-form-urlencoded"
PASSKEYS = "/v1/me/passkeys"
VERSIONS = {"__clerk_api_version": "2025-11-10", "_clerk_js_version": "5.128.0"}


class Clerk:
    """A person's browser with Clerk's SDK in it."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def ask(
        self, method: str, path: str, form: dict[str, Any] | None = None, **options: Any
    ) -> TestResponse:
        """Make a request as the SDK does.

        `query` is sent beside the SDK's own, `json` in place of the form.
        """
        query = VERSIONS | options.pop("query", {})
        if method in ("PATCH", "DELETE"):
            query["_method"], method = method, "POST"
        if method == "POST" and "json" not in options and "data" not in options:
            body = {name: value for name, value in (form or {}).items() if value is not None}
            options |= {"data": urlencode(body), "content_type": FORM}
        headers = {"Origin": ORIGIN, **options.pop("headers", {})}
        return self.person.call(method, f"{path}?{urlencode(query)}", headers=headers, **options)

    def given(self, *args: Any, **options: Any) -> Any:
        """Return the `response` of an answer that has to be a success."""
        answer = self.ask(*args, **options)
        assert answer.status_code == 200, answer.text
        return (answer.json or {})["response"]

    def session(self) -> dict[str, Any]:
        """Return the client's session."""
        return dict(self.given("GET", "/v1/client")["sessions"][0])

    def begin(self) -> dict[str, Any]:
        """Begin a passkey and return it."""
        return dict(self.given("POST", PASSKEYS))

    def credential(self, passkey: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Return the credential, as the SDK sends it, for a passkey that was begun."""
        options = json.loads(passkey["verification"]["nonce"])
        made = self.person.authenticator.create(options, **{"origin": ORIGIN, **changes})
        return as_sent(made, "clientDataJSON", "attestationObject", "transports")

    def attempt(self, passkey: dict[str, Any], credential: Any, **fields: Any) -> TestResponse:
        """Send a credential for the passkey."""
        form = {"strategy": "passkey", "public_key_credential": json.dumps(credential), **fields}
        return self.ask("POST", f"{PASSKEYS}/{passkey['id']}/attempt_verification", form)

    def add(self, **changes: Any) -> dict[str, Any]:
        """Add a passkey and return it."""
        begun = self.begin()
        answer = self.attempt(begun, self.credential(begun, **changes))
        assert answer.status_code == 200, answer.text
        return dict((answer.json or {})["response"])

    def listed(self) -> list[dict[str, Any]]:
        """Return the passkeys that the SDK would show."""
        return list(self.given("GET", "/v1/me")["passkeys"])

    def assertion(self, sign_in: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Return the assertion, as the SDK sends it, for a sign-in that was begun."""
        options = json.loads(sign_in["first_factor_verification"]["nonce"])
        made = self.person.authenticator.get(options, **{"origin": ORIGIN, **changes})
        return as_sent(made, "clientDataJSON", "authenticatorData", "signature", "userHandle")

    def sign_in_by_passkey(self, **changes: Any) -> TestResponse:
        """Sign in by a discoverable passkey."""
        begun = self.given("POST", "/v1/client/sign_ins", {"strategy": "passkey"})
        return self.finish(begun, self.assertion(begun, **changes))

    def finish(self, sign_in: dict[str, Any], assertion: Any) -> TestResponse:
        """Send an assertion for a sign-in."""
        form = {"strategy": "passkey", "public_key_credential": json.dumps(assertion)}
        return self.ask("POST", f"/v1/client/sign_ins/{sign_in['id']}/attempt_first_factor", form)


def as_sent(made: dict[str, Any], *members: str) -> dict[str, Any]:
    """Return what the SDK sends of a credential: it leaves the extensions out."""
    outer = {name: made[name] for name in ("id", "rawId", "type", "authenticatorAttachment")}
    response = made["response"]
    return outer | {"response": {name: response[name] for name in members if name in response}}


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Return the status and Clerk's code of a refusal."""
    body = answer.json or {}
    assert body["clerk_trace_id"]
    [error] = body["errors"]
    assert error["message"]
    assert error["long_message"]
    return answer.status_code, error["code"]


def parameter(answer: TestResponse) -> str:
    """Return the name of the parameter that a refusal is about."""
    return str((answer.json or {})["errors"][0]["meta"]["param_name"])
