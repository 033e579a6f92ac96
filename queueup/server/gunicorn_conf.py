"""The settings of gunicorn, given to it as a file.

python -m gunicorn -c queueup/server/gunicorn_conf.py 'app:web()'

gevent must patch the standard library before anything of ours is imported, or the first HTTPS
request of a view recurses for ever; that is why this is not given as a module of the package.
"""

import contextlib
import gc
import importlib
import os
import resource
import sys
from pathlib import Path
from typing import Any

from gevent import monkey

if "queueup" in sys.modules:
    raise RuntimeError("Give gunicorn this file by its path: -c queueup/server/gunicorn_conf.py.")
monkey.patch_all()

from gunicorn.arbiter import Arbiter  # noqa: E402
from gunicorn.config import Config  # noqa: E402
from gunicorn.glogging import Logger  # noqa: E402
from gunicorn.workers.base import Worker  # noqa: E402
from prometheus_client.multiprocess import mark_process_dead  # noqa: E402

from queueup import log_config  # noqa: E402
from queueup.config import WEB_GRACE_S, read_settings  # noqa: E402
from queueup.server.gunicorn_worker import DirectClientWorker, SlowClientWorker  # noqa: E402

_settings = read_settings(os.environ)
log_config.configure(_settings.log_level, _settings.log_format == "JSON")
_metrics = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
_ready = os.environ.get("WEB_READY_FD")


class OurLogger(Logger):  # type: ignore[misc]
    """Formats gunicorn's own log lines as all others."""

    def setup(self, cfg: Config) -> None:
        """Pass the lines on, except at DEBUG.

        There gunicorn logs the path of every request, and parts of incomplete ones.
        """
        self.error_log.propagate = True
        self.error_log.setLevel("INFO" if _settings.log_level == "DEBUG" else _settings.log_level)

    def warning(self, msg: str, *args: object, **options: Any) -> None:
        """Log a warning; for an invalid request, without its sender's address and its content."""
        if msg.startswith("Invalid request"):
            msg, args = "rejected an invalid request", ()
        super().warning(msg, *args, **options)

    def exception(self, msg: str, *args: object, **options: Any) -> None:
        """Log an exception with its traceback, without the URL."""
        if msg.startswith("Error handling request"):
            msg, args = "a request failed before it reached the app", ()
        super().exception(msg, *args, **options)


_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
logger_class = OurLogger
worker_class = SlowClientWorker if _settings.trusted_proxies else DirectClientWorker
workers = _settings.web_processes
# Idle sockets count too: at the default of 1,000 they would block every page.
worker_connections = 4000
# Each is an open file, and shells allow a program no more than 1,024.
_files, (_now, _most) = worker_connections + 1000, resource.getrlimit(resource.RLIMIT_NOFILE)
if _most != resource.RLIM_INFINITY:
    _files = min(_files, _most)
if _now != resource.RLIM_INFINITY and _now < _files:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _most))
# A proxy keeps few connections and reuses them; see DirectClientWorker for clients without one.
keepalive = 75
graceful_timeout = WEB_GRACE_S
control_socket_disable = True
# Browsers send some twenty, proxies add a few; the largest has the cookies of many lines. All
# together are bounded in gunicorn_worker.py.
limit_request_fields = 60
# More than the cookies of any browser: it must reach a page that deletes some.
limit_request_field_size = 16_380
limit_request_line = 4094
# No header decides what only configuration may decide. gunicorn trusts proxies on this machine with
# the scheme and with our path (SCRIPT_NAME); ProxyFix reads what TRUSTED_PROXIES allows. Names with
# an underscore are refused: they arrive as the same key as those with a hyphen.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
header_map = "refuse"


def post_worker_init(worker: Worker) -> None:
    """Let this web process measure its load, and close legacy clients' sockets when it stops."""
    from queueup.server.accept_queue import accept_queue_length
    from queueup.web.legacy_sockets import routes
    from queueup.web.middleware import load_shedding

    routes.close_at_stop(worker.wsgi, lambda: worker.alive)
    shed: load_shedding.LoadSheddingMiddleware | None = worker.wsgi.extensions.get(
        load_shedding.EXTENSION
    )
    if shed is not None:  # the benchmarks serve apps without load shedding
        shed.watch(lambda: sum(accept_queue_length(listener) for listener in worker.sockets))
    if _ready:
        # After the reload nobody reads from the pipe any more.
        with contextlib.suppress(OSError):
            os.write(int(_ready), b".")


def on_starting(server: Arbiter) -> None:
    """Load what every web process needs once, before it is forked: they start sooner and share it.

    And remove the processes of a killed web server from the gauges of live processes.
    """
    importlib.import_module("queueup.web")
    # A collection writes to each object that it looks at, and so copies what is shared.
    gc.collect()
    gc.freeze()
    if _metrics:
        for path in Path(_metrics).glob("gauge_live*.db"):
            # During a reload, the processes of the old web server still count.
            if not Path(f"/proc/{path.stem.rpartition('_')[2]}").exists():
                path.unlink(missing_ok=True)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Remove a process that has exited from the gauges of live processes."""
    if _metrics:
        mark_process_dead(worker.pid)
