"""The names of gunicorn that our worker uses although no document promises them."""

import importlib

_WORKER, _CONNECTION = "gunicorn.workers.gthread.ThreadWorker", "gunicorn.workers.gthread.TConn"
_READER = "gunicorn.http.unreader.Unreader"
# Methods that are overridden or called, and attributes that are read or set.
METHODS: dict[str, tuple[str, ...]] = {
    _WORKER: (
        *("enqueue_req", "finish_request", "handle", "handle_quit", "murder_pending"),
        *("check_config", "on_client_socket_readable", "set_accept_enabled"),
        "wait_for_and_dispatch_events",
    ),
    _CONNECTION: ("init", "close"),
    _READER: ("take_buffered", "unread"),
}
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    _WORKER: (
        *("keepalived_conns", "method_queue", "nr_conns", "poller", "tpool"),
        "worker_connections",
    ),
    _CONNECTION: ("client", "data_ready", "initialized", "parser", "sock"),
}
PLAIN_THREADS = 32


def lacking() -> list[str]:
    """Return the names that this version of gunicorn lacks; our worker needs all."""
    return [*_missing(METHODS, in_init=False), *_missing(ATTRIBUTES, in_init=True)]


def _missing(names: dict[str, tuple[str, ...]], *, in_init: bool) -> list[str]:
    found = []
    for dotted, wanted in names.items():
        module, _, owner = dotted.rpartition(".")
        try:
            kind = getattr(importlib.import_module(module), owner)
        except (ImportError, AttributeError):
            found.append(owner)
            continue
        known = kind.__init__.__code__.co_names if in_init else dir(kind)
        found += [f"{owner}.{name}" for name in wanted if name not in known]
    return found


def worker(lacks: list[str]) -> tuple[str, int]:
    """Return the class of the worker, and the number of its threads."""
    return ("gthread", PLAIN_THREADS) if lacks else ("app.serving.worker.Worker", 4)


def warning(lacks: list[str]) -> str:
    """Return what the fallback to plain gthread costs."""
    return (
        f"This version of gunicorn lacks {', '.join(lacks)}, so Passline runs its plain threaded"
        f" worker, with {PLAIN_THREADS} threads: it takes more memory, and {PLAIN_THREADS} clients"
        " that send slowly stop it for everyone. Install gunicorn>=27.0.1,<28."
    )
