"""The pages: where each leads whom, how they render, that `next` never leads away."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from tests.conftest import MakeApp
from tests.people import ORIGIN, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("path", ["/", "/login", "/register"])
def test_before_the_first_account_pages_lead_to_setup(stranger: Person, path: str) -> None:
    assert stranger.get(path).headers["Location"] == "/setup"


@pytest.mark.parametrize(
    ("path", "to"), [("/", "/login"), ("/setup", "/login"), ("/passkeys", "/login?next=/passkeys")]
)
def test_who_is_not_signed_in_is_led_to_sign_in(
    ada: Person, stranger: Person, path: str, to: str
) -> None:
    assert stranger.get(path).headers["Location"] == to


@pytest.mark.parametrize(
    ("path", "to"), [("/passkeys", "/login?next=/passkeys&ended=1"), ("/", "/login?ended=1")]
)
def test_who_was_signed_in_is_told_that_the_session_has_ended(
    ada: Person, path: str, to: str
) -> None:
    kept = ada.browser.get_cookie("passline_session")
    assert kept is not None
    ada.log_out()
    ada.browser.set_cookie("passline_session", kept.value)
    assert ada.get(path).headers["Location"] == to
    assert ada.get(to).status_code == 200


def test_who_signed_out_is_told_nothing(ada: Person) -> None:
    ada.log_out()
    assert ada.get("/passkeys").headers["Location"] == "/login?next=/passkeys"


@pytest.mark.parametrize(
    ("settings", "origins"),
    [
        ({}, ORIGIN),
        ({"ORIGINS": f"{ORIGIN},http://localhost:9000"}, f"{ORIGIN} http://localhost:9000"),
        ({"ORIGINS": f"android:apk-key-hash:x,{ORIGIN}"}, ORIGIN),
        ({"PASSKEYS_ENABLED": "false"}, None),
    ],
    ids=["usual", "several", "android", "off"],
)
@pytest.mark.parametrize("path", ["/setup", "/register", "/login", "/passkeys"])
def test_a_page_knows_at_which_addresses_passkeys_work(
    make_app: MakeApp, path: str, settings: dict[str, str], origins: str | None
) -> None:
    person = Person(make_app(REGISTRATION="open", **settings), "ada")
    if path != "/setup":
        person.set_up()
    if path in ("/login", "/register"):
        person.log_out()
    [(_, html), *_] = Elements(person.get(path).text).tags
    assert html.get("data-origins") == origins


def test_the_way_back_keeps_its_query(ada: Person, stranger: Person) -> None:
    assert stranger.get("/passkeys?x=1").headers["Location"] == "/login?next=/passkeys?x%3D1"


@pytest.mark.parametrize(
    ("path", "to"),
    [
        *(("/", "/passkeys"), ("/login", "/passkeys"), ("/login/second", "/passkeys")),
        ("/setup", "/login"),
    ],
)
def test_who_is_signed_in_is_led_to_the_passkeys(ada: Person, path: str, to: str) -> None:
    assert ada.get(path).headers["Location"] == to


def test_where_registration_is_closed_its_page_says_so(ada: Person, stranger: Person) -> None:
    answer = stranger.get("/register")
    assert (answer.status_code, "not open here" in answer.text) == (403, True)


@pytest.mark.parametrize("registration", ["invite", "open"])
def test_where_registration_is_possible_its_page_renders(
    make_app: MakeApp, registration: str
) -> None:
    app = make_app(REGISTRATION=registration)
    Person(app, "ada").set_up()
    assert app.test_client().get("/register").status_code == 200


def test_an_invite_in_the_address_is_filled_in_and_escaped(make_app: MakeApp) -> None:
    app = make_app(REGISTRATION="invite")
    Person(app, "ada").set_up()
    page = app.test_client().get("/register?invite=%22%3E%3Cscript%3E").text
    assert 'value="&#34;&gt;&lt;script&gt;"' in page


STAYS = [
    *("/passkeys", "/passkeys?x=1&y=2", "/", "/a/b#c"),
    *("/%2F/evil.example", "/%5Cevil.example", "/é"),
]
LEAVES = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "\\/evil.example", "/a\\..\\b", "https://evil.example", "https:evil.example",
    "HTTPS://localhost", "http:/evil.example", "javascript:alert(1)", "data:text/html,x",
    "evil.example", "", " //evil.example", "\t//evil.example", "/\t/evil.example",
    "/\n/evil.example", "/\r\nSet-Cookie: x=1", "/\0", "/\x7f", "/\u2028", "//[", "//[::1",
    "http://[", "//a\u2100b", "?x", "#x", "./x", "../x", "@evil.example", "/\u202e",
]  # fmt: skip


@pytest.mark.parametrize("wanted", STAYS, ids=ascii)
def test_next_leads_to_a_place_on_this_site(ada: Person, wanted: str) -> None:
    location = ada.get("/login", query_string={"next": wanted}).headers["Location"]
    assert location == wanted.replace("é", "%C3%A9")


@pytest.mark.parametrize("wanted", [*LEAVES, *STAYS], ids=ascii)
def test_next_never_leads_away(ada: Person, wanted: str) -> None:
    answer = ada.get("/login", query_string={"next": wanted})
    assert answer.status_code == 302
    # As a browser resolves it: backslashes are slashes.
    target = urljoin(f"{ORIGIN}/login", answer.headers["Location"].replace("\\", "/"))
    assert target.startswith(f"{ORIGIN}/")


@pytest.mark.parametrize("wanted", LEAVES, ids=ascii)
def test_the_sign_in_page_is_not_told_to_lead_away(
    ada: Person, stranger: Person, wanted: str
) -> None:
    answer = stranger.get("/login", query_string={"next": wanted})
    assert 'data-next="/passkeys"' in answer.text


@pytest.mark.parametrize("wanted", ["/passkeys", "/", "/authors", "/auth", "//evil.example"])
def test_under_a_prefix_next_stays_below_it(make_app: MakeApp, wanted: str) -> None:
    app = make_app(URL_PREFIX="/auth")
    Person(app, "ada").set_up()
    answer = app.test_client().get("/auth/login", query_string={"next": wanted})
    assert 'data-next="/auth/passkeys"' in answer.text


class Elements(HTMLParser):
    """The start tags of a page, and the text in its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inline += data.strip() if self.cdata_elem else ""


OPEN = ["/login", "/login/second", "/register", "/recover", "/link"]
OWN = ["/passkeys", "/security", "/security/app", "/security/codes", "/security/password"]
PAGES = ["/setup", *OPEN, *OWN, "/nothing"]


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, make_app: MakeApp) -> Any:
    """Each page, as somebody who may see it gets it."""
    person = Person(make_app(REGISTRATION="open"), "ada<b>&\"'")
    if request.param != "/setup":
        person.set_up()
    if request.param in OPEN:
        person.log_out()
    answer = person.get(request.param)
    status = 404 if request.param == "/nothing" else 200
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    return answer


def test_no_page_has_inline_scripts_styles_or_handlers(page: Any) -> None:
    elements = Elements(page.text)
    assert not elements.inline
    scripts = [attributes for tag, attributes in elements.tags if tag == "script"]
    assert all(attributes.get("src") for attributes in scripts)
    names = [name for _, attributes in elements.tags for name in attributes]
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_every_page_loads_from_this_service_alone_and_what_it_loads_exists(
    page: Any, app: Any
) -> None:
    loading = {"script": "src", "link": "href", "img": "src"}
    tags = [(loading.get(tag), attributes) for tag, attributes in Elements(page.text).tags]
    found = [attributes[name] for name, attributes in tags if name in attributes]
    assert found
    for path in found:
        assert not urlsplit(path or "").netloc
        assert app.test_client().get(path, buffered=True).status_code == 200


def test_every_page_has_a_language_a_title_and_one_heading(page: Any) -> None:
    tags = Elements(page.text).tags
    assert [attributes.get("lang") for tag, attributes in tags if tag == "html"] == ["en"]
    assert [tag for tag, _ in tags if tag in ("title", "h1")] == ["title", "h1"]


def test_a_name_is_text_on_every_page(page: Any) -> None:
    assert "ada<b>" not in page.text
