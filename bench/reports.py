"""Reports and exports of a year of 300 evenings with 100 parties, and the polls beside them."""

import threading
import time
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import requests

from bench.service import Load, Service, service, wrk
from queueup.clock import now_ms
from queueup.history import History
from queueup.history.days import Period
from queueup.history.exports import Kind
from scripts.past_days import DAY, record_year

ROUNDS = 5
SECONDS = 4
REPORT_MS = 200
EXPORT_MB = 20
# How much slower the slowest polls may be beside them.
SLOWER = 1.2
FOUR_WEEKS = f"period={Period.FOUR_WEEKS}"
# Between two downloads of one client.
PAUSE_S = 0.2

Row = tuple[str, str] | tuple[str, str, bool]


def run() -> list[Row]:
    """Measure and return rows of what and how much."""
    # One process, so that nothing else can answer the polls.
    with service(processes=1) as running:
        line = requests.post(
            f"{running.url}/api/queue/create",
            json={"eventName": "Bench", "maxGuests": 100},
            timeout=10,
        ).json()
        history = History(f"sqlite:///{running.folder / 'history.db'}")
        history.upgrade()
        record_year(history, line["code"], now_ms() - DAY)
        history.close()
        host = {"x-host-auth": line["hostAuthToken"]}
        base = f"{running.url}/api/queue/{line['code']}"
        return [
            *(_report(base, host, period) for period in Period),
            *(_export(running, base, host, kind) for kind in Kind),
            _polls_beside(base, host, "two exports", _year(base, Kind.EVENTS), 2),
            _polls_beside(base, host, "reports of four weeks", f"{base}/report?{FOUR_WEEKS}", 1),
        ]


def _report(base: str, host: dict[str, str], period: Period) -> Row:
    took = []
    for _ in range(ROUNDS * 4):
        started = time.perf_counter()
        answer = requests.get(f"{base}/report?period={period}", headers=host, timeout=30)
        took.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    return f"report, {period}", f"{median(took):.0f} ms", median(took) <= REPORT_MS


def _year(base: str, kind: Kind) -> str:
    today = date.today()
    return f"{base}/export?table={kind}&from={today - timedelta(days=365)}&to={today}"


def _export(running: Service, base: str, host: dict[str, str], kind: Kind) -> Row:
    before, most = _memory_mb(running), 0.0
    started, size = time.perf_counter(), 0
    with requests.get(_year(base, kind), headers=host, timeout=60, stream=True) as answer:
        for part in answer.iter_content(1 << 16):
            size += len(part)
            most = max(most, _memory_mb(running))
    took, more = time.perf_counter() - started, most - before
    said = f"{answer.headers['X-QueueUp-Total']} rows, {size / 1e6:.1f} MB in {took:.0f} s"
    return f"export of a year, {kind}", f"{said}, {more:.1f} MB more memory", more <= EXPORT_MB


def _memory_mb(running: Service) -> float:
    """Return the memory of the largest program of the service that is not shared: its web app."""
    mine = [
        folder
        for folder in Path("/proc").glob("[0-9]*")
        if str(running.folder).encode() in _read(folder / "environ")
    ]
    used = [_read(folder / "statm").split() for folder in mine]
    return max((int(one[1]) - int(one[2])) * 4096 / 1e6 for one in used if one)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""


def _polls_beside(base: str, host: dict[str, str], what: str, url: str, count: int) -> Row:
    tag = requests.get(f"{base}/snapshot", timeout=10).headers["ETag"]
    alone: list[Load] = []
    beside: list[Load] = []
    for _ in range(ROUNDS):
        alone.append(_polls(base, tag))
        with ExitStack() as downloading:
            for _ in range(count):
                downloading.enter_context(_Downloading(url, host))
            beside.append(_polls(base, tag))
    ratio = median(b.p99_ms / a.p99_ms for a, b in zip(alone, beside, strict=True))
    p99 = [median(load.p99_ms for load in loads) for loads in (alone, beside)]
    said = f"p99 {p99[0]:.1f} ms alone, {p99[1]:.1f} ms beside, {ratio:.2f} times"
    return f"unchanged polls beside {what}", said, ratio <= SLOWER


def _polls(base: str, tag: str) -> Load:
    load = wrk(f"{base}/snapshot", {"If-None-Match": tag}, SECONDS)
    if load.failures:
        raise RuntimeError(f"{load.failures} polls failed")
    return load


class _Downloading:
    """Downloads the same again and again until the block ends."""

    def __init__(self, url: str, host: dict[str, str]) -> None:
        self._url, self._host = url, host
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._has_ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._has_ended.wait(PAUSE_S):
            with requests.get(self._url, headers=self._host, timeout=300, stream=True) as answer:
                answer.raise_for_status()
                for _ in answer.iter_content(1 << 16):
                    if self._has_ended.is_set():
                        break
