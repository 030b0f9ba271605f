"""gunicorn's settings, in a checkout by gunicorn.conf.py, installed by gunicorn -c python:app.serving.config."""

import contextlib
import ctypes
import gc
import os
import resource
import shutil
import tempfile
from typing import Any

bind = os.environ.get("PASSLINE_BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))

# Worker classes differ by less than 10% in CPU; threads are the fair ones. More than four only lengthen the tail.
# Ours is gthread, but a request gets a thread when it is there: else four who send slowly would stop all others.
worker_class = "app.serving.worker.Worker"
threads = 4
keepalive = 30
# A connection takes an open file. When there are too many, whoever has been idle the longest has to go.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if _soft < _hard:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))
worker_connections = (
    20_000 if _hard == resource.RLIM_INFINITY else max(64, min(_hard - 256, 20_000))
)
# After SIGTERM, requests that run have so long to finish; deploy/passline.service waits longer.
graceful_timeout = 30

# Load once, then fork: settings are refused before a socket is bound, and workers share memory.
preload_app = True

accesslog = None
# Forwarded headers are believed by PASSLINE_TRUSTED_PROXIES alone (app/web/proxies.py).
forwarded_allow_ips = ""
# It would be made under the home folder, where a second instance shares it.
control_socket_disable = True

# The workers' metrics meet in files; prometheus_client looks for the folder when it is loaded, with the app.
_metrics = os.environ.get("PASSLINE_METRICS") or os.environ.get("PASSLINE_METRICS_FILE") or "off"
if _metrics.lower() not in ("off", "false", "no", "0"):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="passline-metrics-")


_M_MMAP_THRESHOLD = -3  # glibc's malloc.h


def _give_back_what_passwords_took() -> None:
    """Let glibc unmap each 19 MiB that Argon2 frees; by itself it would keep them for the next, a heap a thread."""
    with contextlib.suppress(
        AttributeError, OSError
    ):  # another libc has no mallopt, and another habit
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


_give_back_what_passwords_took()


def child_exit(_: Any, worker: Any) -> None:
    """Take what a worker that ended was busy with out of the gauges; what it counted stays."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_: Any) -> None:
    """Remove the folder of the metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def when_ready(_: Any) -> None:
    """Leave what is loaded out of garbage collection, so that collecting does not copy the shared pages."""
    gc.collect()
    gc.freeze()
