"""Opening hours on the restaurant's clock: past midnight, where clocks change, around the clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from queueup.domain.hours import next_change, phase
from queueup.domain.model import HOUR, MINUTE, OnExpiry, Phase, QueueSettings

BERLIN = "Europe/Berlin"


def hours(
    opens: str | None = None,
    closes: str | None = None,
    zone: str | None = BERLIN,
    last_call: int = 0,
) -> QueueSettings:
    return QueueSettings(
        "Lucia",
        40,
        HOUR,
        OnExpiry.FLAG,
        open_time=opens,
        close_time=closes,
        time_zone=zone,
        last_call_minutes=last_call,
    )


def ms(local: str, zone: str = BERLIN) -> int:
    """Return a local time, such as 2026-07-01 17:00, in ms since the epoch."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000


def at(settings: QueueSettings, local: str) -> str:
    return phase(settings, ms(local, settings.time_zone or BERLIN)).value


def changes(settings: QueueSettings, local: str, count: int) -> list[tuple[str, str]]:
    """Return the next changes after a local time, on the local clock."""
    zone = settings.time_zone or BERLIN
    now = ms(local, zone)
    found = []
    for _ in range(count):
        following = next_change(settings, now)
        assert following is not None and following > now
        now = following
        clock = datetime.fromtimestamp(now / 1_000, ZoneInfo(zone)).strftime("%d %H:%M")
        found.append((clock, phase(settings, now).value))
        assert phase(settings, now - 1) is not phase(settings, now)
    return found


def test_without_a_time_zone_or_times_a_line_is_always_open() -> None:
    for settings in (hours("17:00", "22:00", zone=None), hours()):
        assert at(settings, "2026-07-01 03:00") == "open"
        assert next_change(settings, ms("2026-07-01 03:00")) is None


def test_an_evening_opens_calls_last_and_closes_and_the_day_turns_between() -> None:
    settings = hours("17:00", "22:00", last_call=30)
    assert changes(settings, "2026-07-01 12:00", 5) == [
        ("01 17:00", "open"),
        ("01 21:30", "last_call"),
        ("01 22:00", "after"),
        ("02 07:30", "before"),
        ("02 17:00", "open"),
    ]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-07-01 16:59", "before"),
        ("2026-07-01 17:00", "open"),
        ("2026-07-01 23:59", "open"),
        ("2026-07-02 00:29", "open"),
        ("2026-07-02 00:30", "last_call"),
        ("2026-07-02 01:00", "after"),
        ("2026-07-02 08:59", "after"),
        ("2026-07-02 09:00", "before"),
    ],
)
def test_an_evening_may_go_past_midnight(local: str, expected: str) -> None:
    assert at(hours("17:00", "01:00", last_call=30), local) == expected


def test_hours_are_the_restaurants_and_not_the_servers() -> None:
    noon_in_berlin = ms("2026-07-01 12:00")
    assert phase(hours("11:00", "14:00"), noon_in_berlin) is Phase.OPEN
    assert phase(hours("11:00", "14:00", "Asia/Tokyo"), noon_in_berlin) is Phase.AFTER
    assert phase(hours("11:00", "14:00", "America/New_York"), noon_in_berlin) is Phase.BEFORE


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_the_farthest_time_zones_know_their_day(zone: str) -> None:
    settings = hours("17:00", "22:00", zone)
    assert changes(settings, "2026-12-31 12:00", 4) == [
        ("31 17:00", "open"),
        ("31 22:00", "after"),
        ("01 07:30", "before"),
        ("01 17:00", "open"),
    ]


def test_without_an_opening_the_line_opens_six_hours_after_it_closed() -> None:
    settings = hours(closes="01:00", last_call=30)
    assert at(settings, "2026-07-01 18:00") == "open"
    assert changes(settings, "2026-07-01 18:00", 4) == [
        ("02 00:30", "last_call"),
        ("02 01:00", "after"),
        ("02 07:00", "open"),
        ("03 00:30", "last_call"),
    ]


def test_without_a_closing_the_line_closes_six_hours_before_it_opens() -> None:
    settings = hours("18:00", last_call=30)
    assert at(settings, "2026-07-02 00:30") == "open"
    assert changes(settings, "2026-07-01 17:00", 3) == [
        ("01 18:00", "open"),
        ("02 12:00", "before"),
        ("02 18:00", "open"),
    ]


def test_around_the_clock_there_is_no_last_call_and_no_change() -> None:
    settings = hours("09:00", "09:00", last_call=30)
    for clock in ("08:45", "09:00", "21:00"):
        assert at(settings, f"2026-07-01 {clock}") == "open"
    assert next_change(settings, ms("2026-07-01 08:45")) is None


def test_a_last_call_longer_than_the_evening_leaves_it_all_last_call() -> None:
    settings = hours("17:00", "18:00", last_call=90)
    assert changes(settings, "2026-07-01 12:00", 2) == [
        ("01 17:00", "last_call"),
        ("01 18:00", "after"),
    ]


def test_an_evening_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    settings = hours("18:00", "04:00")
    assert changes(settings, "2026-03-28 12:00", 2) == [("28 18:00", "open"), ("29 04:00", "after")]
    assert ms("2026-03-29 04:00") - ms("2026-03-28 18:00") == 9 * HOUR


def test_an_evening_in_which_clocks_go_back_is_an_hour_longer() -> None:
    settings = hours("18:00", "04:00")
    assert changes(settings, "2026-10-24 12:00", 2) == [("24 18:00", "open"), ("25 04:00", "after")]
    assert ms("2026-10-25 04:00") - ms("2026-10-24 18:00") == 11 * HOUR


def test_a_time_that_clocks_skip_is_after_the_skip() -> None:
    settings = hours("17:00", "02:30")
    assert at(settings, "2026-03-29 03:29") == "open"
    assert at(settings, "2026-03-29 03:30") == "after"


def test_a_close_that_clocks_put_behind_the_opening_ends_with_it() -> None:
    settings = hours("03:00", "02:30")
    now = ms("2026-03-28 12:00")
    for _ in range(6):
        following = next_change(settings, now)
        assert following is not None and following > now
        now = following


def test_a_time_that_clocks_show_twice_is_the_first() -> None:
    settings = hours("17:00", "02:30", last_call=0)
    close = next_change(settings, ms("2026-10-25 00:00"))
    assert close == ms("2026-10-25 02:00") + 30 * MINUTE
