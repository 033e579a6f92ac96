"""Every time on a line's pages is where the line is, whatever the server's and the device's are."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from queueup.clock import now_ms
from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings
from queueup.waitlist import Waitlist
from queueup.web.auth import hosts
from queueup.web.templating.line_clock import _offsets
from tests.support import hosting

# Half an hour off everybody else, and a quarter: neither is a server's or a tester's.
ZONES = ("Asia/Kathmandu", "Australia/Eucla")
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def ms(*moment: int) -> int:
    """Return a moment in UTC."""
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type]


@pytest.fixture(params=ZONES)
def line(waitlist: Waitlist, request: pytest.FixtureRequest) -> Queue:
    """A line far away, with one party called and one waiting."""
    settings = QueueSettings("Lucia", 20, 10 * MINUTE, OnExpiry.FLAG)
    queue = waitlist.create(replace(settings, time_zone=request.param))
    for name in ("Anna", "Bo"):
        _, party = waitlist.join(queue.code, name, 2, None)
        if name == "Anna":
            hosting.call(waitlist, queue.code, party.id)
    return queue


def test_pages_without_scripts_say_the_times_of_the_line(
    client: FlaskClient, app: object, waitlist: Waitlist, line: Queue
) -> None:
    queue = waitlist.queue(line.code)
    with client.application.app_context():
        client.set_cookie(hosts.host_cookie(line.code), hosts.host_token(line.session_id))
    zone = ZoneInfo(line.settings.time_zone or "")
    hours = {
        f"{datetime.fromtimestamp((now_ms() + more) / 1000, zone):%H}"
        for more in (-HOUR, 0, HOUR, -2 * HOUR)
    }
    anna = queue.parties[0]
    seen = 0
    for path in (
        f"/host/{line.code}",
        f"/board/{line.code}",
        f"/queue/{line.code}/place?partyId={anna.id}",
    ):
        page = client.get(path, follow_redirects=True).text
        assert "UTC" not in page, path
        times = re.findall(r"<time[^>]*>[^<]*?(\d\d):(\d\d)[^<]*</time>", page)
        seen += len(times)
        local = f"{datetime.fromtimestamp((anna.deadline or 0) / 1000, zone):%M}"
        assert {hour for hour, _ in times} <= hours, (path, times)
        if "place" in path:
            assert local in {minute for _, minute in times}, (path, times)
        offset = re.search(r'<html[^>]* data-clock="(\d+)[ "]', page)
        assert offset is not None, path
        assert int(offset[1]) == (zone.utcoffset(datetime.now()) or 0).total_seconds() / 60  # type: ignore[union-attr]
    assert seen >= 3


def test_a_change_of_the_clocks_is_foreseen() -> None:
    day = ms(2027, 3, 1) // DAY
    assert _offsets("Europe/Rome", day) == f"60 {ms(2027, 3, 28, 1)}:120"
    assert _offsets("America/Vancouver", day) == "-420"
    assert _offsets("UTC", day) == "0"
    # Ten days later it is known what the clock was the day before.
    assert _offsets("Europe/Rome", ms(2027, 3, 29) // DAY) == f"60 {ms(2027, 3, 28, 1)}:120"
