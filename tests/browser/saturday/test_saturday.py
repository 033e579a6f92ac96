"""A Saturday night: thirty parties, two tablets, old screens, a cut network; nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.saturday import evening, night
from tests.browser.saturday.history import History
from tests.browser.saturday.house import House
from tests.support.running_service import Service

pytestmark = pytest.mark.long


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Service]:
    """The whole program, running as an operator starts it."""
    with Service(tmp_path / "data") as running:
        yield running


def test_nothing_is_lost_or_doubled_on_a_saturday_night(house: House, program: Service) -> None:
    for act in (
        evening.thirty_begin_to_arrive,
        evening.several_are_called_and_answer,
        evening.the_host_seats_and_corrects_mistakes,
        evening.the_order_changes,
        evening.the_door_is_shut_for_a_while,
        night.a_second_tablet_comes,
        night.the_network_is_cut,
        night.the_page_is_loaded_again,
        night.the_rest_is_seated,
        night.the_day_ends,
    ):
        act(house)
        house.agrees()
    house.is_quiet()

    assert len(house.line.states) == 30
    history = History(program.data)
    history.tells(house.line, undone_endings={3: 1})
    assert history.tables() == {1: "12", 3: "12", 14: "7"}
