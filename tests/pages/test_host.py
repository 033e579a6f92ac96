"""The console: buttons that may be pressed twice, and nobody but the host."""

from collections.abc import Callable

from flask.testing import FlaskClient

from queueup.domain.queue import Status
from queueup.waitlist import Waitlist
from tests.pages.filling_in import act, join, open_line


def test_call_next_calls_the_party_on_its_button_once(
    host: FlaskClient, phone: Callable[[], FlaskClient], code: str, waitlist: Waitlist
) -> None:
    join(phone(), code)
    join(phone(), code)
    first = waitlist.queue(code).waiting()[0]
    for _ in range(2):
        host.post(f"/host/{code}/call-next", data={"party": first.id})
    called = waitlist.queue(code).called()
    assert [(party.id, party.call_count) for party in called] == [(first.id, 1)]


def test_every_button_may_be_pressed_twice(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    party_id = waitlist.queue(code).parties[0].id
    steps = [("call", {}, 1), ("again", {"calls": "1"}, 2), ("served", {}, 2)]
    for do, more, calls in steps:
        for _ in range(2):
            assert act(host, code, party_id, do, **more).status_code == 200
        assert waitlist.queue(code).parties[0].call_count == calls
    assert waitlist.queue(code).parties[0].status is Status.SERVED


def test_removing_and_closing_ask_first(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code, "Anna")
    party_id = waitlist.queue(code).parties[0].id
    assert "Remove #1 Anna?" in act(host, code, party_id, "remove").text
    assert "Close this line?" in host.post(f"/host/{code}/close").text
    assert waitlist.queue(code).parties[0].status is Status.WAITING
    assert not waitlist.queue(code).is_closed
    host.post(f"/host/{code}/close", data={"sure": "1"})
    assert waitlist.queue(code).is_closed
    assert "This line is closed" in host.get(f"/host/{code}").text
    assert "The line has closed" in client.get(f"/queue/{code}/place").text


def test_buttons_after_closing_time_are_no_error(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    party_id = waitlist.queue(code).parties[0].id
    for _ in range(2):
        host.post(f"/host/{code}/close", data={"sure": "1"})
    for do in ("call", "again", "served", "no-show", "remove"):
        assert act(host, code, party_id, do, sure="1", calls="1").status_code == 200


def test_nobody_but_the_host_runs_a_line(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    party_id = waitlist.queue(code).parties[0].id
    open_line(client)
    for path in ("", "/poster", "/poster.svg", "/qr.png"):
        assert client.get(f"/host/{code}{path}").status_code == 403
    for path in ("call-next", "party", "close"):
        data = {"party": party_id, "do": "call", "sure": "1"}
        assert client.post(f"/host/{code}/{path}", data=data).status_code == 403
    assert waitlist.queue(code).waiting()


def test_an_action_without_a_party_or_a_meaning_is_refused(host: FlaskClient, code: str) -> None:
    assert host.post(f"/host/{code}/call-next").status_code == 400
    assert act(host, code, "", "call").status_code == 400
    assert act(host, code, "x", "promote").status_code == 400
    assert act(host, code, "x", "call").status_code == 200


def test_an_action_answers_htmx_with_what_its_next_poll_would_see(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    party_id = waitlist.queue(code).parties[0].id
    fragment = {"HX-Request": "true"}
    data = {"party": party_id, "do": "call"}
    answer = host.post(f"/host/{code}/party", data=data, headers=fragment)
    assert "<html" not in answer.text
    poll = f"/api/queue/{code}/snapshot"
    again = host.get(poll, headers=fragment | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_poster_is_printable_and_downloads(host: FlaskClient) -> None:
    code = open_line(host, eventName="Fish & <Chips>")
    page = host.get(f"/host/{code}/poster")
    assert "Fish &amp; &lt;Chips&gt;" in page.text
    svg = host.get(f"/host/{code}/poster.svg")
    assert svg.mimetype == "image/svg+xml"
    assert code in svg.text
    png = host.get(f"/host/{code}/qr.png")
    assert png.data.startswith(b"\x89PNG")
    assert "attachment" in png.headers["Content-Disposition"]
