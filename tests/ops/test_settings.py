"""The settings for operators, and what an installation ships for them."""

import re
from ipaddress import ip_network
from typing import Any

import click
import pytest

from app import create_app
from app.settings import MetricsGuard, Settings, SettingsError
from tests.live import ROOT


def metrics(monkeypatch: pytest.MonkeyPatch, text: str) -> MetricsGuard | None:
    monkeypatch.setenv("PASSLINE_METRICS", text)
    return Settings.from_environment().metrics


@pytest.mark.parametrize("text", ["", "off", "OFF", "no", "false"])
def test_metrics_are_off_by_default_and_by_word(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert metrics(monkeypatch, text) is None


def test_metrics_are_for_a_token_or_for_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "0123456789abcdef-_~+/=="
    assert metrics(monkeypatch, token) == MetricsGuard(token, ())
    networks = (ip_network("127.0.0.1/32"), ip_network("2001:db8::/32"))
    assert metrics(monkeypatch, "127.0.0.1, 2001:db8::/32") == MetricsGuard("", networks)


@pytest.mark.parametrize(
    "text",
    ["on", "hunter2", "0123456789abcde", "several-short,tokens-here", "token,token,token,token"],
)
def test_a_weak_token_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with pytest.raises(SettingsError, match="PASSLINE_METRICS") as refused:
        metrics(monkeypatch, text)
    assert text not in str(refused.value).split()
    assert "the value (not shown, it may be a token)" in str(refused.value)


@pytest.mark.parametrize("text", ["192.168.100.1000/24", "10.0.0.1/8", "127.0.0.1,10.0.0.0/33"])
def test_a_mistaken_network_is_never_taken_for_a_token(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with pytest.raises(SettingsError, match="network"):
        metrics(monkeypatch, text)


def test_no_token_shows_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSLINE_METRICS", "0123456789abcdef")
    assert "0123456789abcdef" not in repr(Settings.from_environment())


def test_where_to_listen_is_no_unknown_setting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PASSLINE_BIND", "127.0.0.1:9000")
    Settings.from_environment()
    assert caplog.messages == []


def every_command(group: Any, *above: str) -> list[str]:
    if not isinstance(group, click.Group):
        return [" ".join(above)]
    return [
        name
        for word, command in group.commands.items()
        for name in every_command(command, *above, word)
    ]


def test_every_command_stands_in_the_readme_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"^\| `flask ([a-z]+(?: [a-z-]+)?)[^`]*` \|", readme, re.M))
    every = every_command(create_app(upgrade=False).cli)
    assert named == {name for name in every if name.split()[0] not in ("run", "shell", "routes")}


def test_every_command_explains_itself() -> None:
    runner = create_app(upgrade=False).test_cli_runner()
    for name in every_command(runner.app.cli):
        result = runner.invoke(args=[*name.split(), "--help"])
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4, name
        assert "--json" in result.stdout


def test_no_command_takes_a_password_as_an_argument() -> None:
    for name in every_command(create_app(upgrade=False).cli):
        command: Any = create_app(upgrade=False).cli
        for word in name.split():
            command = command.commands[word]
        words = [option for each in command.params for option in each.opts if "password" in option]
        assert words in ([], ["--password-stdin"])


def test_the_systemd_unit_waits_longer_than_the_server_for_what_runs() -> None:
    from app.serving import config  # what it does on import is for gunicorn

    unit = (ROOT / "deploy/passline.service").read_text()
    [patience] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    assert int(patience) > config.graceful_timeout == 30


def test_the_systemd_unit_tries_again_until_the_database_is_there() -> None:
    unit = (ROOT / "deploy/passline.service").read_text()
    given_up = re.findall(r"^RestartPreventExitStatus=(.+)$", unit, re.M)
    assert given_up == ["3"]
    # More often than five times in ten seconds, systemd gives up.
    assert "\nRestart=on-failure\nRestartSec=5\n" in unit


def test_the_environment_file_holds_sound_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    text = (ROOT / "deploy/passline.env").read_text()
    for line in re.findall(r"^#?(PASSLINE_\w+=\S+)$", text, re.M):
        name, _, value = line.partition("=")
        if not name.endswith("_FILE"):
            monkeypatch.setenv(name, value)
    assert Settings.from_environment().rp_id == "auth.example.com"
