"""What the documentation says of the pages, of what operators ask, and of itself."""

from functools import partial

from app import errors
from app.openapi import shapes
from app.openapi.operation import Answered, Operation, Parameter, gives, parameter
from app.openapi.shapes import described, one_of

PREFIX = ""
TAG = {
    "name": "Service",
    "description": "The pages for people, the routes for operators, and this document.",
}
SECURITY: list[dict[str, list[str]]] = [{"session": []}]

shape = partial(shapes.shape, "Service")
_Healthy = shape("Healthy", status=one_of("ok"))
_Ready = shape("Ready", status=one_of("ready"))
_Reasons = described(["The database cannot be reached."], "For people.")
_NotReady = shape("NotReady", status=one_of("unavailable"), reasons=_Reasons)
_Document = shape(
    "Document",
    openapi="3.1.0",
    info={"title": "Passline", "version": "0.1.0"},
    servers=[shape("Server", url="/")],
    tags=[shape("Tag", name="Zipline", description="The JSON API that Zipline's clients speak.")],
    paths={},
    components={},
)

_HTML = ("text/html",)
PAGE = '<!doctype html>\n<html lang="en"><title>{title}</title>…'


def _page(title: str) -> dict[int, Answered]:
    return {200: Answered(media_types=_HTML, text=PAGE.format(title=title))}


def _leads(to: str, words: str = "") -> dict[int, Answered]:
    text = (
        f'<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<a href="{to}">{to}</a>'
    )
    return {302: Answered(None, words, _HTML, text, headers={"Location": f"`{to}`, for example."})}


_NEXT: Parameter = parameter(
    "next", "query", "A path of this service to go to after the sign-in.", "/passkeys"
)
_INVITE: Parameter = parameter("invite", "query", "An invite code.", "mR3jv0yWq8XkTz5bN1cL7d")
_PROMETHEUS = ("text/plain", "application/openmetrics-text")
_METRICS = (
    "# HELP passline_http_requests_total Requests answered.\n"
    'passline_http_requests_total{method="GET",route="/api/user",status="200"} 42.0\n'
)

OPERATIONS: dict[str, Operation] = {
    "pages.home": Operation(answers=_leads("/login")),
    "pages.login": Operation(
        answers=_page("Sign in · Passline")
        | _leads("/passkeys", "Signed in already, or nobody has an account yet."),
        parameters=(_NEXT,),
    ),
    "pages.register": Operation(
        answers=_page("Create your account · Passline")
        | _leads("/setup", "Nobody has an account yet."),
        parameters=(_INVITE,),
        raises=(errors.RegistrationClosed,),
    ),
    "pages.setup": Operation(
        answers=_page("Set up Passline") | _leads("/login", "There is an account already.")
    ),
    "pages.passkeys": Operation(
        answers=_page("Your passkeys · Passline")
        | _leads("/login?next=/passkeys", "Nobody is signed in.")
    ),
    "ops.health": Operation(answers=gives(_Healthy), uses_database=False),
    "ops.ready": Operation(
        answers=gives(_Ready) | {503: Answered(_NotReady(), "Requests would fail.")},
        uses_database=False,
    ),
    "metrics": Operation(
        answers={
            200: Answered(
                None,
                "In the format that `Accept` asks for.",
                ("text/plain", "application/openmetrics-text"),
                _METRICS,
            ),
            404: Answered(
                None, "To whom PASSLINE_METRICS does not admit.", _HTML, PAGE.format(title="…")
            ),
        },
        uses_database=False,
    ),
    "docs.openapi": Operation(answers=gives(_Document), uses_database=False),
    "docs.page": Operation(answers=_page("API · Passline"), uses_database=False),
}
