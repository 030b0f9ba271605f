"""Every error becomes an answer: in the dialect of its path, or as a page."""

import logging

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.clerk import errors as clerk_errors
from app.errors import AppError, SessionInvalid, Unavailable
from app.storage import database
from app.web.pages import error_page
from app.zipline import errors as zipline_errors

logger = logging.getLogger("passline")


def init_app(app: Flask) -> None:
    """Answer every exception of `app`."""
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> BaseResponse | tuple[str, int]:
    if isinstance(error, database.Unreachable):
        error = Unavailable(cause=str(error))
    if database.owner_is_gone(error):
        error = SessionInvalid(cause="the account was deleted meanwhile")
    if isinstance(error, HTTPException) and (error.code or 500) < 400:
        return error.get_response()  # the router's redirects are raised as well
    if not isinstance(error, AppError | HTTPException):
        logger.error("unexpected error", exc_info=error)
        error = AppError()
    elif isinstance(error, AppError) and error.cause:
        logger.log(_level(error), "refused: %s", error.code, extra={"cause": error.cause})
    g.error = error  # for the metrics
    return spell(error)


def _level(error: AppError) -> int:
    return logging.ERROR if error.status >= 500 else logging.INFO


def spell(error: AppError | HTTPException) -> Response | tuple[str, int]:
    """Decision 8: the dialect follows from the path, since unmatched routes belong to no blueprint."""
    if request.path.startswith("/api/") or request.path == "/api":
        return zipline_errors.answer(error)
    if request.path.startswith(("/v1/", "/.well-known/")) or request.path == "/v1":
        return clerk_errors.answer(error)
    if isinstance(error, AppError):
        return error_page(error.status, error.sentence)
    return error_page(error.code or 500, error.description or "")
