"""Commands, run in the process of the test; and how to read what they print."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command of `app`: run("user", "list"); it has to succeed unless `fails`."""

    def run(*words: str, typed: str = "", fails: bool = False) -> Result:
        result = app.test_cli_runner().invoke(args=list(words), input=typed)
        assert (result.exit_code != 0) == fails, result.output
        assert not isinstance(result.exception, Exception) or isinstance(
            result.exception, SystemExit
        ), result.exception
        return result

    return run


@pytest.fixture
def told(run: Run) -> Callable[..., Any]:
    """Run a command with --json; gives what it prints."""
    return lambda *words, **options: json.loads(run(*words, "--json", **options).stdout)
