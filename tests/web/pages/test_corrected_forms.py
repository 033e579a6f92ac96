"""A form that is sent again after the way back corrects what it said, and undoes nobody's words."""

import pytest
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import act, hidden, said


def test_a_walk_in_corrected_after_the_way_back_is_the_same_party(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    key = hidden(host.get(f"/host/{code}/add"), "key")
    add = f"/host/{code}/do/add"
    first = {"size": "2", "name": "Ana", "notes": "red coat", "key": key}
    corrected = first | {"size": "4", "name": "Anna", "quotedMinutes": "30"}
    for form in (first, first, corrected):
        assert host.post(add, data=form).status_code == 303
    (party,) = waitlist.queue(code).parties
    assert (party.name, party.size, party.notes) == ("Anna", 4, "red coat")
    assert (party.promised, party.quoted_ms) == (True, 30 * 60_000)
    # What another device has corrected since stays, whichever of the two is sent again.
    act(host, code, party.id, "edit", name="Annabel", size="5")
    for form in (corrected, first):
        assert host.post(add, data=form).status_code == 303
    assert [(one.name, one.size) for one in waitlist.queue(code).parties] == [("Annabel", 5)]
    # Another form, and another device, add parties of their own.
    host.post(add, data=first | {"key": hidden(host.get(f"/host/{code}/add"), "key")})
    assert len(waitlist.queue(code).parties) == 2


def test_a_corrected_walk_in_can_be_undone(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    first = {"size": "2", "name": "Ana", "key": "the form's"}
    for form in (first, first | {"size": "4", "quotedMinutes": "30"}):
        host.post(f"/host/{code}/do/add", data=form)
    last = waitlist.fresh_snapshot(code).views["host"]["undo"]
    assert last
    act(host, code, "", "undo", act=str(last["act"]))
    (party,) = waitlist.queue(code).parties
    assert (party.size, party.promised) == (2, False)


def test_a_walk_in_that_is_seated_is_corrected_no_more(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    first = {"size": "2", "name": "Ana", "key": "the form's"}
    host.post(f"/host/{code}/do/add", data=first)
    (party,) = waitlist.queue(code).parties
    act(host, code, party.id, "call")
    act(host, code, party.id, "serve")
    assert host.post(f"/host/{code}/do/add", data=first).status_code == 303
    refused = host.post(f"/host/{code}/do/add", data=first | {"size": "3"})
    assert refused.status_code == 409
    assert "has already been seated" in said(refused)
    assert [one.size for one in waitlist.queue(code).parties] == [2]


@pytest.mark.parametrize("path", ["queue", "kiosk"])
def test_a_join_form_sent_again_does_not_undo_a_correction(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist, path: str
) -> None:
    def now() -> tuple[str | None, int]:
        (party,) = waitlist.queue(code).parties
        return party.name, party.size

    form = {"size": "2", "name": "Ana", "key": "the form's"}
    client.post(f"/{path}/{code}", data=form)
    party_id = waitlist.queue(code).parties[0].id
    act(host, code, party_id, "edit", name="Hannah", size="3", notes="red coat")
    client.post(f"/{path}/{code}", data=form)
    assert now() == ("Hannah", 3)
    # A correction of the form is taken, and only what it corrects.
    client.post(f"/{path}/{code}", data=form | {"size": "4"})
    assert now() == ("Hannah", 4)
    assert waitlist.queue(code).parties[0].notes == "red coat"
    client.post(f"/{path}/{code}", data=form | {"size": "4", "name": ""})
    assert now() == ("Hannah", 4)
    client.post(f"/{path}/{code}", data=form)
    assert now() == ("Hannah", 2)
    client.post(f"/{path}/{code}", data=form | {"name": "Anna"})
    assert now() == ("Anna", 2)


def test_a_join_form_sent_again_does_not_undo_the_guests_own_change(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    form = {"size": "2", "name": "Ana", "key": "the form's"}
    client.post(f"/queue/{code}", data=form)
    party_id = waitlist.queue(code).parties[0].id
    client.post(f"/queue/{code}/do/size", data={"partyId": party_id, "size": "5"})
    client.post(f"/queue/{code}", data=form)
    assert waitlist.queue(code).parties[0].size == 5
