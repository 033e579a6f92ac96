"""A PostgreSQL server of the tests' own, which they may stop and start."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
MISSING = "PostgreSQL is missing: apt-get install postgresql, or set TEST_DATABASE_URL."
READY_S = 60
# The server refuses to run as root.
USER = "postgres" if os.geteuid() == 0 else None


class Server:
    """A server on a private socket, without the syncing that real data needs."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="queueup-postgresql-"))
        self._process: subprocess.Popen[bytes] | None = None
        if USER:
            shutil.chown(self.folder, USER)
        self._run("initdb", "-D", "data", "-U", "queueup", "-A", "trust", "--no-sync").wait()
        self.start()

    @property
    def url(self) -> str:
        """Return where the server listens."""
        return f"postgresql+psycopg://queueup@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start the server and wait for its first answer."""
        quick = (
            "-c",
            "fsync=off",
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self.folder}",
        )
        self._process = self._run("postgres", "-D", "data", *quick)
        started = time.monotonic()
        while True:
            try:
                psycopg.connect(host=str(self.folder), user="queueup", dbname="postgres").close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() - started > READY_S:
                    pytest.fail(f"PostgreSQL did not start:\n{self._log()}")
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop the server at once; clients lose their connections."""
        if self._process:
            self._process.send_signal(2)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop the server for good."""
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        found = shutil.which(program, path=os.pathsep.join([*map(str, PLACES), os.environ["PATH"]]))
        if found is None:
            pytest.fail(MISSING)
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                [found, *arguments],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                user=USER,
                group=USER,
                extra_groups=[] if USER else None,
                start_new_session=True,
            )

    def _log(self) -> str:
        return (self.folder / "log").read_text()[-2000:]
