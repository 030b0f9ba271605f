"""A changed RP id strands passkeys: the start says how many there are.

It refuses where that would lock somebody out.
"""

from collections.abc import Callable
from typing import Any

import pytest

from app.storage.models import Passkey, User
from tests.conftest import MakeApp
from tests.people import Person

OTHER = {"RP_ID": "auth.localhost"}


@pytest.fixture
def bob_with_passkey_alone(bob: Person) -> Person:
    """Somebody without a password, as an import may make them."""
    bob.add_passkey()
    bob.add_passkey()
    User.update(password_hash=None).where(User.username == "bob").execute()
    return bob


def test_the_start_tells_how_many_are_stranded(
    make_app: MakeApp, ada: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    ada.add_passkey()
    capsys.readouterr()
    make_app()
    assert "bound to another RP id" not in capsys.readouterr().err
    make_app(**OTHER)
    message = "1 passkey is bound to another RP id (localhost) and cannot sign in"
    assert message in capsys.readouterr().err


def test_the_start_is_refused_where_somebody_has_no_other_way_in(
    make_app: MakeApp, bob_with_passkey_alone: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        make_app(**OTHER)
    message = capsys.readouterr().err
    assert ended.value.code == 3
    assert "PASSLINE_RP_ID: 2 passkeys are bound to another RP id (localhost)" in message
    advice = "1 person has no other way in; set it back, or PASSLINE_ALLOW_STRANDED_PASSKEYS=true"
    assert advice in message
    assert make_app(**OTHER, ALLOW_STRANDED_PASSKEYS="true")


def test_who_is_disabled_or_has_a_usable_passkey_is_not_locked_out(
    make_app: MakeApp, bob_with_passkey_alone: Person, rows: Callable[..., Any]
) -> None:
    app = bob_with_passkey_alone.app
    app.test_cli_runner().invoke(args=["user", "disable", "bob"])
    assert make_app(**OTHER)
    app = make_app()
    app.test_cli_runner().invoke(args=["user", "enable", "bob"])
    with pytest.raises(SystemExit):
        make_app(**OTHER)
    one = Passkey.select().limit(1).get()
    Passkey.update(rp_id="auth.localhost").where(Passkey.id == one.id).execute()
    assert make_app(**OTHER)
