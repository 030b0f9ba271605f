"""With LOG_FORMAT=json every line of the server is JSON, gunicorn's own among them."""

import json
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ops.gunicorn import Running, running

pytestmark = pytest.mark.slow


def parsed(server: Running) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def wait_for(server: Running, words: str) -> None:
    for _ in range(200):
        if words in server.log.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(server.log.read_text())


def send_nonsense(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("by_file", [False, True], ids=["by value", "by file"])
def test_every_line_is_an_object_of_one_shape(tmp_path: Path, by_file: bool) -> None:
    (tmp_path / "format").write_text("json\n")
    chosen = {"LOG_FORMAT_FILE": tmp_path / "format"} if by_file else {"LOG_FORMAT": "json"}
    with running(tmp_path, LOG_REQUESTS="on", **chosen) as server:
        server.client().call("GET", "/login")
        send_nonsense(server)
    lines = parsed(server)
    messages = [line["message"] for line in lines]
    for words in ("Starting gunicorn", "Listening at", "Using worker", "Booting worker"):
        assert any(words in message for message in messages), words
    assert any("Invalid request" in message for message in messages)
    assert {line["logger"] for line in lines} == {"gunicorn.error", "passline.request"}
    assert {line["level"] for line in lines} == {"info", "warning"}
    for line in lines:
        assert list(line)[:4] == ["time", "level", "logger", "message"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_after_a_reload_they_still_are(tmp_path: Path) -> None:
    with running(tmp_path, LOG_FORMAT="json") as server:
        server.process.send_signal(signal.SIGHUP)
        wait_for(server, "Worker exiting")
        send_nonsense(server)
    assert "Invalid request" in str(parsed(server))


def test_a_warning_before_the_app_has_its_log_is_one_too(tmp_path: Path) -> None:
    with running(tmp_path, LOG_FORMAT="json", TRUSTED_PROXY="10.0.0.1") as server:
        pass
    [warned] = [line for line in parsed(server) if line["level"] == "warning"]
    assert warned["message"].startswith("PASSLINE_TRUSTED_PROXY is not a setting")


def test_for_people_they_stay_text(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        pass
    assert re.search(r"^\[.*\] \[INFO\] Starting gunicorn", server.log.read_text(), re.M)
