"""gunicorn's settings.

A checkout uses them through gunicorn.conf.py, an installation by
`gunicorn -c python:app.serving.config`.
"""

import contextlib
import ctypes
import gc
import os
import resource
import shutil
import tempfile
from typing import Any

from app.serving import compatibility
from app.serving.surroundings import find_temporary_folder, setting

bind = os.environ.get("PASSLINE_BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))

# Worker classes differ by less than 10% in CPU; threads are the fairest. More than four
# only lengthen the tail. Ours is gthread, but a request gets a thread once it has
# arrived: otherwise four slow clients would stop all others.
_lacks = compatibility.lacking()
worker_class, threads = compatibility.worker(_lacks)
keepalive = 30
# A connection takes an open file. With too many, the longest-idle one is closed.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if _soft < _hard:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))
worker_connections = (
    20_000 if _hard == resource.RLIM_INFINITY else max(64, min(_hard - 256, 20_000))
)
# Seconds for requests to finish after SIGTERM; deploy/passline.service waits longer.
graceful_timeout = 30

# Load, then fork: wrong settings are refused before it listens; workers share memory.
preload_app = True

# It would send files in the threads, and wait for their readers there.
sendfile = False
accesslog = None
if setting("LOG_FORMAT", "text") == "json":
    logger_class = "app.serving.log.JsonLogger"

# Only PASSLINE_TRUSTED_PROXIES decides about forwarded headers (app/web/proxies.py).
# gunicorn believes the peers of a unix socket, whatever the first of these says.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# It would be created in the home folder, where a second instance would share it.
control_socket_disable = True

find_temporary_folder()
# Workers share metrics through files. prometheus_client looks for their folder when it
# is imported, with the app.
if setting("METRICS", "off").lower() not in ("off", "false", "no", "0"):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="passline-metrics-")


_M_MMAP_THRESHOLD = -3  # glibc's malloc.h


def _give_back_what_passwords_took() -> None:
    """Let glibc unmap the 19 MiB that Argon2 frees each time.

    By default it keeps them for the next password, in one heap per thread.
    """
    # Another libc has no mallopt, and other defaults.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


_give_back_what_passwords_took()


def on_starting(server: Any) -> None:
    """Warn when our worker cannot run on this version of gunicorn."""
    if _lacks:
        server.log.warning(compatibility.warning(_lacks))


def post_worker_init(worker: Any) -> None:
    """Notify the app that its worker has started, and the worker what is held back."""
    extensions = getattr(worker.wsgi, "extensions", {})
    for started in extensions.get("passline.worker_started", ()):
        started(worker.cfg.threads)
    if "passline.held_back" in extensions and hasattr(worker, "hold_back"):
        worker.hold_back(*extensions["passline.held_back"]())


def child_exit(_: Any, worker: Any) -> None:
    """Remove a worker that ended from the gauges; its counters stay."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_: Any) -> None:
    """Remove the folder of the metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def when_ready(_: Any) -> None:
    """Exclude loaded objects from garbage collection, which would copy shared pages."""
    gc.collect()
    gc.freeze()
