"""The settings: defaults, every refusal with its fix, and no secret shown.

All processes share one secret key.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from app.settings import DEFAULTS, NAMES, Argon2Parameters, Settings, SettingsError
from app.settings.secret_key import load_secret_key

ROOT = Path(__file__).parents[1]
SECRET = "correct horse battery staple, twice"
Load = Callable[..., Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    for name in [name for name in os.environ if name.startswith("PASSLINE_")]:
        monkeypatch.delenv(name)

    def load(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"PASSLINE_{name}", value)
        return Settings.from_environment()

    return load


def faults_of(load: Load, **variables: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**variables)
    return caught.value.faults


def test_nothing_set_gives_a_service_on_localhost(load: Load) -> None:
    settings = load()
    assert (settings.rp_id, settings.rp_name) == ("localhost", "Passline")
    assert settings.origins == ("http://localhost:8000",)
    assert settings.related_origins == settings.top_origins == settings.cors_origins == ()
    assert settings.data_dir == Path.cwd() / "data"
    assert settings.database_url == f"sqlite:///{Path.cwd()}/data/passline.db"
    assert settings.secret_key is settings.cookie_domain is None
    assert (settings.registration, settings.user_verification) == ("closed", "required")
    assert (settings.passkeys_enabled, settings.rate_limits) == (True, True)
    assert settings.secure_cookies is False
    assert (settings.challenge_ttl, settings.session_lifetime) == (300, 1209600)
    assert settings.session_idle == 0
    assert (settings.max_passkeys_per_user, settings.url_prefix) == (50, "")
    assert (settings.trusted_proxies, settings.trust_unix_socket) == ((), False)
    assert settings.argon2 == Argon2Parameters(memory_cost=19456, time_cost=2, parallelism=1)
    assert (settings.log_level, settings.log_format) == ("info", "text")


def test_every_attribute_is_one_setting_with_its_default() -> None:
    attributes = set(Settings.__dataclass_fields__) - {"trust_unix_socket"}
    assert tuple(DEFAULTS) == NAMES
    assert set(NAMES) == {f"PASSLINE_{name.upper()}" for name in attributes}


def test_an_empty_variable_counts_as_unset(load: Load) -> None:
    assert load(**{name.removeprefix("PASSLINE_"): "" for name in NAMES}) == load()


def test_settings_cannot_be_changed(load: Load) -> None:
    with pytest.raises(FrozenInstanceError):
        load().rp_id = "example.com"  # type: ignore[misc]


ANDROID = "android:apk-key-hash:" + "A" * 43
GOOD: dict[str, dict[str, Any]] = {
    "RP_ID": {name: name for name in ("auth.example.com", "nas", "xn--bcher-kva.example")},
    "RP_NAME": {"Bücherei": "Bücherei"},
    "ORIGINS": {f"https://a.localhost, {ANDROID},": ("https://a.localhost", ANDROID)},
    "TOP_ORIGINS": {"https://portal.example.org": ("https://portal.example.org",)},
    "CORS_ORIGINS": {"https://a.example.org:8443": ("https://a.example.org:8443",)},
    "DATABASE_URL": {
        url: url
        for url in (
            *("sqlite:///relative.db", "sqlite:////abs/olute.db", "postgresql:///d"),
            "postgresql://u@one:5432,two:5433/d?target_session_attrs=read-write",
        )
    }
    | {"postgres://u:p@h:5432/d": "postgresql://u:p@h:5432/d"},
    "DATABASE_POOLER": {"off": False},
    "DATABASE_DIRECT_URL": {"postgres://u:p@h:5432/d": "postgresql://u:p@h:5432/d"},
    "DATA_DIR": {"/srv/passline": Path("/srv/passline")},
    "SECRET_KEY": {SECRET: SECRET},
    "REGISTRATION": {"invite": "invite", "open": "open"},
    "PASSKEYS_ENABLED": {"false": False, "1": True},
    "RATE_LIMITS": {"off": False, "on": True},
    "LIMITS_URL": {
        url: url
        for url in (
            *("memory://", "redis://localhost", "redis://:p%40ss@[::1]:6380/2", "rediss://u:p@r"),
            "redis+unix:///run/redis/redis.sock?db=1",
        )
    },
    "AUDIT_RETENTION": {"0": 0, "1d": 86400, "3650d": 3650 * 86400},
    "USER_VERIFICATION": {"preferred": "preferred", "discouraged": "discouraged"},
    "CHALLENGE_TTL": {"30": 30, "3600": 3600},
    "SESSION_LIFETIME": {"300": 300, "6m": 360, "400d": 400 * 86400},
    "SESSION_IDLE": {"0": 0, "60s": 60, "12h": 12 * 3600, "14d": 14 * 86400},
    "MAX_PASSKEYS_PER_USER": {"1": 1, "500": 500},
    "TRUSTED_PROXIES": {"10.0.0.0/8, ::1 ,unix": (ip_network("10.0.0.0/8"), ip_network("::1/128"))},
    "URL_PREFIX": {"/sign-in/v1.0": "/sign-in/v1.0"},
    "COOKIE_DOMAIN": {"localhost": "localhost"},
    "ARGON2": {"m=128,t=1,p=16": (128, 1, 16)},
    "LOG_LEVEL": {"debug": "debug"},
    "LOG_FORMAT": {"json": "json"},
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts]
)
def test_a_sound_value_is_taken(load: Load, name: str, text: str) -> None:
    assert getattr(load(**{name: text}), name.lower()) == GOOD[name][text]


BAD: dict[str, dict[str, str]] = {
    "RP_ID": {
        "com": '"com" is a public suffix; use the domain people visit, '
               'for example "auth.example.com".',
        "github.io": "is a public suffix", "10.0.0.1": "IP address", "[::1]": "IP address",
        "a b": "is not a bare domain", "Auth.Example.com": 'use for example "auth.example.com"',
        "https://auth.example.com:8443/x": 'use for example "auth.example.com"',
        "auth.example.com.": 'use for example "auth.example.com"',
    },
    "RP_NAME": {"x" * 65: "use 1 to 64 characters", "a\nb": '"a\\nb" is not a valid name'},
    "ORIGINS": {
        "http://localhost:8000/": 'use "http://localhost:8000"',
        "https://localhost:443": 'use "https://localhost"',
        "http://localhost:80": 'use "http://localhost"', "localhost": 'use "https://localhost"',
        "http://auth.example.com": 'use "https://auth.example.com"',
        "https://10.0.0.1": "with a domain name", "ftp://localhost": "is not one exact origin",
        "android:apk-key-hash:": "is not one exact origin",
        "https://localhost.example.org": "list it in PASSLINE_RELATED_ORIGINS too",
    },
    "RELATED_ORIGINS": {
        "http://localhost": "related origin has to", ANDROID: "is not one exact origin",
    },
    "TOP_ORIGINS": {"http://portal.example.org": 'use "https://portal.example.org"'},
    "CORS_ORIGINS": {
        "*": "is not one exact origin", "https://*.example.org": "is not one exact origin",
    },
    "DATABASE_URL": {"mysql://u:p@h/d": "use sqlite:///path", "sqlite:///": "not a database URL"},
    "DATABASE_POOLER": {"maybe": 'use "on" or "off"', "on": "SQLite has no pooler"},
    "DATABASE_DIRECT_URL": {
        "sqlite:///file.db": "not of PostgreSQL", "mysql://u:p@h/d": "not a database URL",
    },
    "SECRET_KEY": {"too short": "token_urlsafe(32)", "x" * 64: "repetitive"},
    "REGISTRATION": {"closd": 'use "closed" or "invite" or "open"'},
    "PASSKEYS_ENABLED": {"maybe": 'use "on" or "off"'},
    "RATE_LIMITS": {"maybe": 'use "on" or "off"'},
    "LIMITS_URL": dict.fromkeys(
        [
            "redis://", "redis:///1", "redis://u:secret@h:x", "redis://u:secret@h:70000",
            "memcached://h", "redis+unix://", "memory", "redis://h/name", "redis://a b",
        ],
        "the value (not shown, it may hold a password) is no such URL",
    ),
    "AUDIT_RETENTION": {"23h": "give 86400 s to 3650d, for example 400d, or 0.", "10y": "duration"},
    "USER_VERIFICATION": {"always": 'use "required"'},
    "CHALLENGE_TTL": {
        "abc": '"abc" is not a whole number; give seconds, for example 300.',
        "5m": "is not a whole number", "29": "give 30 to 3600 seconds",
        "3601": "give 30 to 3600 seconds",
    },
    "SESSION_LIFETIME": {
        "2w": "a number with s, m, h or d", "401d": "out of range", "0": "out of range",
    },
    "SESSION_IDLE": {"59": "or 0 for off", "15d": "longer than a session lasts"},
    "MAX_PASSKEYS_PER_USER": {"0": "give 1 to 500 passkeys", "501": "give 1 to 500 passkeys"},
    "TRUSTED_PROXIES": {
        "proxy.local": 'use for example "10.0.0.5"', "10.0.0.1/8": "zero host bits",
    },
    "URL_PREFIX": dict.fromkeys(
        ["auth", "/auth/", "/", "/a/../b", "/a..b", "/./a", "/a%20b", "//a"],
        'start with "/", end without',
    ),
    "COOKIE_DOMAIN": {
        "co.uk": "is a public suffix", ".example.com": 'use for example "example.com"',
        "example.com": '"http://localhost:8000" is outside "example.com"',
    },
    "ARGON2": {
        "m=127,t=1,p=16": "at least 8 times p", "m=4194305,t=1,p=1": "m 8 to",
        "t=2,m=19456,p=1": "is not an Argon2 cost", "m=19456,t=21,p=1": "t 1 to 20",
        "m=19456,t=2,p=0": "p 1 to 16",
    },
    "PASSWORD_BLOCKLIST": {
        "/nowhere": '"/nowhere" is not a file; correct the path', "/": '"/" is not a file',
        "/dev/zero": "is not a file",
    },
    "LOG_LEVEL": {"trace": 'use "debug"'},
    "LOG_FORMAT": {"xml": 'use "text" or "json"'},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts]
)
def test_a_faulty_value_is_refused_with_its_fix(load: Load, name: str, text: str) -> None:
    (fault,) = faults_of(load, **{name: text})
    assert fault.startswith(f"PASSLINE_{name}: ") and fault.endswith(".") and "\n" not in fault
    assert BAD[name][text] in fault


HASHES = [f"{n:02x}" * 20 for n in range(256)]
LISTS = {
    "is empty": b"",
    "not a SHA-1 hash in hex": b"password\n",
    "has a line that is not": "\n".join(HASHES[:200] + ["x"] * 50).encode(),
    "is unsorted": "\n".join(HASHES[::-1]).encode(),
    "is unsorted;": "\n".join([*HASHES[:200], *HASHES[100:200]]).encode(),
    "has a line": b"x" * 1_000_000,
    "SHA-1 hash": "\n".join(each[:32] for each in HASHES).encode(),  # NTLM
}


@pytest.mark.parametrize("wrong", LISTS)
def test_a_blocklist_of_another_form_or_order_is_refused(
    load: Load, tmp_path: Path, wrong: str
) -> None:
    (tmp_path / "list").write_bytes(LISTS[wrong])
    (fault,) = faults_of(load, PASSWORD_BLOCKLIST=str(tmp_path / "list"))
    assert fault.startswith("PASSLINE_PASSWORD_BLOCKLIST: ")
    assert wrong in fault


@pytest.mark.parametrize("ending", ["", ":3", ":1\r"])
def test_a_sound_blocklist_is_taken_from_a_relative_path_too(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list").write_text("".join(f"{each.upper()}{ending}\n" for each in HASHES), newline="")
    assert load(PASSWORD_BLOCKLIST="list").password_blocklist == tmp_path / "list"


def test_all_faults_stand_in_one_message(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(RP_ID="com", CHALLENGE_TTL="abc", TOP_ORIGINS="*,https://a.org:443")
    lines = str(caught.value).split("\n")
    assert lines[0] == "Passline cannot start: 3 settings need fixing."
    named = ["RP_ID", "TOP_ORIGINS", "TOP_ORIGINS", "CHALLENGE_TTL"]
    assert [line.split(":")[0] for line in lines[1:]] == [f"  PASSLINE_{name}" for name in named]


def test_a_single_faulty_setting_is_spoken_of_in_the_singular() -> None:
    message = str(SettingsError(["A: b."]))
    assert message == "Passline cannot start: 1 setting needs fixing.\n  A: b."


def test_a_pooler_needs_a_direct_url_as_well(load: Load) -> None:
    pooled = {"DATABASE_URL": "postgresql://u:hunter2@h/d", "DATABASE_POOLER": "on"}
    (fault,) = faults_of(load, **pooled)
    assert fault.startswith("PASSLINE_DATABASE_DIRECT_URL: it is missing beside the pooler; set")
    settings = load(**pooled, DATABASE_DIRECT_URL="postgresql://u:hunter3@h/d")
    assert settings.database_pooler
    assert "hunter" not in repr(settings)


def test_a_domain_is_its_own_https_origin(load: Load) -> None:
    settings = load(RP_ID="auth.example.com")
    assert settings.origins == ("https://auth.example.com",) and settings.secure_cookies


def test_beside_a_plain_http_origin_only_its_own_host_is_insecure(load: Load) -> None:
    settings = load(ORIGINS=f"https://localhost,http://localhost:8000,{ANDROID}")
    assert not settings.secure_cookies
    assert not settings.is_secure("http", "localhost:8000")
    assert settings.is_secure("http", "localhost")
    assert settings.is_secure("https", "localhost:8000")


@pytest.mark.parametrize(
    ("origins", "first"),
    [
        (ANDROID, "https://example.com"),
        (f"{ANDROID},https://b.example.com,https://a.example.com", "https://b.example.com"),
    ],
)
def test_the_first_origin_of_pages_is_there_for_android_apps_alone_too(
    load: Load, origins: str, first: str
) -> None:
    assert load(RP_ID="example.com", ORIGINS=origins).web_origin == first


def test_an_android_origin_does_not_make_cookies_insecure(load: Load) -> None:
    assert load(RP_ID="example.com", ORIGINS=f"https://example.com,{ANDROID}").secure_cookies


def test_a_related_origin_is_accepted_last_and_once(load: Load) -> None:
    both, related = "https://example.org,https://a.example.com", "https://example.org,https://b.org"
    settings = load(RP_ID="example.com", ORIGINS=both, RELATED_ORIGINS=related)
    assert settings.origins == (*both.split(","), "https://b.org")
    assert settings.related_origins == ("https://example.org", "https://b.org")


def test_an_origin_that_only_ends_like_the_rp_id_is_outside_it(load: Load) -> None:
    (fault,) = faults_of(load, RP_ID="example.com", ORIGINS="https://notexample.com")
    assert 'is outside PASSLINE_RP_ID, "example.com"' in fault


def test_a_cookie_domain_holds_every_origin_but_the_related(load: Load) -> None:
    domains = {"RP_ID": "example.com", "COOKIE_DOMAIN": "a.example.com"}
    origins = {"RELATED_ORIGINS": "https://b.org", "ORIGINS": "https://x.a.example.com"}
    assert load(**domains, **origins).cookie_domain == "a.example.com"
    assert faults_of(load, ORIGINS="https://a.example.com,https://b.example.com")


def test_the_unix_socket_is_trusted_by_name_only(load: Load) -> None:
    assert load(TRUSTED_PROXIES="unix").trust_unix_socket
    assert not load(TRUSTED_PROXIES="127.0.0.1").trust_unix_socket


def test_a_value_may_come_from_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"  {SECRET}\n")
    assert load(SECRET_KEY_FILE=str(tmp_path / "key")).secret_key == SECRET


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_file_without_text_is_refused(load: Load, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    (fault,) = faults_of(load, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert "PASSLINE_SECRET_KEY_FILE" in fault and str(tmp_path) not in fault


def test_a_value_and_a_file_together_are_a_contradiction(load: Load, tmp_path: Path) -> None:
    (tmp_path / "id").write_text("example.com")
    (fault,) = faults_of(load, RP_ID="example.com", RP_ID_FILE=str(tmp_path / "id"))
    assert fault == "PASSLINE_RP_ID: PASSLINE_RP_ID_FILE is set as well; keep one of the two."


def test_an_unknown_name_is_warned_about(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    load(ORIGIN="https://hidden", SECRET_KEYFILE="hidden", SECRT_KEY_FILE="hidden", ZZZ="hidden")
    assert caplog.messages == [
        "PASSLINE_ORIGIN is not a setting; did you mean PASSLINE_ORIGINS?",
        "PASSLINE_SECRET_KEYFILE is not a setting; did you mean PASSLINE_SECRET_KEY?",
        "PASSLINE_SECRT_KEY_FILE is not a setting; did you mean PASSLINE_SECRET_KEY_FILE?",
        "PASSLINE_ZZZ is not a setting.",
    ]


def test_no_secret_shows_in_a_message(load: Load) -> None:
    faults = faults_of(
        load,
        SECRET_KEY="hunter2",
        DATABASE_URL="mysql://u:hunter2@h/d",
        ORIGINS="https://u:hunter2@localhost",
        RP_ID="https://u:hunter2@localhost",
    )
    message = str(SettingsError(faults))
    assert "hunter2" not in message and message.count("\n  ") == 4


def test_no_secret_shows_in_the_repr(load: Load) -> None:
    url = "postgresql://u:hunter2@h/d?password=hunter2"
    shown = repr(load(SECRET_KEY=SECRET, DATABASE_URL=url))
    assert SECRET not in shown and "hunter2" not in shown and "rp_id='localhost'" in shown


def test_the_public_suffix_list_is_not_read_for_localhost() -> None:
    program = "import sys; from app.settings import Settings; Settings.from_environment()"
    program += "; print(*sys.modules)"
    assert "publicsuffixlist" not in run(program).stdout.split()


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}


def run(program: str) -> subprocess.CompletedProcess[str]:
    command, env = [sys.executable, "-c", program], clean_environment()
    return subprocess.run(command, env=env, cwd=ROOT, text=True, capture_output=True, check=True)


def test_a_given_secret_key_is_used_and_no_file_made(load: Load, tmp_path: Path) -> None:
    assert load_secret_key(load(SECRET_KEY=SECRET, DATA_DIR=str(tmp_path))) == SECRET.encode()
    assert not list(tmp_path.iterdir())


def test_the_secret_key_is_made_once_for_this_user_only(load: Load, tmp_path: Path) -> None:
    settings = load(DATA_DIR=str(tmp_path / "new"))
    key = load_secret_key(settings)
    assert len(key) == 43 and load_secret_key(settings) == key
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret_key"]
    paths = (settings.data_dir, settings.data_dir / "secret_key")
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o700, 0o600]


def test_processes_that_start_together_share_one_secret_key(tmp_path: Path) -> None:
    program = """if True:
        import os, sys, time
        from app.settings.secret_key import load_secret_key
        from app.settings import Settings
        settings = Settings.from_environment()
        open(sys.argv[1], "w").close()
        while not os.path.exists("go"): pass
        sys.stdout.write(load_secret_key(settings).decode())"""
    env = clean_environment() | {"PASSLINE_DATA_DIR": "data", "PYTHONPATH": str(ROOT)}
    commands = [[sys.executable, "-c", program, str(number)] for number in range(6)]
    processes = [
        subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE)
        for command in commands
    ]
    # Each shows by a file that it is ready, so that all of them race.
    while len(list(tmp_path.iterdir())) < 6:
        assert not any(process.poll() for process in processes)
        time.sleep(0.01)
    (tmp_path / "go").touch()
    keys = [process.communicate()[0] for process in processes]
    assert len(set(keys)) == 1 and len(keys[0]) == 43
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_the_loser_of_the_race_takes_the_winners_key(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(source: Path, target: Path) -> None:
        target.write_text(SECRET)
        raise FileExistsError

    monkeypatch.setattr(os, "link", lose)
    assert load_secret_key(load(DATA_DIR=str(tmp_path))) == SECRET.encode()


def test_an_open_secret_file_is_warned_about(
    load: Load, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "secret_key"
    path.write_text(SECRET + "\n")
    path.chmod(0o640)
    assert load_secret_key(load(DATA_DIR=str(tmp_path))) == SECRET.encode()
    assert caplog.messages == [f"{path} is open to other users; run: chmod 600 {path}"]


def test_a_weak_secret_file_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("hunter2")
    with pytest.raises(SettingsError, match="too short") as caught:
        load_secret_key(load(DATA_DIR=str(tmp_path)))
    assert "hunter2" not in str(caught.value)


def test_a_data_directory_that_cannot_be_made_is_refused_with_its_fix(
    load: Load, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    fix = "let this user write there, or set PASSLINE_SECRET_KEY"
    with pytest.raises(SettingsError, match=fix):
        load_secret_key(load(DATA_DIR=str(tmp_path / "file" / "data")))
