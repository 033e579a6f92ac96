"""Every button of every host's page, pressed twice on one page without a script, does one thing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.model import Status
from queueup.waitlist import Waitlist
from queueup.web.auth.hosts import SCREEN
from tests.web.pages.filling_in import open_line

TYPED = {"text": "Terrace", "tel": "020 7946 0018", "number": "4", "pin": "2468"}


@dataclass
class Form:
    """What a form says to whom, and each of its buttons besides."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)

    def presses(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Return where each kind of button sends what; none for a form that a script fills in."""
        if ("partyId", "") in self.fields:
            return
        kinds = {}
        for button in self.buttons:
            where = button.get("formaction", self.action)
            named = [(button["name"], button.get("value", ""))] if "name" in button else []
            kinds.setdefault((where, button.get("name")), [*self.fields, *named])
        for (where, _), fields in kinds.items():
            yield where, fields


class Forms(HTMLParser):
    """Finds the forms of a page that change something."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside: Form | None = None
        self._elsewhere: dict[str, list[tuple[str, str]]] = {}
        self._address = address
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = None
            if said.get("method") == "post":
                self._inside = Form(said.get("action", self._address))
                self.found.append(self._inside)
            if "id" in said and self._inside:
                self._inside.fields += self._elsewhere.get(said["id"], [])
        elif tag == "input" and "form" in said:
            self._elsewhere[said["form"]] = [(said["name"], said["value"])]
        elif self._inside and tag == "input" and "name" in said:
            self._fill_in(self._inside, said)
        elif self._inside and tag == "button" and _sends(said):
            self._inside.buttons.append(said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None

    def _fill_in(self, form: Form, said: dict[str, str]) -> None:
        name, kind = said["name"], said.get("type", "text")
        if kind == "radio":
            # One must be chosen, at first the first.
            if "checked" in said:
                form.fields = [one for one in form.fields if one[0] != name]
            if "checked" in said or name not in dict(form.fields):
                form.fields.append((name, said["value"]))
        elif kind != "checkbox" or "checked" in said:
            typed = TYPED.get(name, TYPED.get(kind, ""))
            form.fields.append((name, said.get("value") or typed))


def _sends(button: dict[str, str]) -> bool:
    is_link = button.get("formmethod") == "get"
    return button.get("type", "submit") == "submit" and not is_link and "disabled" not in button


def make_evening(host: FlaskClient, waitlist: Waitlist) -> str:
    """Return the code of a paused line with a party in every state that has buttons."""
    code = open_line(host)
    _, ben, cora, dan, eve, finn = (
        waitlist.join(code, name, 2, None)[1].id
        for name in ("Anna", "Ben", "Cora", "Dan", "Eve", "Finn")
    )
    steps: list[Callable[..., Events]] = [
        *(partial(host_commands.call, party_id=party_id) for party_id in (ben, cora, dan, finn)),
        partial(host_commands.seat, party_id=cora, table="7"),
        partial(host_commands.no_show, party_id=dan),
        partial(guest_commands.ask_back, party_id=dan),
        partial(guest_commands.leave, party_id=finn),
        partial(host_commands.kick, party_id=eve),
        partial(session_commands.pause, reason="Kitchen is catching up"),
    ]
    for step in steps:
        waitlist.act(code, lambda queue, now, step=step: step(queue, now=now), SCREEN)
    return code


PAGES = {
    "console": lambda code, ids: f"/host/{code}",
    "waiting party": lambda code, ids: f"/host/{code}/party/{ids[Status.WAITING]}",
    "called party": lambda code, ids: f"/host/{code}/party/{ids[Status.CALLED]}",
    "ended party": lambda code, ids: f"/host/{code}/party/{ids[Status.SERVED]}",
    "ended": lambda code, ids: f"/host/{code}/ended",
    "add": lambda code, ids: f"/host/{code}/add",
    "pause": lambda code, ids: f"/host/{code}/pause",
    "message": lambda code, ids: f"/host/{code}/message",
    "end of the day": lambda code, ids: f"/host/{code}/end-day",
    "close": lambda code, ids: f"/host/{code}/close-for-good",
    "devices": lambda code, ids: f"/host/{code}/devices",
}


@pytest.mark.parametrize("shown", PAGES)
def test_a_button_pressed_twice_does_one_thing_and_is_answered_as_at_first(
    host: FlaskClient, waitlist: Waitlist, shown: str
) -> None:
    number, pressed = 0, set()
    while True:
        code = make_evening(host, waitlist)
        ids = {party.status: party.id for party in waitlist.queue(code).parties}
        address = PAGES[shown](code, ids)
        forms = Forms(host.get(address).text, address).found
        presses = [press for form in forms for press in form.presses()]
        if number == len(presses):
            break
        where, fields = presses[number]
        sent = {name: [value for other, value in fields if other == name] for name, _ in fields}
        if where.endswith("/do/close"):
            sent["name"] = ["Lucia"]
        first = host.post(where, data=sent)
        happened = waitlist.queue(code).last_event
        again = host.post(where, data=sent)
        seen = (where, sent, again.text)
        assert (again.status_code, again.location) == (first.status_code, first.location), seen
        assert waitlist.queue(code).last_event == happened, seen
        pressed.add(first.status_code)
        number += 1
    # A question may come first, and a table may be taken.
    assert 303 in pressed and pressed <= {200, 303, 409}, pressed
