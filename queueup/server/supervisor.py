"""The supervisor: runs Redis, web server, workers and scheduler, and restarts what exits.

The order matters: Redis starts first and stops last, so that no write is lost. SIGUSR2 reloads the
web server and the workers gracefully.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from redis.exceptions import RedisError

from queueup import log_config, metrics, static_files, time_zones
from queueup.config import WEB_GRACE_S, Settings, read_settings
from queueup.errors import OperatorError
from queueup.jobs import processes
from queueup.redis_url import without_password
from queueup.storage import server_check
from queueup.storage.redis_client import connect
from queueup.vapid import check_signing

from . import aof_repair, disk_space, embedded_redis, lockfile, process, stdio
from .automatic_backup import AutomaticBackup
from .graceful_reload import GracefulReload
from .listener import announcement, answers, listen
from .process import ManagedProcess

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
CHECK_EVERY_S = 0.1
# Longer than the web server's grace period and than most jobs; a killed job is retried.
STOP_S = WEB_GRACE_S + 5
# When stopping, unlike when reloading, idle connections are not waited for.
IDLE_GRACE_S = 5


def main() -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code."""
    stopping = threading.Event()
    killing = threading.Event()
    reloading = threading.Event()

    def stop(*_: object) -> None:
        if stopping.is_set():
            killing.set()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    signal.signal(signal.SIGUSR2, lambda *_: reloading.set())
    try:
        settings = read_settings(os.environ)
        log_config.configure(settings.log_level, settings.log_format == "JSON", stdio.errors)
        check_signing(settings.vapid_private, settings.vapid_subject)
        _Service(settings, stopping, killing, reloading).run()
    except OperatorError as error:
        stdio.show_error(str(error))
        return error.exit_code
    finally:
        stdio.finish()
    return 0


class _Service:
    """All processes of one running program."""

    def __init__(
        self,
        settings: Settings,
        stopping: threading.Event,
        killing: threading.Event,
        reloading: threading.Event,
    ) -> None:
        self._settings = settings
        self._stopping = stopping
        self._killing = killing
        self._reloading = reloading
        self._backup = AutomaticBackup(settings)
        self._env = {
            **os.environ,
            "QUEUEUP_DATA": str(settings.data),
            "REDIS_URL": settings.redis_url,
            "PYTHONUNBUFFERED": "1",
        }

    def run(self) -> None:
        """Run until SIGTERM. Raises OperatorError."""
        with lockfile.acquire_lock(self._settings.data) as lock:
            host, port = self._settings.host, self._settings.port
            with listen(host, port) as listener:
                folder = metrics.make_multiprocess_folder(self._settings.data)
                self._env["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
                try:
                    static_files.compress(ROOT / "static")
                    self._run_children(lock, listener)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)

    def _run_children(self, lock: IO[str], listener: socket.socket) -> None:
        redis = self._start_redis(lock)
        log.info("time zone database: %s", time_zones.use_newest())
        for sentence in time_zones.warnings():
            log.warning(sentence)
        web = GracefulReload(
            ManagedProcess("web", lambda: self._launch_web(lock, listener)),
            lambda ready: self._launch_web(lock, listener, ready),
            self._settings.web_processes,
        )
        background = [self._background(name) for name in processes.NAMES]
        try:
            self._watch(web, background, redis)
        finally:
            listener.close()
            self._stop(web.children, background)
            if redis is not None and redis.process is not None:
                embedded_redis.stop(redis.process)
                redis.kill_group()

    def _watch(
        self, web: GracefulReload, background: list[ManagedProcess], redis: ManagedProcess | None
    ) -> None:
        is_ready = False
        space = disk_space.DiskSpaceMonitor(self._settings.data)
        while not self._stopping.is_set():
            if not is_ready and web.web.process is not None:
                if not web.web.is_alive:
                    raise OperatorError("The web server did not start: see its last log lines.")
                is_ready = answers(self._settings.host, self._settings.port)
                if is_ready:
                    stdio.show(announcement(self._settings.host, self._settings.port))
            if redis is not None:
                redis.restart_if_exited()
            if is_ready and self._reloading.is_set():
                self._reloading.clear()
                static_files.compress(ROOT / "static")
                web.begin()
            if web.poll():
                # They finish their current jobs and exit; they are restarted below.
                for child in background:
                    child.terminate()
            for child in background:
                child.restart_if_exited()
            space.check()
            self._backup.delete_in_time()
            self._stopping.wait(CHECK_EVERY_S)

    def _stop(self, web: list[ManagedProcess], background: list[ManagedProcess]) -> None:
        children = [*web, *background]
        for child in children:
            child.terminate()
        started = time.monotonic()
        is_quiet = False
        while any(child.is_alive for child in children) and time.monotonic() < started + STOP_S:
            if self._killing.wait(CHECK_EVERY_S):
                break
            if not is_quiet and time.monotonic() > started + IDLE_GRACE_S:
                is_quiet = True
                for child in web:
                    child.quit()
        for child in children:
            child.kill_group()

    def _start_redis(self, lock: IO[str]) -> ManagedProcess | None:
        settings = self._settings
        if not settings.embedded_redis:
            _check_redis(settings)
            return None
        child = ManagedProcess("redis", lambda: self._launch_redis(lock))
        try:
            self._try_redis(child)
        except OperatorError:
            cut = aof_repair.truncate_damaged_tail(settings.data)
            if not cut:
                raise
            log.error(
                "Truncated %d bytes of garbage at the end of the Redis AOF (power failure?)", cut
            )
            self._try_redis(child)
        return child

    def _launch_redis(self, lock: IO[str]) -> subprocess.Popen[bytes]:
        # Not only at the start: a newer server may have been installed since.
        self._backup.make_if_needed()
        return embedded_redis.start(
            self._settings.data, subprocess.PIPE, (lock.fileno(),), process.die_with_parent()
        )

    def _try_redis(self, child: ManagedProcess) -> None:
        child.start()
        try:
            if child.process is not None:
                embedded_redis.wait_until_ready(child.process, self._settings.redis_url)
        except OperatorError:
            child.kill_group()
            raise

    def _launch_web(
        self, lock: IO[str], listener: socket.socket, ready: int | None = None
    ) -> subprocess.Popen[bytes]:
        configuration = str(ROOT / "queueup" / "server" / "gunicorn_conf.py")
        bind = f"fd://{listener.fileno()}"
        env = self._env if ready is None else self._env | {"WEB_READY_FD": str(ready)}
        inherited = () if ready is None else (ready,)
        return process.spawn(
            [sys.executable, "-m", "gunicorn", "-c", configuration, "-b", bind, "app:web()"],
            env,
            (lock.fileno(), listener.fileno(), *inherited),
        )

    def _background(self, name: str) -> ManagedProcess:
        command = [sys.executable, str(ROOT / "worker.py"), name]
        return ManagedProcess(name, lambda: process.spawn(command, self._env))


def _check_redis(settings: Settings) -> None:
    redis = connect(settings.redis_url, connections=1)
    try:
        redis.ping()
        for sentence in server_check.complaints(redis, settings.replicas):
            log.warning(sentence)
    except RedisError as error:
        where = without_password(settings.redis_url)
        raise OperatorError(f"REDIS_URL: {where} cannot be reached: {error}.") from error
    finally:
        redis.close()
