"""Fixtures: an application with each SDK, and a Passline that it may use.

The application may be of another origin.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.clerk import sdk
from tests.browser.clerk.packages import SDKS, scripts
from tests.browser.clerk.sdk import Application
from tests.browser.conftest import Console, Profile
from tests.live import Client, free_port, server

PASSWORD = "correct horse battery staple"  # it guards nothing


class Place(NamedTuple):
    """Where Passline is, and where the application of another origin is."""

    passline: str
    elsewhere: str
    port: int


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A Passline that one other origin may use; "root" has the first account."""
    port, other = free_port(), free_port()
    own, elsewhere = f"http://localhost:{port}", f"http://localhost:{other}"
    settings = {"ORIGINS": f"{own},{elsewhere}", "CORS_ORIGINS": elsewhere, "REGISTRATION": "open"}
    with server(tmp_path_factory.mktemp("passline") / "data", port=port, **settings):
        register(port, "root")
        yield Place(own, elsewhere, other)


def register(port: int, username: str) -> str:
    """Make an account, and return its name."""
    body = {"username": username, "password": PASSWORD}
    answer = Client(port).call("POST", "/account/api/registration", body)
    assert answer.status == 200, answer.body
    return username


@pytest.fixture(params=SDKS)
def version(request: pytest.FixtureRequest) -> str:
    """Each major of the SDK."""
    return str(request.param)


@pytest.fixture(params=["same-origin", "another-origin"])
def application(
    request: pytest.FixtureRequest, place: Place, version: str, profile: Profile, tmp_path: Path
) -> Iterator[Application]:
    """The application's page, opened signed out; no call of the SDK may be refused."""
    folder = application_folder(tmp_path, version, sdk.html(place.passline, sdk.key()))
    context = profile()
    context.add_init_script(sdk.MASK)
    page = context.new_page()
    if request.param == "same-origin":
        sdk.put_on_this_origin(page, place.passline, folder)
        application = Application(page, f"{place.passline}/app.html", place.passline)
        yield application.open()
    else:
        with sdk.files(folder, place.port):
            application = Application(page, f"{place.elsewhere}/app.html", place.passline)
            yield application.open()
            context.close()
    assert application.refused == []


@pytest.fixture
def with_test_key(
    version: str, profile: Profile, console: Console, tmp_path: Path
) -> Iterator[Application]:
    """The application's page with a test key, on Passline's origin.

    Passline is in development mode, and "root" is signed out.
    """
    port = free_port()
    own = f"http://localhost:{port}"
    folder = application_folder(tmp_path, version, sdk.html(own, sdk.key("test", sdk.TEST_HOST)))
    context = profile()
    context.add_init_script(sdk.MASK)
    page = context.new_page()
    sdk.put_on_this_origin(page, own, folder)
    console.expect("loaded with development keys")
    with server(tmp_path / "data", port=port, CLERK="development"):
        register(port, "root")
        application = Application(page, f"{own}/app.html", own)
        yield application.open()
        context.close()
    assert application.refused == []


def application_folder(folder: Path, version: str, page: str) -> Path:
    """Fill the folder of an application, and return it: its page, the SDK beside it."""
    ignored = shutil.ignore_patterns("types", "*.mjs")
    shutil.copytree(scripts(version), folder / "sdk", ignore=ignored)
    (folder / "app.html").write_text(page)
    return folder


@pytest.fixture
def device(application: Application) -> VirtualAuthenticator:
    """The device that the application's page runs on."""
    cdp = application.page.context.new_cdp_session(application.page)
    cdp.send("WebAuthn.enable")
    return VirtualAuthenticator(cdp)


@pytest.fixture
def user(place: Place, application: Application, request: pytest.FixtureRequest) -> str:
    """The name of somebody with an account of their own, signed in by the SDK."""
    numbers = request.session.stash.setdefault(_NUMBERS, iter(range(1, 10_000)))
    port = int(place.passline.rpartition(":")[2])
    username = register(port, f"user{next(numbers)}")
    application.sign_in(username, PASSWORD)
    return username


_NUMBERS = pytest.StashKey[Iterator[int]]()
