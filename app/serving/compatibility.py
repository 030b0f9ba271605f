"""The undocumented names of gunicorn that our worker depends on."""

from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn, ThreadWorker

# Methods that are overridden or called, and attributes that are read or set.
METHODS: dict[type, tuple[str, ...]] = {
    ThreadWorker: (
        *("enqueue_req", "finish_request", "handle_quit", "murder_pending"),
        *("on_client_socket_readable", "_keepalive_after"),
    ),
    TConn: ("init", "close"),
    Unreader: ("take_buffered", "unread"),
}
ATTRIBUTES: dict[type, tuple[str, ...]] = {
    ThreadWorker: ("keepalived_conns", "nr_conns", "poller"),
    TConn: ("data_ready", "initialized", "parser", "sock", "timeout"),
}
PLAIN_THREADS = 32


def lacking() -> list[str]:
    """Return the names that our worker needs and this version of gunicorn lacks."""
    methods = [(kind, name) for kind, names in METHODS.items() for name in names]
    attributes = [(kind, name) for kind, names in ATTRIBUTES.items() for name in names]
    return [
        *(f"{kind.__name__}.{name}" for kind, name in methods if not hasattr(kind, name)),
        *(
            f"{kind.__name__}.{name}"
            for kind, name in attributes
            if name not in kind.__init__.__code__.co_names  # type: ignore[misc]  # a function
        ),
    ]


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
