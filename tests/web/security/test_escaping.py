"""Everything that people type is escaped in pages, fragments, images, JSON and push messages.

What a spreadsheet would run is defused in exports: tests/web/test_export_files.py.
"""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from queueup.notifications import notification
from queueup.notifications.notification import Text
from queueup.services import EXTENSION
from tests.web.security.conftest import Line, readable

# Ends a text, an attribute in either quotes, a tag, a script, and a line.
EVIL = "<evil-tag onx=1>\"'><evil-tag>`</script>{{7*7}}${7*7}&lt;=1+1"


@pytest.fixture
def evil(app: Flask) -> Line:
    """A line in which everybody has typed evil things into everything."""
    tablet, phone, other = (app.test_client() for _ in range(3))
    form = {"eventName": EVIL, "maxGuests": "30", "location": EVIL, "contactInfo": EVIL}
    opened = tablet.post("/new", data=form)
    assert opened.status_code == 303
    code = opened.location.rpartition("/")[2]
    ids = []
    for browser in (phone, other):
        joined = browser.post(f"/queue/{code}", data={"name": EVIL, "size": "2"})
        assert joined.status_code == 303
        cookie = browser.get_cookie(f"queueup_party_{code}")
        assert cookie
        ids.append(cookie.value)
    own = tablet.get_cookie(f"queue_host_auth_{code}")
    assert own
    line = Line(code, tablet, phone, ids[0], other, ids[1], own.value.partition(".")[0])
    party = {"partyId": ids[0]}
    kept = {"name": EVIL, "size": 2, "phone": "<evil-tag>", "notes": EVIL, "seating": "<evil-tag>"}
    for action, body in (
        ("edit", party | kept),
        ("settings", {"quickReplies": ["<evil-tag>", '"><evil-tag>'], "keepsCode": True}),
        ("message", party | {"text": EVIL}),
        ("set-aside", {"partyId": ids[1], "reason": EVIL}),
        ("back-in-line", {"partyId": ids[1]}),
        ("move", {"partyId": ids[0], "reason": EVIL}),
        ("name-device", {"deviceId": line.device_id, "name": '"><evil-tag>'}),
        ("call", party),
        ("serve", party | {"table": "<evil-tag>"}),
        ("restore", party),
        ("remove", {"partyId": ids[1], "reason": EVIL}),
        ("pause", {"reason": EVIL}),
    ):
        done = tablet.post(f"/api/queue/{code}/{action}", json=body)
        assert done.status_code == 200, (action, done.text)
    recorder = app.extensions[EXTENSION].recorder
    recorder.upgrade()
    recorder.record_queue(code)
    return line


class Tags(HTMLParser):
    """Collects the names of all tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        self.names |= {tag, *(name for name, _ in attrs)}


def pages(app: Flask, line: Line) -> Iterator[TestResponse]:
    """Yield all that anybody is shown."""
    browsers: list[FlaskClient] = [line.tablet, line.phone, line.other_phone, app.test_client()]
    for rule in readable(app):
        if rule.rule == "/readyz":
            continue  # says 503 where no worker runs
        for path in line.path(rule):
            for browser in browsers:
                yield browser.get(path)
    for view in ("public", "board", "kiosk", "guest", "host"):
        for browser in browsers:
            path = f"/api/queue/{line.code}/snapshot?view={view}"
            yield browser.get(path, headers={"HX-Request": "true"})
            yield browser.get(path)
    for browser in browsers:
        yield browser.post(f"/queue/{line.code}", data={"name": EVIL, "size": EVIL, "key": EVIL})
        yield browser.post(
            "/new", data={"eventName": EVIL * 3, "maxGuests": EVIL, "location": EVIL}
        )
        yield browser.get("/", query_string={"code": EVIL})
        yield browser.get(f"/queue/{EVIL}/{EVIL}")
        yield browser.post(f"/host/{line.code}/do/pause", data={"reason": EVIL * 9})
        yield browser.post(f"/host/{line.code}/device", data={"name": EVIL, "invitation": EVIL})
        yield browser.post(f"/kiosk/{line.code}", data={"name": EVIL, "size": EVIL})


def test_what_people_type_is_text_on_every_page(app: Flask, evil: Line) -> None:
    shown, seen = 0, set()
    for answer in pages(app, evil):
        assert answer.status_code < 500, answer.request.path
        seen.add(answer.mimetype)
        shown += "evil-tag" in answer.text if answer.mimetype != "image/png" else 0
        if answer.mimetype == "text/html":
            tags = Tags()
            tags.feed(answer.text)
            assert not tags.names & {"evil-tag", "onx"}, answer.request.path
            assert "<evil-tag" not in answer.text, answer.request.path
            assert "${49}" not in answer.text and "{49}" not in answer.text
        elif answer.mimetype == "image/svg+xml":
            tree = ElementTree.fromstring(answer.text)
            assert not [part.tag for part in tree.iter() if "evil" in part.tag]
        elif answer.mimetype in ("application/json", "application/manifest+json"):
            json.loads(answer.text)
        for name, value in answer.headers:
            assert "<evil-tag" not in value, (answer.request.path, name)
    assert shown > 20
    assert {"text/html", "image/svg+xml", "application/json"} <= seen


def test_what_people_type_cannot_end_a_header(app: Flask, line: Line) -> None:
    evil = "a\r\nSet-Cookie: evil=1"
    answers = [
        line.tablet.post(f"/host/{line.code}/do/pause", data={"reason": evil}),
        line.tablet.post(f"/host/{line.code}/do/move", data={"partyId": evil, "reason": evil}),
        line.phone.get("/", query_string={"code": evil}),
        line.phone.post(f"/queue/{line.code}", data={"name": evil, "size": "2", "key": evil}),
    ]
    for answer in answers:
        assert answer.status_code < 500
        assert "evil" not in str(answer.headers.getlist("Set-Cookie"))
        assert all("\n" not in value for _, value in answer.headers)


def test_what_people_type_is_text_in_a_push() -> None:
    said = json.loads(notification.payload(Text(EVIL, EVIL), "https://queue.example/", "called"))
    assert (said["title"], said["body"]) == (EVIL, EVIL)
