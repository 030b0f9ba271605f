"""/docs: every operation, readable without scripts, nothing loaded from elsewhere."""

import re

import pytest
from flask import Flask

from app.openapi.page import marked
from tests.conftest import MakeApp
from tests.documented import Documented

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_operation_is_on_the_page(app: Flask) -> None:
    page = app.test_client().get("/docs").text
    for path, method, operation in Documented(app).operations():
        assert f'id="{operation["operationId"]}"' in page
        assert f"{method.upper()} {path}" in page


def test_the_page_has_no_script_and_loads_its_own_files_only(app: Flask) -> None:
    answer = app.test_client().get("/docs")
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    loaded = re.findall(r'<(?:link|img)[^>]*(?:href|src)="([^"]+)"', answer.text)
    assert all(each.startswith("/") for each in loaded)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_its_files_and_links_are_below_the_prefix(make_app: MakeApp) -> None:
    page = make_app(URL_PREFIX="/auth").test_client().get("/auth/docs").text
    assert 'href="/auth/api/openapi.json"' in page
    assert 'href="/auth/static/css/docs.css"' in page


def test_a_curl_line_quotes_what_a_shell_would_read(app: Flask) -> None:
    page = app.test_client().get("/docs").text
    assert "--json &#39;{&#34;username&#34;:&#34;ada&#34;" in page


def test_markup_in_a_text_is_escaped(database_url: str) -> None:
    assert marked("a `<b>` & c") == "a <code>&lt;b&gt;</code> &amp; c"
