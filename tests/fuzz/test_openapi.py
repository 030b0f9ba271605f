"""Schemathesis sends every operation what the OpenAPI document allows and forbids.

It does so as several people.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import given
from schemathesis import GenerationMode
from schemathesis import checks as basic
from schemathesis.specs.openapi import checks as openapi
from werkzeug.test import Client

from tests.conftest import MakeApp
from tests.edges import has
from tests.fuzz import fuzz
from tests.people import Person

CHECKS = [
    basic.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
    openapi.negative_data_rejection,
]
ORDINARY = {"User-Agent": "schemathesis"}


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(CLERK="development", REGISTRATION="open", LOG_LEVEL="error")


class Asking:
    """Who asks: nobody, or ada by her session or her API token.

    She signs in again whenever a request has ended her session.
    """

    def __init__(self, app: Flask, how: str) -> None:
        self.how, self.ada, self.nobody = how, Person(app, "ada"), Person(app, "eve")
        # Flask's own client writes JSON as the app does, which lacks some numbers.
        for each in (self.ada, self.nobody):
            each.browser = Client(app)
        self.ada.set_up()
        self.ada.add_passkey()
        self.signed_in = True

    def headers(self) -> dict[str, str]:
        """Return the headers that say who asks."""
        if not self.signed_in:
            assert self.ada.sign_in().status_code == 200
            self.signed_in = True
        if self.how != "token":
            return ORDINARY
        return ORDINARY | {"Authorization": self.ada.get("/api/user/token").json["token"]}

    def ask(self, case: Any) -> Any:
        """Send a case, and note whether ada is still signed in."""
        headers = self.headers()
        who = self.ada if self.how == "session" else self.nobody
        answer = case.call(session=who.browser, headers=headers)
        self.signed_in = self.ada.signed_in()
        return answer


def operations(app: Flask, **settings: Any) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    schema.config.generation.update(**settings)
    for result in schema.get_all_operations():
        yield result.ok()


@pytest.mark.parametrize(
    "how", ["nobody", "session", pytest.param("token", marks=pytest.mark.zipline)]
)
@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_every_operation_answers_as_documented(app: Flask, how: str) -> None:
    asking = Asking(app, how)
    everything = list(operations(app, with_security_parameters=how == "nobody"))
    assert len(everything) >= (50 if has("clerk") and has("zipline") else 25)
    for operation in everything:
        strategy = operation.as_strategy() | operation.as_strategy(GenerationMode.NEGATIVE)

        @fuzz(5)
        @given(case=strategy)
        def fuzzed(case: Any) -> None:
            answer = asking.ask(case)
            # Schemathesis does not accept 413 as a refusal of faulty data.
            excluded = [openapi.negative_data_rejection] if answer.status_code == 413 else []
            case.validate_response(answer, checks=CHECKS, excluded_checks=excluded)

        fuzzed()
