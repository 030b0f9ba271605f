"""Passline: passkey sign-in and MFA that people can host themselves."""

import sys
from pathlib import Path

from flask import Flask

from app import clerk, cli, log, zipline
from app.core.service import Service
from app.errors import AppError
from app.operations import housekeeping, rp_id_change
from app.settings import Settings, SettingsError
from app.storage import database
from app.web import error_handlers, headers, login, ops, request_log
from app.web.api_docs import docs
from app.web.bodies import LARGEST
from app.web.csrf import protect
from app.web.json_provider import OrjsonProvider
from app.web.pages import pages
from app.web.proxies import Forwarded


def create_app(settings: Settings | None = None, *, upgrade: bool | None = None) -> Flask:
    """Make the WSGI application, with its database upgraded, but for the `flask` commands: they see to it themselves.

    Without `settings` they come from the environment; wrong ones end the program with one message. The exit code is 3
    because gunicorn takes that, and no other, as a reason not to start the worker again.
    """
    try:
        return _create(
            settings or Settings.from_environment(),
            not cli.is_asked() if upgrade is None else upgrade,
        )
    except (SettingsError, AppError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(3) from error


def _create(settings: Settings, upgrade: bool) -> Flask:
    app = Flask(__name__, template_folder=_beside("templates"), static_folder=_beside("static"))
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.extensions["passline"] = Service.of(settings)
    log.configure(settings)
    _open_database(settings, upgrade)

    login.init_app(app)
    headers.init_app(app, settings)
    error_handlers.init_app(app)
    request_log.init_app(app, settings)
    app.before_request(protect)
    app.teardown_appcontext(lambda _: database.release())
    app.register_blueprint(pages)
    app.register_blueprint(docs)
    ops.init_app(app, settings)
    zipline.init_app(app)
    clerk.init_app(app, settings)
    cli.init_app(app)
    # Flask's own way to add middleware, which mypy takes for the replacement of a method.
    app.wsgi_app = Forwarded(app.wsgi_app, settings)  # type: ignore[method-assign]
    app.wsgi_app = housekeeping.Started(app)  # type: ignore[method-assign]
    return app


def _open_database(settings: Settings, upgrade: bool) -> None:
    try:
        database.bind(settings.database_url)
        if upgrade:
            database.upgrade()
            rp_id_change.check(settings)
    except database.DriverMissing as error:
        mend = "pip install 'passline[postgresql]', or '.[postgresql]' in a checkout"
        raise SettingsError([f"PASSLINE_DATABASE_URL: {error}; {mend}."]) from error
    except (OSError, *database.Unreachable) as error:
        reason = str(error).strip().splitlines()[0]
        mend = "start the database, or correct the URL and the permissions"
        raise SettingsError(
            [f"PASSLINE_DATABASE_URL: the database cannot be opened ({reason}); {mend}."]
        ) from error


def _beside(name: str) -> str:
    """Find a folder that is inside the installed package, and beside it in a checkout."""
    inside = Path(__file__).with_name(name)
    return str(inside if inside.is_dir() else inside.parent.with_name(name))
