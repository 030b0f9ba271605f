"""A body of more than 64 KiB is refused, whether it says its length or not."""

import io
from typing import Any

import pytest
from flask import Flask

from app.web.bodies import LARGEST

BODY = b'{"username": "nobody", "password": "wrong"}'
PATH = "/account/api/sign-in/password"


def send(app: Flask, **options: Any) -> int:
    """Sign in with the body that `options` have, and return the status."""
    client = app.test_client()
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    answer = client.post(PATH, headers=headers, **options)
    assert answer.json["error"] in ("body_too_large", "wrong_password")
    return answer.status_code


@pytest.mark.parametrize(
    ("size", "status"), [(LARGEST, 400), (LARGEST + 1, 413), (LARGEST + 2, 413), (200_000, 413)]
)
@pytest.mark.parametrize("rest", [b" ", b"}"], ids=["spaces", "garbage"])
@pytest.mark.parametrize("chunked", [True, False])
def test_it_is_never_cut_and_believed(
    app: Flask, size: int, status: int, rest: bytes, chunked: bool
) -> None:
    body = BODY.ljust(LARGEST) + rest * (size - LARGEST)
    if chunked:
        terminated = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
        sent = send(app, input_stream=io.BytesIO(body), environ_overrides=terminated)
    else:
        sent = send(app, data=body)
    assert sent == status
