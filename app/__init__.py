"""Passline: passkey sign-in and MFA that people can host themselves."""

import os
import sys
from pathlib import Path

from flask import Flask

from app import clerk, cli, log, pages, zipline
from app.core.context import Service
from app.errors import AppError
from app.openapi import views as openapi
from app.operations import (
    address,
    first_start,
    housekeeping,
    rp_id_change,
    second_factors,
    secret_key,
)
from app.settings import Settings, SettingsError
from app.storage import database
from app.web import (
    error_handlers,
    headers,
    identity,
    ops,
    password_requests,
    proxies,
    rate_limits,
    request_log,
)
from app.web.bodies import LARGEST
from app.web.csrf import protect
from app.web.json_provider import OrjsonProvider


class _Away(SettingsError):
    """PostgreSQL cannot be used, which may be over at a later start."""


def create_app(settings: Settings | None = None, *, upgrade: bool | None = None) -> Flask:
    """Return the WSGI application, with its database upgraded.

    The `flask` commands upgrade it and unlock the seal themselves. Without `settings`,
    the environment is read; wrong settings end the program with one message. The exit
    code is 3 because no other keeps gunicorn from starting the worker again, or 75
    (EX_TEMPFAIL) where PostgreSQL cannot be used: under systemd another start follows.
    """
    try:
        upgrade = not cli.is_asked() if upgrade is None else upgrade
        return _create(settings or Settings.from_environment(), upgrade)
    except (SettingsError, AppError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(os.EX_TEMPFAIL if isinstance(error, _Away) else 3) from error


def _create(settings: Settings, upgrade: bool) -> Flask:
    app = Flask(__name__, template_folder=_beside("templates"), static_folder=_beside("static"))
    app.json = OrjsonProvider(app)
    # werkzeug cuts a body without a length there, so that one byte more shows it.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST + 1
    service = app.extensions["passline"] = Service.of(settings)
    log.init_app(service)
    # Called by app/serving/config.py in each worker, with the number of its threads.
    app.extensions["passline.worker_started"] = [service.passwords.share]
    _open_database(service, upgrade)
    _install(app, service)
    return app


def _install(app: Flask, service: Service) -> None:
    """Add what answers requests: the plumbing, the edges, and the commands."""
    settings = service.settings
    identity.init_app(app)
    headers.init_app(app, settings)
    error_handlers.init_app(app)
    request_log.init_app(app, settings)
    app.before_request(protect)
    rate_limits.init_app(app, settings)
    app.teardown_appcontext(lambda _: database.release())
    ops.init_app(app, service)
    housekeeping.init_app(app, service)
    zipline.init_app(app)
    clerk.init_app(app, settings)
    pages.init_app(app)
    openapi.init_app(app)
    cli.init_app(app)
    password_requests.init_app(app, service)
    proxies.init_app(app, settings)  # last, so that all see what it makes of the request


def _open_database(service: Service, upgrade: bool) -> None:
    try:
        settings = service.settings
        direct, pooler = settings.database_direct_url, settings.database_pooler
        database.bind(settings.database_url, direct=direct, pooler=pooler)
        if upgrade:
            database.upgrade()
            rp_id_change.check(service.settings)
            secret_key.unlock(service)
            second_factors.tell_unreadable(service)
            address.remember(service.settings)
            first_start.announce(service.settings)
            database.serve()
    except database.DriverMissing as error:
        fix = "pip install 'psycopg[binary]', or '.[postgresql]' in a checkout"
        raise SettingsError([f"PASSLINE_DATABASE_URL: {error}; {fix}."]) from error
    except (OSError, *database.Unreachable) as error:
        reason = str(error).strip().splitlines()[0]
        fix = "start the database, put its file back, or correct the URL and the permissions"
        fault = f"the database cannot be opened ({reason}); {fix}."
        kind = SettingsError if settings.database_url.startswith("sqlite:") else _Away
        raise kind([f"PASSLINE_DATABASE_URL: {fault}"]) from error


def _beside(name: str) -> str:
    """Return the path of a folder: in the package, or beside it in a checkout."""
    inside = Path(__file__).with_name(name)
    return str(inside if inside.is_dir() else inside.parent.with_name(name))
