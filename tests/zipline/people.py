"""People whose browsers speak Zipline's API."""

from typing import Any

from werkzeug.test import TestResponse

from tests import people
from tests.people import ORIGIN as ORIGIN
from tests.people import PASSWORD as PASSWORD

PASSKEY = "/api/user/mfa/passkey"
SIGN_IN = "/api/auth/webauthn"


class Person(people.Person):
    """Somebody with a client of Zipline."""

    def set_up(self) -> "Person":
        answer = self.post("/api/setup", self.founding())
        assert answer.status_code == 200, answer.text
        return self

    def added_by_hand(self) -> "Person":
        super().added_by_hand()
        return self

    def log_in(self, password: str | None = None, **options: Any) -> TestResponse:
        body = self.credentials() | ({"password": password} if password else {})
        return self.post("/api/auth/login", body, **options)

    def log_out(self) -> TestResponse:
        return self.post("/api/auth/logout")

    def creation_options(self) -> dict[str, Any]:
        answer = self.get(f"{PASSKEY}/options")
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def finish_registration(
        self, credential: Any, name: str = "Laptop", *, member: str = "response"
    ) -> TestResponse:
        return self.post(PASSKEY, {member: credential, "name": name})

    def add_passkey(
        self, name: str = "Laptop", *, member: str = "response", **changes: Any
    ) -> TestResponse:
        credential = self.authenticator.create(self.creation_options(), origin=ORIGIN, **changes)
        return self.finish_registration(credential, name, member=member)

    def request_options(self) -> dict[str, Any]:
        answer = self.get("/api/auth/webauthn/options")
        assert answer.status_code == 200, answer.text
        return dict((answer.json or {})["options"])

    def finish_sign_in(self, assertion: Any, *, member: str = "response") -> TestResponse:
        return self.post(SIGN_IN, {member: assertion})

    def sign_in(self, *, member: str = "response", **changes: Any) -> TestResponse:
        assertion = self.authenticator.get(self.request_options(), origin=ORIGIN, **changes)
        return self.finish_sign_in(assertion, member=member)

    def passkeys(self) -> list[dict[str, Any]]:
        return list(self.get(PASSKEY).json or [])

    def rename(self, passkey_id: str, name: Any) -> TestResponse:
        return self.call("PATCH", PASSKEY, {"id": passkey_id, "name": name})

    def delete(self, passkey_id: str) -> TestResponse:
        return self.call("DELETE", PASSKEY, {"id": passkey_id})

    def signed_in(self) -> bool:
        return self.get("/api/user").status_code == 200
