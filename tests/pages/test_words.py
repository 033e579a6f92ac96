"""How pages say numbers and times."""

import pytest

from queueup.domain.queue import MINUTE
from queueup.web import words


def test_places_are_said_as_people_say_them() -> None:
    places = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111]
    suffixes = [words.ordinal_suffix(place) for place in places]
    assert suffixes == ["st", "nd", "rd", "th", "th", "th", "th", "st", "nd", "st", "th"]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "under 5 min"),
        (6, "about 5–10 min"),
        (15, "about 15–20 min"),
        (59, "about 55–60 min"),
        (60, "about 1 h to 1 h 15"),
        (120, "about 2 h to 2 h 15"),
    ],
)
def test_a_wait_is_a_range_that_is_rounded_up(minutes: int, said: str) -> None:
    assert words.about_wait(minutes * MINUTE) == said


def test_the_page_of_a_guest_far_back_asks_less_often() -> None:
    paces = [words.pace(place) for place in range(1, 40)]
    assert paces[0] == 3_000
    assert paces[2] == 4_000
    assert paces[-1] == 15_000
    assert paces == sorted(paces)
