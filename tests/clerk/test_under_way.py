"""A sign-in that waits for its second factor is nobody, on every route there is."""

import re

import pytest

from tests.clerk.client import Clerk
from tests.clerk.factors import elsewhere, totp_on, waiting
from tests.conftest import MakeApp
from tests.documented import Documented
from tests.people import Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_it_is_nobody_on_every_route(make_app: MakeApp) -> None:
    app = make_app(STEP_UP_AGE="10m", MFA_POLICY="enrolled", CLERK="development")
    adas = Clerk(Person(app, "ada").set_up())
    totp_on(adas)
    documented = Documented(app)
    signed_in = [each for each in documented.operations() if "security" in each[2]]
    assert len(signed_in) >= 60
    other = elsewhere(adas)
    waiting(other)
    binding = other.person.browser.get_cookie("__client")
    assert binding
    for name in ("passline_session", "__Host-passline_session", "passline_ceremony"):
        other.person.browser.set_cookie(name, binding.value)
    sent = {"Authorization": binding.value}
    for path, method, operation in signed_in:
        path = re.sub(r"{[^}]*}", adas.session()["id"], path)
        for query in ("", f"?_is_native=1&__clerk_db_jwt={binding.value}"):
            content = operation.get("requestBody", {}).get("content", {})
            body = content["application/json"]["example"] if content else None
            answer = other.person.call(method.upper(), f"{path}{query}", body, headers=sent)
            leads = answer.status_code == 302 and answer.headers["Location"].startswith("/login")
            assert leads or answer.status_code == 401, (method, path, answer.text)
    assert other.given("GET", "/v1/client")["sessions"] == []
    jwt = other.ask("POST", f"/v1/client/sessions/{adas.session()['id']}/tokens")
    assert jwt.status_code == 401
