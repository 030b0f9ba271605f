"""Fixtures that run commands in the process of the test and read what they print."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs a command of `app`: run("user", "list").

    The command has to succeed unless `fails`, and must not raise in either case.
    """

    def run(*words: str, typed: str = "", fails: bool = False) -> Result:
        result = app.test_cli_runner().invoke(args=list(words), input=typed)
        assert (result.exit_code != 0) == fails, result.output
        assert not isinstance(result.exception, Exception), result.exception
        return result

    return run


@pytest.fixture
def told(run: Run) -> Callable[..., Any]:
    """Return a function that runs a command with --json and returns what it prints."""
    return lambda *words, **options: json.loads(run(*words, "--json", **options).stdout)
