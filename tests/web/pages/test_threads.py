"""What would keep a process from answering polls is done in threads of its own."""

import threading

import pytest
from flask.testing import FlaskClient

from queueup.history import History
from queueup.history.report import Report
from queueup.web.threads import in_thread
from tests.web.pages.filling_in import open_line


def test_the_work_is_done_in_another_thread_and_its_result_returned() -> None:
    assert in_thread(threading.get_native_id) != threading.get_native_id()


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> None:
        raise KeyError("away")

    with pytest.raises(KeyError, match="away"):
        in_thread(fail)
    assert in_thread(lambda: 5) == 5


@pytest.mark.parametrize("is_sqlite", [True, False])
def test_reports_of_sqlite_are_read_in_a_thread(
    host: FlaskClient, monkeypatch: pytest.MonkeyPatch, is_sqlite: bool
) -> None:
    code = open_line(host)
    threads: list[int] = []

    def report(*question: object) -> Report:
        threads.append(threading.get_native_id())
        return real(*question)  # type: ignore[arg-type]

    real = History.report
    monkeypatch.setattr(History, "report", report)
    monkeypatch.setattr(History, "is_sqlite", is_sqlite)
    host.get(f"/host/{code}/reports")
    assert [one != threading.get_native_id() for one in threads] == [is_sqlite]
