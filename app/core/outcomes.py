"""Report the outcome of ceremonies and proofs to listeners such as the metrics."""

import contextlib
from collections.abc import Iterator
from typing import Any

from blinker import Signal

from app.core.context import Context
from app.errors import AppError

# Sent by the `Service`, with `ceremony` and `reason`: the error's code, or "".
ceremony_ended = Signal()

# Sent by the `Service`, with `act` (a second step, a step-up or a recovery), `way` and
# `reason`.
proof_judged = Signal()


def reported(ceremony: str, context: Context) -> contextlib.AbstractContextManager[None]:
    """Send `ceremony_ended` when the block ends, with or without an error."""
    return _sent(ceremony_ended, context, ceremony=ceremony)


def judging(act: str, way: str, context: Context) -> contextlib.AbstractContextManager[None]:
    """Send `proof_judged` when the block ends, with or without an error."""
    return _sent(proof_judged, context, act=act, way=way)


@contextlib.contextmanager
def _sent(signal: Signal, context: Context, **about: Any) -> Iterator[None]:
    reason = AppError.code
    try:
        yield
        reason = ""
    except AppError as error:
        reason = error.code
        raise
    finally:
        signal.send(context.service, reason=reason, **about)
