"""How often estimates were right: counted by band, told to guests where it is good."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.commands.guest import Join, change_size, join
from queueup.domain.estimate_record import ENOUGH, GOOD_TENTHS, LATEST, Record, records
from queueup.domain.model import EARLY, LATE, MINUTE, WITHIN, Seating
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import Stand, seat, stand


def line_with(*seatings: Seating) -> Stand:
    at = stand()
    at.queue = replace(at.queue, seatings=seatings)
    return at


def right(size: int = 4) -> Seating:
    return Seating(0, size, 2, 12 * MINUTE, 1, WITHIN)


def early(size: int = 4) -> Seating:
    return replace(right(size), estimate=EARLY)


def late(size: int = 4) -> Seating:
    return replace(right(size), estimate=LATE)


def guest(at: Stand, name: str) -> dict[str, Any]:
    return snapshot(at.queue)["guests"][name]["party"]


def test_a_party_counts_once_it_is_seated_within_its_range_or_not() -> None:
    at = stand("p1", "p2", "p3", "p4", "p5")
    # The fifth was told 10 to 15 minutes.
    assert records(at.queue) == {}
    at.wait(8 * MINUTE)
    seat(at, "p5")
    assert records(at.queue) == {"1-2": Record(1, within=1, by_its_end=1)}
    seat(at, "p1")  # told less than five minutes
    assert records(at.queue) == {"1-2": Record(2, within=1, by_its_end=1)}
    at.act(lambda queue, now: undo_commands.restore(queue, "p1", now))
    assert records(at.queue) == {"1-2": Record(1, within=1, by_its_end=1)}


def test_who_was_quoted_a_wait_or_changed_its_band_does_not_count() -> None:
    at = stand("p1", "p2", "p3", "p4")
    at.act(lambda queue, now: host_commands.quote(queue, "p1", now, 30 * MINUTE))
    wish = Join("p5", "p5", 2, key="p5", origin="host", quoted_ms=20 * MINUTE)
    at.act(lambda queue, now: join(queue, wish, now))
    at.guest(lambda queue, now: change_size(queue, "p2", now, 6))
    at.guest(lambda queue, now: change_size(queue, "p3", now, 2))
    at.wait(10 * MINUTE)
    for name in ("p1", "p2", "p3", "p5"):
        seat(at, name)
    assert len(at.queue.seatings) == 4
    assert records(at.queue) == {"1-2": Record(1, within=0, by_its_end=0)}


def test_only_the_latest_of_a_band_count_and_seatings_of_earlier_releases_do_not() -> None:
    before = Seating(0, 4, 2, 12 * MINUTE)
    at = line_with(*[late()] * 5, *[right()] * 16, before, *[early()] * 4, right(size=2))
    assert records(at.queue) == {
        "1-2": Record(1, within=1, by_its_end=1),
        "3-4": Record(LATEST, within=16, by_its_end=LATEST),
    }
    assert snapshot(at.queue)["host"]["estimates"]["3-4"] == {
        "parties": LATEST,
        "within": 16,
        "byItsEnd": LATEST,
    }


def test_guests_are_told_the_record_of_their_band_where_it_is_good() -> None:
    good = [*[right()] * 8, *[late()] * 2]
    at = line_with(*good, *[right(size=2)] * (ENOUGH - 1), *[late(size=6)] * 12)
    at.join("Ana", size=3)
    at.join("Ben", size=2)
    at.join("Cleo", size=6)
    assert guest(at, "Ana")["estimateTenths"] == 8
    assert "estimateTenths" not in guest(at, "Ben")
    assert "estimateTenths" not in guest(at, "Cleo")
    # A host's promise stands alone.
    at.act(lambda queue, now: host_commands.quote(queue, "Ana", now, 30 * MINUTE))
    assert "estimateTenths" not in guest(at, "Ana")


@given(st.lists(st.sampled_from([right(), early(), late(), Seating(0, 4, 2, 12 * MINUTE)])))
def test_a_record_never_says_more_than_what_happened(seatings: list[Seating]) -> None:
    for record in records(line_with(*seatings).queue).values():
        assert 0 <= record.within <= record.by_its_end <= record.parties <= LATEST
        if record.tenths is not None:
            assert record.parties >= ENOUGH
            assert GOOD_TENTHS <= record.tenths <= 10 * record.within / record.parties
