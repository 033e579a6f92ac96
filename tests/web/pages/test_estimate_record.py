"""How good the estimates were: on the report for hosts, on their page for guests if it is good."""

import pytest
from flask.testing import FlaskClient

from queueup.clock import now_ms
from queueup.domain.estimate_record import ENOUGH
from queueup.services import Services
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock
from tests.support import hosting
from tests.web.pages.filling_in import join, said

TOLD = "Lately, 10 in 10 parties of this size were called within their estimate."


@pytest.fixture
def clock(parts: Services, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, which is turned by hand."""
    clock = Clock(now_ms())
    monkeypatch.setattr(parts.waitlist, "_clock", clock)
    return clock


def test_a_good_record_is_shown_to_the_guests_of_that_size_and_to_hosts(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist, clock: Clock
) -> None:
    report = said(host.get(f"/host/{code}/reports"))
    assert "Once guests have been seated after a wait" in report
    for number in range(ENOUGH):
        assert TOLD not in said(client.get(f"/queue/{code}/place"))
        party_id = waitlist.join(code, f"p{number}", 2, None)[1].id
        clock.forward(4)
        hosting.call(waitlist, code, party_id)
        hosting.serve(waitlist, code, party_id)
    join(client, code, "Anna", "2")
    place = f"/queue/{code}/place"
    assert TOLD in said(client.get(place))
    spanish = said(client.get(place, headers={"Accept-Language": "es"}))
    assert "10 de cada 10 grupos de este tamaño" in spanish
    bo = waitlist.join(code, "Bo", 4, None)[1].id
    hosting.call(waitlist, code, bo)
    hosting.serve(waitlist, code, bo)
    report = host.get(f"/host/{code}/reports").text
    row = '<tr><th scope="row">1-2</th><td>10</td><td>100%</td><td>100%</td></tr>'
    assert row in report
    # Who walked straight to a table has no record.
    assert '<th scope="row">3-4</th><td>1</td>' not in report
    estimates = waitlist.snapshot(code).views["host"]["estimates"]
    assert estimates == {"1-2": {"parties": 10, "within": 10, "byItsEnd": 10}}
