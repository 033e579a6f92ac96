"""How pages say numbers and times."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask

from queueup.domain.model import MINUTE
from queueup.domain.undo_log import UNDOABLE
from queueup.web.templating import filters

Asked = Callable[[str], AbstractContextManager[None]]


def test_everything_that_can_be_undone_has_words() -> None:
    assert filters.DONE.keys() == {event.kind for event in UNDOABLE}


@pytest.fixture
def asked_in(app: Flask) -> Asked:
    """Be in a request of a phone that reads a language."""

    @contextmanager
    def asked(language: str) -> Iterator[None]:
        with app.test_request_context(headers={"Accept-Language": language}):
            yield

    return asked


@pytest.mark.parametrize(
    ("language", "places", "said"),
    [
        ("en", (1, 2, 3, 4), "1st 2nd 3rd 4th"),
        ("en", (11, 12, 13, 21, 22, 101, 111), "11th 12th 13th 21st 22nd 101st 111th"),
        ("es", (1, 3), "1.º 3.º"),
        ("fr", (1, 2, 21), "1er 2e 21e"),
        ("de", (1, 3), "1. 3."),
        ("it", (1, 3), "1º 3º"),
        ("zh-CN", (1, 3), "第1位 第3位"),
    ],
)
def test_places_are_said_as_people_say_them(
    asked_in: Asked, language: str, places: tuple[int, ...], said: str
) -> None:
    with asked_in(language):
        assert " ".join(filters.ordinal(place) for place in places) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 5, "under 5 min"),
        (15, 25, "about 15–25 min"),
        (45, 75, "about 45–75 min"),
        (60, 75, "about 1 h to 1 h 15"),
        (120, 150, "about 2 h to 2 h 30"),
    ],
)
def test_a_wait_is_said_as_a_range(asked_in: Asked, low: int, high: int, said: str) -> None:
    with asked_in("en"):
        assert filters.wait_range({"lowMs": low * MINUTE, "highMs": high * MINUTE}) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 5, "under 5 min"),
        (15, 25, "about 15–25 min"),
        (55, 75, "about 55–75 min"),
        (60, 90, "about 1 h to 1 h 30"),
    ],
)
def test_an_estimated_range_is_said_as_it_is(
    asked_in: Asked, low: int, high: int, said: str
) -> None:
    with asked_in("en"):
        assert filters.wait_range({"lowMs": low * MINUTE, "highMs": high * MINUTE}) == said


def test_the_page_of_a_guest_far_back_asks_less_often() -> None:
    paces = [filters.pace(place) for place in range(1, 40)]
    assert paces[0] == 3_000
    assert paces[2] == 4_000
    assert paces[-1] == 15_000
    assert paces == sorted(paces)
