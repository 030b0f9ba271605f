"""Report the outcome of every ceremony to listeners such as the metrics."""

import contextlib
from collections.abc import Iterator

from blinker import Signal

from app.core.context import Context
from app.errors import AppError

# Sent by the `Service`, with `ceremony` and `reason`: the error's code, or "".
ceremony_ended = Signal()


@contextlib.contextmanager
def reported(ceremony: str, context: Context) -> Iterator[None]:
    """Send `ceremony_ended` when the block ends, with or without an error."""
    reason = AppError.code
    try:
        yield
        reason = ""
    except AppError as error:
        reason = error.code
        raise
    finally:
        ceremony_ended.send(context.service, ceremony=ceremony, reason=reason)
