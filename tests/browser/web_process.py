"""One web process of a source tree, which tests stop and start as an operator would."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from queueup import static_files
from tests.support.ports import free_port
from tests.support.running_service import ROOT, eventually

SERVE = """
import sys
from werkzeug.serving import run_simple
from app import web
run_simple("127.0.0.1", int(sys.argv[1]), web(), threaded=True)
"""


class WebProcess:
    """Keeps its port from start to start; `root` is the release that it runs."""

    def __init__(self, env: dict[str, str], root: Path = ROOT) -> None:
        self.root = root
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._env = {"PATH": os.environ["PATH"], **env}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "WebProcess":
        """Start it, and wait until it answers."""
        # As the supervisor does before it starts one, or pages would come with yesterday's styles.
        static_files.compress(self.root / "static")
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self._port)],
            cwd=self.root,
            env=self._env,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers)
        return self

    def stop(self) -> None:
        """Stop it; stopping twice changes nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(60)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "The web process has ended."
        try:
            with urlopen(f"{self.url}/sw.js", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
