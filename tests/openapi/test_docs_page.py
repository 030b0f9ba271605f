"""/docs: every operation, readable without scripts, nothing loaded from elsewhere."""

import re

import pytest
from flask import Flask

from app.openapi.page import marked
from tests.conftest import MakeApp
from tests.documented import Documented

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


LARGEST = 150 * 1024  # bytes of a page


def parts(app: Flask) -> dict[str, str]:
    """Return every page by the tag whose operations it has; "" is the index."""
    tags = [tag["name"] for tag in Documented(app).document["tags"]]
    paths = {"": "/docs"} | {tag: f"/docs/{tag.lower()}" for tag in tags}
    return {tag: app.test_client().get(path).text for tag, path in paths.items()}


def test_every_operation_is_on_the_page_of_its_tag_and_the_index_leads_there(app: Flask) -> None:
    pages = parts(app)
    for path, method, operation in Documented(app).operations():
        [tag] = operation["tags"]
        assert f'id="{operation["operationId"]}"' in pages[tag]
        assert f"{method.upper()} {path}" in pages[tag]
        assert f'href="/docs/{tag.lower()}#{operation["operationId"]}"' in pages[""]


def test_no_page_is_large(make_app: MakeApp) -> None:
    everything = {"METRICS": "0123456789abcdef", "RELATED_ORIGINS": "https://example.org"}
    for tag, page in parts(make_app(CLERK="development", **everything)).items():
        assert len(page.encode()) < LARGEST, tag


def test_every_link_within_a_page_leads_somewhere(app: Flask) -> None:
    for tag, page in parts(app).items():
        wanted = set(re.findall(r'href="#([^"]+)"', page))
        assert wanted <= set(re.findall(r' id="([^"]+)"', page)), tag
        assert len(wanted) > 1 or not tag


def test_a_tag_that_there_is_not_is_no_page(app: Flask) -> None:
    answer = app.test_client().get("/docs/Nonsense")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_the_pages_have_no_script_and_load_their_own_files_only(app: Flask) -> None:
    for page in parts(app).values():
        assert "<script" not in page
        assert " style=" not in page
        loaded = re.findall(r'<(?:link|img)[^>]*(?:href|src)="([^"]+)"', page)
        assert loaded
        assert all(each.startswith("/static/") for each in loaded)
    answer = app.test_client().get("/docs")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_files_and_links_are_below_the_prefix(make_app: MakeApp) -> None:
    browser = make_app(URL_PREFIX="/auth").test_client()
    index, part = browser.get("/auth/docs").text, browser.get("/auth/docs/account").text
    assert 'href="/auth/api/openapi.json"' in index
    assert 'href="/auth/docs/account#' in index
    assert 'href="/auth/docs"' in part
    for page in (index, part):
        assert 'href="/auth/static/css/docs.css"' in page
        assert re.findall(r'(?:href|src|data-base)="(/(?!auth[/"])[^"]*)"', page) == []


def test_a_curl_line_quotes_what_a_shell_would_read(app: Flask) -> None:
    page = app.test_client().get("/docs/account").text
    assert """--json '{"username":"ada",""" in page


def test_markup_in_a_text_is_escaped(database_url: str) -> None:
    assert marked("a `<b>` & c") == "a <code>&lt;b&gt;</code> &amp; c"


def test_markup_in_an_example_is_escaped(app: Flask) -> None:
    assert "&lt;!doctype html&gt;" in app.test_client().get("/docs/service").text
