"""Our worker speaks no TLS, whose reads would wait for clients in threads."""

import logging
from pathlib import Path

import pytest
from gunicorn.config import Config

from app.serving.worker import Worker

LOG = logging.getLogger("tests.tls")


def test_it_is_refused_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = Config()
    config.set("certfile", str(tmp_path / "certificate.pem"))
    with pytest.raises(SystemExit) as stopped:
        Worker.check_config(config, LOG)
    assert stopped.value.code == 3
    assert "speaks no TLS: put a reverse proxy in front" in caplog.text


def test_without_a_certificate_it_starts(caplog: pytest.LogCaptureFixture) -> None:
    Worker.check_config(Config(), LOG)
    assert not caplog.text
