"""Nobody has to read what the program says: it goes on, and says later what is missing."""

import fcntl
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest
import requests

from queueup.server import stdio
from tests.support.running_service import ROOT, Service, eventually

HANGS_S = 60
CLIENTS = 4
SMALL = 4096
LEFT_OUT = re.compile(r"QueueUp dropped (\d+) log lines: the output was blocked\.")
WHOLE = re.compile(r"web       \| .* request=\w+ method=GET route=unknown status=404 ms=[\d.]+")


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[Service]:
    """A service whose output nobody reads, into which little fits."""
    service = Service(tmp_path / "data").launch(is_read=False)
    held = output_of(service)
    fcntl.fcntl(held, fcntl.F_SETPIPE_SZ, SMALL)
    eventually(is_healthy, service)
    yield service
    if not held.closed:
        service.read()
    service.stop()


def output_of(service: Service) -> IO[str]:
    """Return the end of the pipe that is to be read."""
    assert service.process is not None
    assert service.process.stdout is not None
    return service.process.stdout


@pytest.mark.long
def test_a_service_whose_output_nobody_reads_goes_on(unread: Service) -> None:
    times = (stdio.LINES + 400) // CLIENTS
    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(ask, unread, times) for _ in range(CLIENTS)]
        assert [one.result() for one in asked] == [times] * CLIENTS
    assert is_healthy(unread)
    # Its own lines do not hold it up either.
    before = unread.kill("later")
    eventually(lambda: unread.pid("later") != before)
    unread.read()
    said = LEFT_OUT.fullmatch(unread.wait_for_line("QueueUp dropped"))
    assert said is not None
    assert int(said[1]) > 0
    assert unread.stop() == 0
    of_requests = [line for line in unread.lines if "route=unknown" in line]
    assert [line for line in of_requests if not WHOLE.fullmatch(line)] == []
    assert len(of_requests) < CLIENTS * times
    assert sum(bool(LEFT_OUT.fullmatch(line)) for line in unread.lines) == 1
    assert "bye bye" in unread.lines[-1], "nothing is left out any more"


def test_a_service_that_nobody_reads_stops_all_the_same(unread: Service) -> None:
    assert ask(unread, 100) == 100
    assert unread.stop() == 0
    unread.read()
    # As much as the pipe took, and no half of a line.
    eventually(lambda: output_of(unread).closed)
    assert unread.lines
    assert all(
        re.fullmatch(r"\w+ +\| .*|QueueUp is .*|\S+ \S+ INFO .*", line) for line in unread.lines
    )


def test_a_service_whose_reader_has_gone_goes_on(unread: Service) -> None:
    output_of(unread).close()
    assert ask(unread, 100) == 100
    before = unread.kill("later")
    eventually(lambda: unread.pid("later") != before)
    assert unread.stop() == 0


def is_healthy(service: Service) -> bool:
    """Tell whether the web server answers."""
    try:
        return requests.get(f"{service.url}/healthz", timeout=HANGS_S).ok
    except requests.ConnectionError:
        return False


def ask(service: Service, times: int) -> int:
    """Ask for pages that are not there until so many were not found, and count those."""
    found = 0
    with requests.Session() as session:
        while found < times:
            status = session.get(f"{service.url}/nowhere", timeout=HANGS_S).status_code
            # A process on a stalled machine sends some away.
            assert status in (404, 503)
            found += status == 404
    return found


@pytest.fixture
def pipe() -> Iterator["Pipe"]:
    """A pipe that nobody has read from."""
    made = Pipe()
    yield made
    made.reader.close()


class Pipe:
    """A pipe that is full, and an output into it."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        size = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, SMALL)
        os.write(writer, b"x" * (size - 1) + b"\n")
        self.reader = os.fdopen(reader)
        self.writer = os.fdopen(writer, "w")
        self.output = stdio.NonBlockingWriter(self.writer)

    def fill(self, lines: int) -> None:
        """Say numbers."""
        for number in range(lines):
            self.output.write(f"{number}\n")

    def read_all(self) -> list[str]:
        """Read until everything is written, and return it without what was in the pipe."""
        found: list[str] = []
        reading = threading.Thread(target=lambda: found.extend(self.reader), daemon=True)
        reading.start()
        self.output.finish(time.monotonic() + HANGS_S)
        self.writer.close()
        reading.join(HANGS_S)
        return [line.rstrip("\n") for line in found if not line.startswith("x")]


def test_lines_keep_their_order_around_those_that_were_left_out(pipe: Pipe) -> None:
    pipe.fill(3 * stdio.LINES)
    found = pipe.read_all()
    said = LEFT_OUT.fullmatch(found.pop())
    assert said is not None
    assert found == [str(number) for number in range(len(found))]
    assert int(said[1]) == 3 * stdio.LINES - len(found)


def test_lines_come_again_below_the_sentence(pipe: Pipe) -> None:
    pipe.fill(3 * stdio.LINES)
    assert any(LEFT_OUT.match(line) for line in pipe.reader)
    pipe.fill(3)
    assert pipe.read_all() == ["0", "1", "2"]


def test_an_output_that_lets_nobody_wait_is_waited_for(pipe: Pipe) -> None:
    os.set_blocking(pipe.writer.fileno(), False)
    pipe.fill(stdio.LINES)
    assert pipe.read_all() == [str(number) for number in range(stdio.LINES)]


def test_a_program_without_any_output_runs() -> None:
    """A closed descriptor is soon that of another file, which must not be written to."""
    program = "from queueup.server import stdio; stdio.show('x'); stdio.show_error('x')"
    code = f"import sys; sys.__stdout__ is None or sys.exit(3); {program}; stdio.finish()"
    ended = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" >&- 2>&-', sys.executable, code], cwd=ROOT, timeout=HANGS_S
    )
    assert ended.returncode == 0


def test_the_last_lines_are_written_before_the_program_ends() -> None:
    program = (
        "from queueup.server import stdio\n"
        "for number in range(1_000): stdio.show(str(number))\n"
        "stdio.show_error('done')\n"
        "stdio.finish()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=HANGS_S,
    )
    assert ended.stdout.splitlines() == [*map(str, range(1_000)), "done"]
    assert ended.returncode == 0
