"""A clock that all processes of a program go by, and that a test turns forward."""

from pathlib import Path

# Python imports a module of this name before anything else, so every process of the program has it.
# RQ reads the true time by other means. It is never behind ours, so that no job waits for it.
TURNED_CLOCK = """
import pathlib, time
true_time, true_time_ns = time.time, time.time_ns
file, known = pathlib.Path(__file__).with_name("behind"), [0.0, 0]
def behind_s():
    if time.monotonic() - known[0] > 0.05:
        known[:] = [time.monotonic(), int(file.read_text())]
    return known[1]
time.time = lambda: true_time() - behind_s()
time.time_ns = lambda: true_time_ns() - behind_s() * 1_000_000_000
"""


class Clock:
    """How far (s) the program's clock is behind the true one, in a folder for `PYTHONPATH`."""

    def __init__(self, folder: Path, behind_s: int) -> None:
        self._folder = folder
        self._behind_s = behind_s
        folder.mkdir()
        self._write()
        (folder / "sitecustomize.py").write_text(TURNED_CLOCK)

    def forward(self, minutes: int) -> None:
        """Turn the clock forward, never beyond the true time."""
        self._behind_s -= minutes * 60
        assert self._behind_s >= 0
        self._write()

    def _write(self) -> None:
        # In one step: processes read it at any moment.
        written = self._folder / "written"
        written.write_text(str(self._behind_s))
        written.replace(self._folder / "behind")
