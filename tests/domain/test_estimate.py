"""The wait that guests are told: learned by size band, rounded to be kept, flat without history."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queueup.domain import views
from queueup.domain.commands import session as session_commands
from queueup.domain.estimate import (
    BANDS,
    ENOUGH,
    KEPT_SEATINGS,
    LENT_LIMIT_MS,
    WORTH_LEARNING_MS,
    WaitRange,
    band,
    learn,
    wait_ms,
)
from queueup.domain.model import HOUR, MINUTE, Seating
from tests.domain.in_memory_waitlist import Stand, call, seat, stand

STEP = 5 * MINUTE
LONG_STEP = 15 * MINUTE
FLAT_BEHIND_FOUR = WaitRange(10 * MINUTE, 15 * MINUTE, 12 * MINUTE, learned=False)

sizes = st.integers(1, 20)
lines = st.integers(0, 100)


def seatings_of(of_size: st.SearchStrategy[int]) -> st.SearchStrategy[Seating]:
    waits = st.integers(WORTH_LEARNING_MS, 4 * HOUR)
    return st.builds(Seating, at=st.integers(0, HOUR), size=of_size, ahead=lines, wait_ms=waits)


evenings = st.lists(seatings_of(sizes), max_size=KEPT_SEATINGS)


def seated(*minutes: float, size: int = 2, ahead: int = 4) -> list[Seating]:
    """Return parties that waited so many minutes, seated one after the other."""
    return [
        Seating(number * MINUTE, size, ahead, round(wait * MINUTE))
        for number, wait in enumerate(minutes)
    ]


def wait_range(seatings: Sequence[Seating], size: int, ahead: int) -> WaitRange:
    return learn(seatings).range(size, ahead)


def is_step(time_ms: int) -> bool:
    return time_ms % (STEP if time_ms <= HOUR else LONG_STEP) == 0


@pytest.mark.parametrize(
    ("size", "name"),
    [(1, "1-2"), (2, "1-2"), (3, "3-4"), (4, "3-4"), (5, "5-6"), (6, "5-6"), (7, "7+"), (30, "7+")],
)
def test_each_size_has_its_band(size: int, name: str) -> None:
    assert band(size) == name


def test_without_history_the_flat_rule_holds() -> None:
    assert wait_range([], size=2, ahead=4) == FLAT_BEHIND_FOUR
    assert wait_range([], 2, 0) == WaitRange(0, 5 * MINUTE, 0, learned=False)
    assert wait_range([], 2, 20) == WaitRange(HOUR, HOUR + LONG_STEP, HOUR, learned=False)


def test_four_seatings_teach_nothing_and_the_fifth_does() -> None:
    seatings = seated(40, 40, 40, 40, 40)
    assert wait_range(seatings[1:], size=2, ahead=4) == FLAT_BEHIND_FOUR
    told = wait_range(seatings, size=2, ahead=4)
    assert (told.learned, told.expected_ms) == (True, 40 * MINUTE)


def test_a_band_short_of_its_own_seatings_learns_from_all() -> None:
    seatings = [*seated(30, 30, 30, 30, size=7), *seated(30, size=2)]
    assert wait_range(seatings[:4], size=2, ahead=4) == FLAT_BEHIND_FOUR
    assert wait_range(seatings, size=2, ahead=4).learned
    assert wait_range(seatings, size=4, ahead=4).learned


def test_large_parties_are_told_a_longer_wait_than_the_couples_it_is_learned_from() -> None:
    learned = learn(seated(20, 22, 24, 26, 28, 30))
    expected = [learned.range(size, ahead=4).expected_ms for size in (2, 4, 6, 8)]
    assert expected == sorted(set(expected))
    assert 2 * learned.range(6, ahead=20).expected_ms > 3 * learned.range(2, ahead=20).expected_ms


def test_slow_couples_do_not_make_a_large_party_wait_all_night() -> None:
    slow = learn(seated(*[45] * 10, ahead=1))
    assert 2 * HOUR < slow.range(8, ahead=1).expected_ms < 3 * HOUR
    learned = learn(seated(*[200] * 10, ahead=0))
    assert learned.range(8, ahead=0).expected_ms < 200 * MINUTE + LENT_LIMIT_MS


@given(
    st.lists(seatings_of(st.integers(1, 2)), min_size=ENOUGH, max_size=20),
    lines,
)
def test_what_couples_teach_is_told_in_the_order_of_sizes(
    seatings: list[Seating], ahead: int
) -> None:
    learned = learn(seatings)
    told = [learned.range(size, ahead) for size in (2, 4, 6, 8)]
    assert [one.expected_ms for one in told] == sorted(one.expected_ms for one in told)
    assert [one.low_ms for one in told[1:]] == sorted(one.low_ms for one in told[1:])
    assert [one.high_ms for one in told[1:]] == sorted(one.high_ms for one in told[1:])


def test_bands_wait_differently_once_each_has_its_own_seatings() -> None:
    learned = learn([*seated(*[10] * ENOUGH, size=2), *seated(*[70] * ENOUGH, size=6)])
    assert learned.range(1, 4).expected_ms == 10 * MINUTE
    assert abs(learned.range(5, 4).expected_ms - 70 * MINUTE) < 1_000


def test_half_of_those_seated_waited_no_longer_than_expected() -> None:
    assert wait_range(seated(90, 10, 20, 30, 12), size=2, ahead=4).expected_ms == 20 * MINUTE


def test_a_short_line_is_told_a_short_wait_although_the_line_was_long() -> None:
    learned = learn(seated(*[48] * 10, ahead=20))
    assert learned.range(2, 20).expected_ms == 48 * MINUTE
    assert learned.range(2, 2).high_ms <= 15 * MINUTE


def test_the_range_is_rounded_away_from_the_middle() -> None:
    told = wait_range(seated(*[32] * 10), size=2, ahead=4)
    assert (told.low_ms, told.high_ms) == (30 * MINUTE, 35 * MINUTE)


def test_beyond_an_hour_it_is_told_in_quarters() -> None:
    told = wait_range(seated(*[80] * 10), size=2, ahead=4)
    assert (told.low_ms, told.high_ms) == (75 * MINUTE, 90 * MINUTE)


def test_an_exact_pace_is_still_told_as_a_range() -> None:
    told = wait_range(seated(*[40] * 10), size=2, ahead=4)
    assert (told.low_ms, told.high_ms) == (40 * MINUTE, 45 * MINUTE)
    told = wait_range(seated(*[60] * 10), size=2, ahead=4)
    assert (told.low_ms, told.high_ms) == (60 * MINUTE, 75 * MINUTE)


def test_the_upper_end_keeps_nine_promises_of_ten() -> None:
    waits = [float(minutes) for minutes in range(11, 51)]
    told = wait_range(seated(*waits), size=2, ahead=4)
    kept = sum(wait * MINUTE <= told.high_ms for wait in waits)
    assert kept >= 0.9 * len(waits)
    assert told.high_ms <= 55 * MINUTE


def test_the_fewer_seatings_the_wider_the_range() -> None:
    few, many = seated(*[20, 25, 30, 35, 40]), seated(*[20, 25, 30, 35, 40] * 10)
    narrow, wide = wait_range(many, 2, 4), wait_range(few, 2, 4)
    assert wide.high_ms - wide.low_ms > narrow.high_ms - narrow.low_ms


def test_what_came_before_the_kept_seatings_is_forgotten() -> None:
    latest = seated(*[12] * KEPT_SEATINGS)
    assert learn([*seated(*[90] * 50), *latest]) == learn(latest)


@given(evenings, sizes, lines)
def test_a_range_surrounds_what_is_expected_in_whole_steps(
    seatings: list[Seating], size: int, ahead: int
) -> None:
    told = wait_range(seatings, size, ahead)
    assert 0 <= told.low_ms <= told.expected_ms <= told.high_ms
    assert told.low_ms < told.high_ms
    assert is_step(told.low_ms)
    assert is_step(told.high_ms)


@given(evenings, sizes, lines)
def test_who_joins_behind_more_parties_is_never_told_less(
    seatings: list[Seating], size: int, ahead: int
) -> None:
    learned = learn(seatings)
    near, far = learned.range(size, ahead), learned.range(size, ahead + 1)
    assert near.low_ms <= far.low_ms
    assert near.high_ms <= far.high_ms
    assert near.expected_ms <= far.expected_ms


@given(
    st.lists(seatings_of(st.integers(1, 2)), min_size=ENOUGH, max_size=20),
    st.lists(seatings_of(st.integers(3, 20)), max_size=20),
    lines,
)
def test_other_bands_do_not_matter_to_one_with_enough(
    own: Sequence[Seating], others: Sequence[Seating], ahead: int
) -> None:
    assert wait_range([*own, *others], 2, ahead) == wait_range([*others, *own], 2, ahead)
    assert wait_range([*own, *others], 2, ahead) == wait_range(own, 2, ahead)


@given(evenings, st.sampled_from([low for low, _ in BANDS]), lines)
def test_sizes_of_one_band_are_told_the_same(seatings: list[Seating], low: int, ahead: int) -> None:
    learned = learn(seatings)
    assert learned.range(low, ahead) == learned.range(low + 1, ahead)


@given(evenings, sizes, lines)
def test_it_is_learned_as_soon_as_five_are_seated(
    seatings: list[Seating], size: int, ahead: int
) -> None:
    told = wait_range(seatings, size, ahead)
    assert told.learned == (len(seatings) >= ENOUGH)
    if not told.learned:
        assert told.expected_ms == wait_ms(ahead)


def of_release_0_2_0() -> Stand:
    """Return a line whose seatings and one waiting party counted the called as ahead."""
    at = stand("called-1", "called-2", "called-3", "early", "waits-1", "waits-2")
    for number in (1, 2, 3):
        call(at, f"called-{number}")
    parties = [
        replace(party, ahead=3) if party.id == "early" else party for party in at.queue.parties
    ]
    at.queue = replace(
        at.queue,
        seatings=tuple(seated(*[30] * KEPT_SEATINGS, ahead=6)),
        waiting_ahead_since=None,
        parties=tuple(parties),
    )
    return at


def test_seatings_that_counted_the_called_are_asked_with_the_called_until_there_are_others() -> (
    None
):
    at = of_release_0_2_0()
    earlier = learn(at.queue.seatings)

    def expected() -> tuple[int, int, int]:
        shown = views.snapshot(at.queue)
        guest = shown["guests"]["waits-2"]
        wait = guest["party"]["wait"]["expectedMs"]
        return wait, guest["view"]["estimatedWaitMs"], shown["public"]["estimatedWaitMs"]

    # Two wait ahead of it, three in all, and three are called.
    as_before = earlier.range(1, 5).expected_ms
    assert expected() == (as_before, as_before, earlier.range(1, 6).expected_ms)
    seat(at, "early")  # it joined under that release, and its seating is one of those
    before = at.queue.seatings
    for number in range(ENOUGH):
        assert expected()[0] == learn(before[number:]).range(1, 4).expected_ms
        at.join(f"new-{number}")
        at.wait(20 * MINUTE)
        seat(at, f"new-{number}")
    recent = at.queue.seatings[-ENOUGH:]
    assert {seating.ahead for seating in recent} == {2}
    assert expected() == (
        learn(recent).range(1, 1).expected_ms,
        learn(recent).range(1, 1).expected_ms,
        learn(recent).range(1, 2).expected_ms,
    )


def test_another_day_on_the_code_remembers_from_when_the_called_are_not_counted() -> None:
    at = Stand(replace(stand().queue.settings, keeps_code=True))
    at.join("Ana")
    since = at.queue.waiting_ahead_since
    assert since == at.party("Ana").joined_at
    at.act(session_commands.end_day)
    at.act(lambda queue, now: session_commands.open_again(queue, "next", now))
    at.join("Ben")
    assert at.queue.waiting_ahead_since == since
