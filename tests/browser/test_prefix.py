"""Passline below a path, behind a real nginx with TLS.

nginx is configured by the very example that self-hosters copy.
"""

import datetime
import json
import os
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.authenticator import VirtualAuthenticator
from tests.browser.conftest import Console, program
from tests.browser.people import PASSWORD, SIGN_IN, led_to_login, says, without_autofill
from tests.browser.server import CHECKOUT, Server, free_port, stop, wait_until_up

pytestmark = pytest.mark.browser

RELATED = "https://example.com"
EXAMPLE = CHECKOUT / "deploy" / "nginx.conf"
AROUND = """
{user}
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""


def make_certificate(folder: Path) -> None:
    """Write key.pem and the self-signed cert.pem for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), address])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, now - day, now + day)
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))


def derived(folder: Path, port: int, upstream: str) -> str:
    """Return the example with this machine's ports and paths in place of its own.

    Each of its own must stand there once.
    """
    example = EXAMPLE.read_text()
    for old, new in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server_name example.org": "server_name localhost",
        "/etc/ssl/example.org/fullchain.pem": f"{folder}/cert.pem",
        "/etc/ssl/example.org/privkey.pem": f"{folder}/key.pem",
        "http://127.0.0.1:8000": f"http://127.0.0.1:{upstream}",
    }.items():
        assert example.count(old) == 1, old
        example = example.replace(old, new)
    user = "user root;" if os.getuid() == 0 else ""
    return AROUND.format(folder=folder, example=example, user=user)


@pytest.fixture
def live_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Passline at https://localhost:<port>/auth, as deploy/nginx.conf describes.

    With the parameter "host" it has the host to itself, as its first lines describe.
    """
    os.environ["PATH"] += ":/usr/sbin"  # where distributions put nginx
    nginx, port = program("nginx"), free_port()
    prefix = "" if getattr(request, "param", "") == "host" else "/auth"
    settings = {"URL_PREFIX": prefix, "TRUSTED_PROXIES": "127.0.0.1", "RELATED_ORIGINS": RELATED}
    server = Server.start(tmp_path, url=f"https://localhost:{port}{prefix}", **settings)
    make_certificate(tmp_path)
    conf, log = tmp_path / "nginx.conf", tmp_path / "nginx.log"
    example = derived(tmp_path, port, server.port)
    conf.write_text(example if prefix else of_its_own_host(example))
    command = [nginx, "-p", tmp_path, "-c", conf]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    # nginx answers plain HTTP on its TLS port with 400.
    wait_until_up(process, f"http://127.0.0.1:{port}/", log)
    yield server
    stop(process)
    server.stop()


def of_its_own_host(example: str) -> str:
    """Return the example as its first lines say for a host of its own."""
    for old, new in {
        "location /auth/ {": "location / {",
        "location = /auth {\n        return 308 /auth/;\n    }": "",
        "location = /.well-known/webauthn { rewrite ^ /auth$uri last; }": "",
    }.items():
        assert example.count(old) == 1, old
        example = example.replace(old, new)
    return example


def set_up(page: Page, url: str) -> None:
    page.goto(f"{url}/")
    expect(page).to_have_url(f"{url}/setup")
    page.locator("#username").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.locator("#account-submit").click()
    expect(page).to_have_url(f"{url}/passkeys")
    expect(page.locator("#welcome")).to_be_visible()


def cookies_of(context: BrowserContext) -> dict[str, tuple[str, bool, bool]]:
    """Return each cookie's path, and whether it is Secure and HttpOnly."""
    cookies = context.cookies()
    return {each["name"]: (each["path"], each["secure"], each["httpOnly"]) for each in cookies}


def test_below_a_path_everything_works(
    page: Page, authenticator: VirtualAuthenticator, live_server: Server
) -> None:
    url = live_server.url
    without_autofill(page)
    set_up(page, url)
    page.locator("#add-passkey").click()
    says(page, "added", "#status")

    page.locator("#sign-out").click()
    led_to_login(page, f"{url}/login")
    page.locator("#passkey-button").click()
    expect(page).to_have_url(f"{url}/passkeys")

    page.locator("[data-action=rename]").click()
    page.locator("#passkey-name").fill("Below a path")
    page.keyboard.press("Enter")
    says(page, "Renamed to “Below a path”.", "#status")
    page.locator("[data-action=delete]").click()
    page.locator("#delete-dialog [data-dialog-confirm]").click()
    says(page, "deleted", "#status")
    page.locator(".brand").click()
    expect(page).to_have_url(f"{url}/passkeys")


def test_below_a_path_the_cookies_are_for_that_path_and_for_https(
    page: Page, live_server: Server
) -> None:
    set_up(page, live_server.url)
    kept = ("/auth", True, True)
    assert cookies_of(page.context) == {"passline_session": kept, "passline_device": kept}
    page.context.clear_cookies()
    with page.expect_response(f"**/auth{SIGN_IN}/options"):
        page.goto(f"{live_server.url}/login")
    assert cookies_of(page.context) == {"passline_ceremony": ("/auth", True, True)}


@pytest.mark.parametrize("live_server", ["host"], indirect=True)
def test_on_a_host_of_its_own_the_session_cookie_is_for_that_host_alone(
    page: Page, live_server: Server
) -> None:
    set_up(page, live_server.url)
    kept = ("/", True, True)
    assert cookies_of(page.context) == {"__Host-passline_session": kept, "passline_device": kept}
    page.locator("#sign-out").click()
    led_to_login(page, f"{live_server.url}/login")
    assert "__Host-passline_session" not in cookies_of(page.context)


@pytest.mark.parametrize("live_server", ["path", "host"], indirect=True)
def test_the_related_origins_are_found_at_the_root_of_the_domain(
    page: Page, live_server: Server
) -> None:
    answer = page.request.get(f"{live_server.url.removesuffix('/auth')}/.well-known/webauthn")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(answer.body()) == {"origins": [RELATED]}


def test_below_a_path_a_page_that_needs_an_account_is_come_back_to(
    page: Page, live_server: Server
) -> None:
    set_up(page, live_server.url)
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/passkeys")
    expect(page).to_have_url(f"{live_server.url}/login?next=/auth/passkeys")
    page.locator("#username").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password-submit").click()
    expect(page).to_have_url(f"{live_server.url}/passkeys")


def test_a_path_beside_the_prefix_is_not_passlines(
    page: Page, live_server: Server, console: Console
) -> None:
    console.expect("status of 404")
    answer = page.goto(live_server.url.removesuffix("/auth") + "/login")
    assert answer is not None
    assert answer.status == 404
    assert "Passline" not in page.content()


def test_an_address_that_a_client_claims_is_not_believed(page: Page, live_server: Server) -> None:
    set_up(page, live_server.url)
    body = {"username": "nobody", "password": "wrong password"}
    headers = {
        "X-Forwarded-For": "192.0.2.66",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
    }
    answer = page.request.post(f"{live_server.url}{SIGN_IN}/password", data=body, headers=headers)
    assert answer.status == 400
    log = (live_server.folder / "log").read_text()
    assert "address=127.0.0.1" in log
    assert "192.0.2.66" not in log
