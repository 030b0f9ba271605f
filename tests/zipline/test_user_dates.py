"""Every change to an account dates its user, and is not lost to another one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import live
from tests.live import Client
from tests.zipline.people import Person


def changed(ada: Person, **changes: Any) -> Any:
    return (ada.call("PATCH", "/api/user", changes).json or {})["user"]


CHANGES: dict[str, Callable[[Person], Any]] = {
    "add": lambda ada: ada.add_passkey("Second").json,
    "rename": lambda ada: ada.rename(ada.passkeys()[0]["id"], "Desk").json,
    "delete": lambda ada: ada.delete(ada.passkeys()[0]["id"]).json,
    "token": lambda ada: (ada.call("PATCH", "/api/user/token").json or {})["user"],
    "view": lambda ada: changed(ada, view={"embed": True}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_answer_to_a_change_carries_its_date(ada: Person, name: str) -> None:
    ada.add_passkey()
    before = (ada.get("/api/user").json or {})["user"]["updatedAt"]
    answered = CHANGES[name](ada)["updatedAt"]
    assert before < answered == (ada.get("/api/user").json or {})["user"]["updatedAt"]


@pytest.mark.slow
def test_of_many_changes_to_a_view_at_once_none_is_lost(database_url: str, tmp_path: Path) -> None:
    with live.server(tmp_path / "data", workers=2, DATABASE_URL=database_url) as port:
        ada = Client(port)
        body = {"username": "ada", "password": "correct horse battery"}
        assert ada.call("POST", "/account/api/setup", body).status == 200
        members = ["embedTitle", "embedDescription", "embedSiteName", "embedColor", "content"]
        for number in range(6):
            wanted = {name: f"{name} {number}" for name in members}

            def patch(name: str, wanted: dict[str, str] = wanted) -> int:
                one = Client(port)
                one.cookies = dict(ada.cookies)
                return one.call("PATCH", "/api/user", {"view": {name: wanted[name]}}).status

            with ThreadPoolExecutor(len(members)) as pool:
                assert set(pool.map(patch, members)) == {200}
            assert ada.call("GET", "/api/user").body["user"]["view"] == wanted
