"""Session tokens: their claims, the published keys, how keys are kept and changed."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from flask import Flask

from app.core import check_value, signing_keys
from app.core.context import Caller, Context
from app.core.sealing import Place, Seal
from app.operations import housekeeping
from app.storage import database
from app.storage.models import SigningKey
from tests.clerk.client import Clerk, refusal
from tests.conftest import MakeApp
from tests.parallel import in_parallel
from tests.people import Person

Rows = Callable[..., list[tuple[Any, ...]]]
SITE = "https://app.example.com"


def token(clerk: Clerk, **options: Any) -> str:
    """Return a new session token."""
    answer = clerk.ask("POST", f"/v1/client/sessions/{clerk.session()['id']}/tokens", **options)
    assert answer.status_code == 200, answer.text
    body = answer.json or {}
    assert set(body) == {"object", "jwt"}
    assert body["object"] == "token"
    return str(body["jwt"])


def key_of(text: str) -> str:
    """Return the id of the key that a token names."""
    return str(jwt.get_unverified_header(text)["kid"])


def published(clerk: Clerk) -> dict[str, Any]:
    """Return the published key set."""
    answer = clerk.person.app.test_client().get("/.well-known/jwks.json")
    assert answer.status_code == 200
    return dict(answer.json or {})


def verified(clerk: Clerk, text: str, **options: Any) -> dict[str, Any]:
    """Return the claims of a token, verified as a backend does, by the key it names."""
    key = jwt.PyJWKSet.from_dict(published(clerk))[key_of(text)]
    return dict(jwt.decode(text, key, algorithms=["RS256"], **options))


def test_its_claims(adas: Clerk) -> None:
    with time_machine.travel("2026-05-05T12:00:30Z", tick=False):
        adas.person.log_in()
        session = adas.session()
        claims = verified(adas, token(adas), issuer="http://localhost:8000")
    assert claims == {
        "iss": "http://localhost:8000",
        "sub": session["user"]["id"],
        "sid": session["id"],
        "azp": "http://localhost:8000",
        "iat": 1777982430,
        "nbf": 1777982420,
        "exp": 1777982490,
        "amr": ["pwd"],
        "auth_time": 1777982430,
        "fva": [0, -1],
        "sts": "active",
        "v": 2,
    }


def test_a_passkey_is_told_from_a_password(adas: Clerk) -> None:
    adas.add()
    adas.sign_in_by_passkey()
    assert verified(adas, token(adas))["amr"] == ["hwk", "user", "mfa"]


def test_it_is_good_for_a_minute(adas: Clerk) -> None:
    text = token(adas)
    verified(adas, text)
    with time_machine.travel(timedelta(seconds=61)), pytest.raises(jwt.ExpiredSignatureError):
        verified(adas, text)


def test_it_names_the_origin_that_asked_when_that_one_may(make_app: MakeApp) -> None:
    adas = Clerk(Person(make_app(CORS_ORIGINS=SITE), "ada").set_up())
    assert verified(adas, token(adas, headers={"Origin": SITE}))["azp"] == SITE
    other = {"Origin": "https://evil.example"}
    assert verified(adas, token(adas, headers=other))["azp"] == "http://localhost:8000"


def test_behind_a_prefix_the_issuer_has_it(make_app: MakeApp) -> None:
    origins = "android:apk-key-hash:abc,http://localhost:8000"
    ada = Person(make_app(URL_PREFIX="/auth", ORIGINS=origins), "ada").set_up()
    cookie = ada.browser.get_cookie("passline_session", path="/auth")
    assert cookie
    ada.browser.set_cookie("passline_session", cookie.value)
    assert verified(Clerk(ada), token(Clerk(ada)))["iss"] == "http://localhost:8000/auth"


def test_nobody_gets_one(nobodys: Clerk) -> None:
    answer = nobodys.ask("POST", "/v1/client/sessions/sess_c1/tokens")
    assert refusal(answer) == (401, "authentication_invalid")


def test_before_the_first_token_the_key_is_published_that_signs_it(adas: Clerk) -> None:
    [key] = published(adas)["keys"]
    assert key_of(token(adas)) == key_of(token(adas)) == key["kid"]
    assert published(adas) == {"keys": [key]}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert set(key) == {"kty", "alg", "use", "kid", "n", "e"}  # and nothing of the private half


def test_several_that_ask_for_the_first_token_at_once_make_one_key(adas: Clerk, rows: Rows) -> None:
    service = adas.person.app.extensions["passline"]
    texts = in_parallel(lambda _: signing_keys.sign({"sub": "x"}, service=service), range(6))
    assert rows("SELECT COUNT(*) FROM signing_keys") == [(1,)]
    for text in texts:
        verified(adas, text)


def test_several_that_ask_for_the_keys_at_once_make_one(adas: Clerk, rows: Rows) -> None:
    service = adas.person.app.extensions["passline"]
    sets = in_parallel(lambda _: signing_keys.key_set(service=service), range(6))
    assert rows("SELECT COUNT(*) FROM signing_keys") == [(1,)]
    assert all(each == sets[0] for each in sets)


def test_after_a_rotation_the_old_key_is_published_for_a_day(
    app: Flask, adas: Clerk, rows: Rows
) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas.person.log_in()
        old = token(adas)
        result = app.test_cli_runner().invoke(args=["keys", "rotate"])
        assert result.exit_code == 0, result.output
        assert result.output.startswith("The new key is ")
        new = token(adas)
        audited = rows("SELECT event, address FROM audit_events")[-1]
        assert audited == ("service:signing_key:rotated", "command line")
        assert key_of(old) != key_of(new)
        assert verified(adas, old)["sub"] == verified(adas, new)["sub"]
        clock.shift(timedelta(days=1) - timedelta(milliseconds=1))
        housekeeping.clean()
        assert len(published(adas)["keys"]) == 2
        clock.shift(timedelta(milliseconds=1))
        assert [key["kid"] for key in published(adas)["keys"]] == [key_of(new)]
        housekeeping.clean()
        assert rows("SELECT COUNT(*) FROM signing_keys") == [(1,)]


def test_the_private_key_is_sealed_in_the_database(app: Flask, adas: Clerk, rows: Rows) -> None:
    token(adas)
    [(key_id, sealed, public)] = rows("SELECT id, private_sealed, public_jwk FROM signing_keys")
    assert b"PRIVATE KEY" not in bytes(sealed)
    assert '"d"' not in public
    place = Place("signing_keys", "private_sealed", key_id)
    assert "PRIVATE KEY" in app.extensions["passline"].seal.open(bytes(sealed), place)


def put_the_retired_key_in_the_place_of_the_one_in_use(app: Flask) -> str:
    """Rotate, copy the old private key into the new row, and return that one's id."""
    key_id = signing_keys.rotate(context=Context(app.extensions["passline"], Caller("", "")))
    old = SigningKey.get(SigningKey.id != key_id)
    SigningKey.update(private_sealed=old.private_sealed).where(SigningKey.id == key_id).execute()
    return key_id


def test_a_private_key_from_another_row_signs_nothing_and_a_new_key_takes_its_place(
    app: Flask, adas: Clerk, caplog: pytest.LogCaptureFixture
) -> None:
    token(adas)
    altered = put_the_retired_key_in_the_place_of_the_one_in_use(app)
    logging.getLogger("passline").propagate = True
    new = token(adas)
    assert f"the signing key {altered} was altered" in caplog.text
    assert key_of(new) == key_of(token(adas)) != altered
    assert verified(adas, new)["sub"] == f"user_{adas.session()['user']['id'][5:]}"


def test_several_that_find_an_altered_key_at_once_make_one_new_key(
    app: Flask, adas: Clerk, rows: Rows
) -> None:
    token(adas)
    put_the_retired_key_in_the_place_of_the_one_in_use(app)
    service = app.extensions["passline"]
    texts = in_parallel(lambda _: signing_keys.sign({"sub": "x"}, service=service), range(6))
    assert rows("SELECT COUNT(*) FROM signing_keys") == [(3,)]
    assert len({key_of(each) for each in texts}) == 1


def test_a_server_that_runs_on_a_key_that_was_given_up_makes_no_signing_key(
    app: Flask, adas: Clerk, rows: Rows
) -> None:
    token(adas)
    node = replace(app.extensions["passline"], seal=Seal(b"another secret key of thirty-two bytes"))
    check_value.write(node.seal)
    signing_keys.rotate(context=Context(node, Caller("", "")))
    answer = adas.ask("POST", f"/v1/client/sessions/{adas.session()['id']}/tokens")
    assert answer.status_code == 503
    assert rows("SELECT COUNT(*) FROM signing_keys") == [(2,)]


def test_what_is_over_is_cleaned_away(adas: Clerk, rows: Rows) -> None:
    with time_machine.travel("2026-05-05", tick=False) as clock:
        adas.person.log_in()
        adas.begin()
        adas.ask("POST", "/v1/client/sign_ins", {"identifier": "ada"})
        clock.shift(timedelta(hours=1))
        housekeeping.clean()
        assert rows("SELECT COUNT(*) FROM sign_ins") == [(0,)]
        # For a day an enrolment says that it has expired.
        assert rows("SELECT COUNT(*) FROM enrolments") == [(1,)]
        clock.shift(timedelta(days=1))
        housekeeping.clean()
        assert rows("SELECT COUNT(*) FROM enrolments") == [(0,)]
    assert database.db.obj is not None
