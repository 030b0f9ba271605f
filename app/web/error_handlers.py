"""Turn every error into an answer, as the edge of its path spells it."""

import logging

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.errors import AppError, InvalidInput, SessionInvalid, Unavailable
from app.storage import database
from app.web import edges
from app.web.json_provider import json_answer

logger = logging.getLogger("passline")
_LONGEST_CAUSE = 500  # characters in the log; clients choose what some causes quote


def init_app(app: Flask) -> None:
    """Handle every exception of `app`."""
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> BaseResponse:
    if isinstance(error, database.Unreachable):
        error = Unavailable(cause=str(error))
    if database.owner_is_gone(error):
        error = SessionInvalid(cause="the account was deleted meanwhile")
    if isinstance(error, HTTPException) and (error.code or 500) < 400:
        return error.get_response()  # the router raises its redirects
    if not isinstance(error, AppError | HTTPException):
        logger.error("unexpected error", exc_info=error)
        error = AppError()
    elif isinstance(error, AppError) and error.cause:
        logger.log(
            _level(error), "refused: %s", error.code, extra={"cause": error.cause[:_LONGEST_CAUSE]}
        )
    g.error = error  # for the metrics
    return spell(error)


def _level(error: AppError) -> int:
    return logging.ERROR if error.status >= 500 else logging.INFO


def spell(error: AppError | HTTPException) -> BaseResponse:
    """Return the answer to an error, as spelled by the edge of this request's path."""
    edge = edges.of_path(request.path)
    response = (edge.spell if edge else plain)(error)
    response.headers.extend(_headers(error))
    return response


def _headers(error: AppError | HTTPException) -> list[tuple[str, str]]:
    """Return the headers of an error, which every edge sends."""
    if isinstance(error, HTTPException):
        return [(name, value) for name, value in error.get_headers() if name == "Allow"]
    return [("Retry-After", str(error.retry_after))] if error.retry_after else []


def plain(error: AppError | HTTPException) -> Response:
    """Return the answer to an error of a path that belongs to no edge."""
    return json_answer(words(error), status=status(error))


def words(error: AppError | HTTPException) -> dict[str, object]:
    """Return an error in our own words: {error: code, message, fields?}."""
    if isinstance(error, HTTPException):
        word = error.name.lower().replace(" ", "_")
        return {"error": word, "message": error.description}
    if isinstance(error, InvalidInput):
        return {"error": error.code, "message": str(error), "fields": error.fields}
    return {"error": error.code, "message": error.sentence}


def status(error: AppError | HTTPException) -> int:
    """Return the status of the answer to an error."""
    return (error.code or 500) if isinstance(error, HTTPException) else error.status
