"""Processes whose clocks are minutes apart: nothing is lost, done twice or out of order."""

import time
from pathlib import Path
from typing import Any

import pytest

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION, Services
from tests.chaos.checker import CALLED, Found
from tests.chaos.journal import Blow
from tests.chaos.town import Town
from tests.support import push_service
from tests.support.running_service import Service

pytestmark = pytest.mark.long

APART_S = 180
BUSY_S = 5
DROPPED = "QUEUE_MEMBER_DROPPED"

# Python imports a module of this name before anything else, so every process of the program has it.
# Each takes the next number; processes of the web server, in a row of their own, never the same.
WRONG_CLOCK = f"""
import os, pathlib, sys, time
true_time, true_time_ns, wrong = time.time, time.time_ns, {{}}
kind = "web" if "gunicorn" in sys.orig_argv else "other"
def wrong_s():
    if os.getpid() not in wrong:
        wrong[os.getpid()] = (number() % 3 - 1) * {APART_S}
    return wrong[os.getpid()]
def number():
    for number in range(1000):
        try:
            pathlib.Path(__file__).with_name(f"{{kind}}-{{number}}").touch(exist_ok=False)
        except FileExistsError:
            continue
        return number
time.time = lambda: true_time() + wrong_s()
time.time_ns = lambda: true_time_ns() + wrong_s() * 1_000_000_000
"""


def test_clocks_that_are_minutes_apart_break_no_promise(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WRONG_CLOCK)
    with push_service.running() as push:
        settings = {
            "PUSH_EXTRA_ORIGINS": push.origin,
            "PYTHONPATH": str(tmp_path),
            "WEB_PROCESSES": "3",
        }
        with Service(tmp_path / "data", **settings) as service:
            with Town(service, push, seed=8, count=3) as town:
                began_at = time.monotonic()
                time.sleep(BUSY_S)
                town.record.blows.append(Blow("wrong clocks", began_at, began_at))
            # What a fast clock has put off for minutes is written now.
            recorder = parts_of(service).recorder
            town.check(work=("join", "call"), catch_up=recorder.record_waiting)
            assert is_apart(town.found), "the clocks were not apart"
            assert [said for there in town.found.values() for said in too_early(there)] == []
            assert [said for there in town.found.values() for said in odd_times(there)] == []


def parts_of(service: Service) -> Services:
    """Return the parts of a program with a right clock on the same data."""
    app = create_app(read_settings({"QUEUEUP_DATA": str(service.data)}))
    found: Services = app.extensions[EXTENSION]
    return found


def is_apart(found: dict[str, Found]) -> bool:
    """Tell whether the times of the events show that clocks disagree by minutes."""
    return any(
        later["at"] < earlier["at"] - APART_S * 500
        for there in found.values()
        for earlier, later in zip(there.events, there.events[1:], strict=False)
    )


def too_early(there: Found) -> list[str]:
    """Return the calls that were given up before their end by the very clock that gave them up."""
    held: dict[str, Any] = {}
    early = []
    for event in there.events:
        if event["kind"] == CALLED:
            held[event["party_id"]] = event["details"]["deadline"]
        elif event["kind"] == DROPPED and "key" not in event["details"]:
            # Whoever is called by a slower clock is held by that one.
            early += [event["party_id"]] if event["at"] < held[event["party_id"]] else []
    return early


def odd_times(there: Found) -> list[str]:
    """Return the parties that are said to have waited for less than no time."""
    return [
        f"#{row['ticket']} waited {row['waited_minutes']}"
        for row in there.parties.values()
        if (row["waited_minutes"] or 0) < 0
    ]
