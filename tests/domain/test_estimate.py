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
    STARTING_AHEAD,
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
    known = st.builds(
        lambda at, size, ahead, share, wait: Seating(at, size, ahead, wait, ahead * share // 100),
        at=st.integers(0, HOUR),
        size=of_size,
        ahead=lines,
        share=st.integers(0, 100),
        wait=waits,
    )
    unknown = st.builds(Seating, at=st.integers(0, HOUR), size=of_size, ahead=lines, wait_ms=waits)
    return known | unknown


evenings = st.lists(seatings_of(sizes), max_size=KEPT_SEATINGS)


def seated(*minutes: float, size: int = 2, ahead: int = 4) -> list[Seating]:
    """Return parties that waited so many minutes, seated one after the other."""
    return [
        Seating(number * MINUTE, size, ahead, round(wait * MINUTE))
        for number, wait in enumerate(minutes)
    ]


def wait_range(seatings: Sequence[Seating], size: int, ahead: int) -> WaitRange:
    return learn(seatings).range(size, ahead)


def near(found_ms: int, expected_ms: int, by: float = 0.05) -> bool:
    """Tell whether a time is about as expected: what was assumed before counts a little."""
    return abs(found_ms - expected_ms) <= by * expected_ms


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


def test_what_the_owner_expects_is_told_until_it_is_learned() -> None:
    told = learn([], 40 * MINUTE).range(2, STARTING_AHEAD)
    assert not told.learned
    assert told.expected_ms == 40 * MINUTE
    assert learn([], 10 * MINUTE).range(2, STARTING_AHEAD).expected_ms == 10 * MINUTE
    assert told.high_ms <= 2 * HOUR


def test_legacy_clients_keep_the_flat_rule_beside_a_starting_wait() -> None:
    at = Stand(replace(stand().queue.settings, starting_wait_ms=50 * MINUTE))
    at.join("p1", "p2", "p3", "p4")
    call(at, "p1")
    shown = views.snapshot(at.queue)
    assert shown["public"]["estimatedWaitMs"] == 12 * MINUTE
    assert shown["guests"]["p4"]["view"]["estimatedWaitMs"] == 9 * MINUTE
    wait = shown["guests"]["p4"]["party"]["wait"]
    assert wait["expectedMs"] > 20 * MINUTE
    assert not wait["learned"]


def test_what_the_owner_expects_gives_way_to_what_happens() -> None:
    seatings = seated(*[20] * 3, ahead=STARTING_AHEAD)
    little = learn(seatings, 60 * MINUTE).range(2, STARTING_AHEAD)
    assert 20 * MINUTE < little.expected_ms < 60 * MINUTE
    much = learn(seatings * 10, 60 * MINUTE).range(2, STARTING_AHEAD)
    assert near(much.expected_ms, 20 * MINUTE, by=0.1)


def test_four_seatings_teach_nothing_and_the_fifth_does() -> None:
    seatings = seated(40, 40, 40, 40, 40)
    assert wait_range(seatings[1:], size=2, ahead=4) == FLAT_BEHIND_FOUR
    told = wait_range(seatings, size=2, ahead=4)
    assert told.learned
    assert near(told.expected_ms, 40 * MINUTE)


def test_a_band_short_of_its_own_seatings_learns_from_all() -> None:
    quick, slow = learn(seated(*[10] * 20)), learn(seated(*[50] * 20))
    for size in (4, 6, 8):
        told = [learned.range(size, ahead=4).expected_ms for learned in (quick, slow)]
        assert 2 * told[0] < told[1]


def test_parties_of_the_same_band_ahead_count_more_than_others() -> None:
    learned = learn(seated(20, 22, 24, 26, 28, 30))
    for size in (2, 4, 6, 8):
        expected = [learned.range(size, 6, alike).expected_ms for alike in range(7)]
        assert expected == sorted(set(expected))
    # The wait is surer, too: it is the sum of many.
    one, many = learned.range(2, 6, 0), learned.range(2, 6, 6)
    assert one.high_ms / one.expected_ms > many.high_ms / many.expected_ms


def test_how_many_of_the_band_were_ahead_is_learned_from() -> None:
    first = learn([replace(seating, alike=0) for seating in seated(*[20] * 30)])
    last = learn([replace(seating, alike=4) for seating in seated(*[20] * 30)])
    assert near(first.range(2, 4, 0).expected_ms, 20 * MINUTE)
    assert near(last.range(2, 4, 4).expected_ms, 20 * MINUTE)
    assert first.range(2, 4, 4).expected_ms > 40 * MINUTE


def test_a_few_slow_seatings_do_not_give_eight_people_five_hours() -> None:
    slow = learn(seated(*[50] * ENOUGH, ahead=2))
    assert HOUR < slow.range(8, ahead=2).expected_ms < 3 * HOUR


def test_a_stopped_kitchen_is_not_taken_for_the_usual_pace() -> None:
    usual = seated(*[20] * 25, ahead=6)
    stopped = [*usual, *seated(*[45] * 5, ahead=6)]
    told = wait_range(stopped, size=2, ahead=6)
    assert told.expected_ms < 25 * MINUTE
    assert told.high_ms >= 35 * MINUTE


def test_large_parties_are_told_a_longer_wait_than_the_couples_it_is_learned_from() -> None:
    learned = learn(seated(20, 22, 24, 26, 28, 30))
    expected = [learned.range(size, ahead=4).expected_ms for size in (2, 4, 6, 8)]
    assert expected == sorted(set(expected))
    assert (
        learned.range(6, ahead=20).expected_ms > learned.range(2, ahead=20).expected_ms + 5 * MINUTE
    )


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


def test_bands_wait_differently_once_each_has_its_own_seatings() -> None:
    learned = learn([*seated(*[10] * 25, size=2), *seated(*[70] * 25, size=6)])
    assert near(learned.range(1, 4).expected_ms, 10 * MINUTE, by=0.1)
    assert near(learned.range(5, 4).expected_ms, 70 * MINUTE, by=0.2)


def test_a_short_line_is_told_a_short_wait_although_the_line_was_long() -> None:
    learned = learn(seated(*[48] * 10, ahead=20))
    assert near(learned.range(2, 20).expected_ms, 48 * MINUTE)
    assert learned.range(2, 2).high_ms <= 20 * MINUTE


def test_it_is_told_in_steps_of_five_minutes_and_beyond_an_hour_in_quarters() -> None:
    short, long = wait_range(seated(*[20] * 10), 2, 4), wait_range(seated(*[150] * 10), 2, 4)
    assert {short.low_ms % STEP, short.high_ms % STEP} == {0}
    assert {long.low_ms % LONG_STEP, long.high_ms % LONG_STEP} == {0}


def test_most_of_those_seated_waited_as_long_as_told() -> None:
    waits = [float(minutes) for minutes in range(11, 51)]
    told = wait_range(seated(*waits), size=2, ahead=4)
    kept = sum(wait * MINUTE <= told.high_ms for wait in waits)
    within = sum(told.low_ms <= wait * MINUTE <= told.high_ms for wait in waits)
    assert kept >= 0.9 * len(waits)
    assert within >= 0.8 * len(waits)
    assert told.high_ms <= 75 * MINUTE


def test_the_fewer_seatings_the_wider_the_range() -> None:
    few, many = seated(*[20, 25, 30, 35, 40]), seated(*[20, 25, 30, 35, 40] * 10)
    narrow, wide = wait_range(many, 2, 4), wait_range(few, 2, 4)
    assert wide.high_ms - wide.low_ms > narrow.high_ms - narrow.low_ms


def test_where_waits_differ_more_the_range_is_wider() -> None:
    even, uneven = wait_range(seated(*[30] * 40), 2, 4), wait_range(seated(*[10, 50] * 20), 2, 4)
    assert uneven.high_ms - uneven.low_ms > even.high_ms - even.low_ms


def test_where_all_wait_about_as_long_the_range_begins_near_it() -> None:
    told = wait_range(seated(*[40] * 30, ahead=8), size=2, ahead=8)
    assert told.expected_ms // 3 < told.low_ms < told.expected_ms


def test_how_far_off_one_wait_was_widens_the_range_no_more_than_far() -> None:
    usual = [40.0] * 30
    far, farther = (learn(seated(*usual, wait, ahead=8)) for wait in (400, 4_000))
    # It still moves the pace, and so a little more lies away from it.
    assert far.variance < farther.variance < 2 * far.variance


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


@given(evenings, sizes, lines, st.integers(0, 100), st.sampled_from([0, 1, None]))
def test_who_joins_behind_more_parties_is_never_told_less(
    seatings: list[Seating], size: int, ahead: int, share: int, more: int | None
) -> None:
    learned = learn(seatings)
    alike = ahead * share // 100
    near = learned.range(size, ahead, alike if more is not None else None)
    far = learned.range(size, ahead + 1, alike + more if more is not None else None)
    assert near.low_ms <= far.low_ms
    assert near.high_ms <= far.high_ms
    assert near.expected_ms <= far.expected_ms


def test_other_bands_matter_little_to_one_with_enough() -> None:
    own, slow = seated(*[20] * 30), seated(*[120] * 20, size=4)
    alone, beside = wait_range(own, 2, 4), wait_range([*own, *slow], 2, 4)
    assert near(beside.expected_ms, alone.expected_ms, by=0.2)


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
        learn(recent).range(1, 1, 1).expected_ms,
        learn(recent).range(1, 1, 1).expected_ms,
        learn(recent).range(1, 2, 2).expected_ms,
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
