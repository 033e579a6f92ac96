"""A measurement that judges promises fails when one is broken."""

import types
from collections import Counter

import pytest

import bench.__main__ as bench_main
from bench import promises
from bench.crowd import Seen
from bench.whole import Use


def kept(judged: tuple[str, str, bool]) -> bool:
    """Tell what was judged."""
    return judged[2]


def test_the_slowest_of_a_hundred_decides() -> None:
    assert kept(promises.on_time("polls", [5.0] * 500))
    assert not kept(promises.on_time("polls", [5.0] * 98 + [5_000.0] * 2))


def test_no_answers_are_no_kept_promise() -> None:
    assert not kept(promises.on_time("polls", []))


def test_times_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promises, "P99_MS", 0)
    assert kept(promises.on_time("polls", [5_000.0] * 100))
    assert kept(promises.answered(Seen(errors=Counter({"poll: TimeoutError": 1}))))
    assert kept(promises.nobody_refused(Seen(refused=Counter({"poll: 503": 1}))))
    assert not kept(promises.nobody_refused(Seen(refused=Counter({"poll: 429": 1}))))
    assert not kept(promises.on_time("polls", []))


def test_who_waits_in_vain_was_promised_an_answer() -> None:
    assert kept(promises.answered(Seen(errors=Counter({"poll: 403": 1}))))
    assert not kept(promises.answered(Seen(errors=Counter({"poll: TimeoutError": 1}))))


@pytest.mark.parametrize(
    "seen",
    [
        Seen(refused=Counter({"poll: 429": 1})),
        Seen(refused=Counter({"action: 503": 1})),
        Seen(errors=Counter({"join: 403": 1})),
        Seen(errors=Counter({"action: ConnectionResetError": 1})),
    ],
)
def test_a_refusal_of_any_kind_is_one(seen: Seen) -> None:
    assert not kept(promises.nobody_refused(seen))


def test_what_the_rules_say_is_no_refusal() -> None:
    seen = Seen(counts=Counter({"poll 304": 9, "action 409": 1, "leave 404": 1}))
    assert kept(promises.nobody_refused(seen))
    assert kept(promises.nobody_refused(Seen(errors=Counter({"poll: TimeoutError": 1}))))


@pytest.mark.parametrize(
    ("before_mb", "beside_mb", "after_mb", "is_kept"),
    [
        (8, 8, 20, True),
        (8, 8, 30, False),
        (200, 200, 229, True),
        (200, 200, 235, False),
        (70, 110, 70, True),
        (70, 150, 70, False),
    ],
)
def test_memory_may_grow_a_little(
    before_mb: float, beside_mb: float, after_mb: float, is_kept: bool
) -> None:
    uses = ({"web process": Use(mb, 1.0, 9)} for mb in (before_mb, beside_mb, after_mb))
    assert [kept(one) for one in promises.memory_flat(*uses)] == [is_kept]


@pytest.mark.parametrize(
    ("memory_mb", "cached_mb", "is_kept"),
    [
        (125, 5, False),
        (125, 15, True),
        (145, 15, False),
        (240, 130, True),
        (250, 140, False),
    ],
)
def test_what_the_caches_took_in_is_within_their_limit_and_no_growth(
    memory_mb: float, cached_mb: float, is_kept: bool
) -> None:
    before, after = Use(100, 1.0, 9, 5), Use(memory_mb, 1.0, 9, cached_mb)
    judged = promises.memory_flat({"web": before}, {"web": after}, {"web": after})
    assert [kept(one) for one in judged] == [is_kept]
    # Meanwhile a PIN may be hashed.
    meanwhile = Use(memory_mb + promises.PIN_MB, 1.0, 9, cached_mb)
    judged = promises.memory_flat({"web": before}, {"web": meanwhile}, {"web": after})
    assert [kept(one) for one in judged] == [is_kept]


def test_every_call_arrives() -> None:
    assert kept(promises.calls_arrived([9.0, 12.0], 0))
    assert not kept(promises.calls_arrived([9.0, 12.0], 1))


def test_the_exit_code_says_that_a_promise_was_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("polls", "300 a second"), ("refused", "0", True), ("memory", "1 and 9 MB", False)]
    measured = types.ModuleType("measured", "Something.")
    measured.run = lambda: rows  # type: ignore[attr-defined]
    monkeypatch.setattr(bench_main.importlib, "import_module", lambda name: measured)
    assert bench_main.main(["measured"]) == 1
    assert "1 and 9 MB: BROKEN" in capsys.readouterr().out
    del rows[2]
    assert bench_main.main(["measured"]) == 0
