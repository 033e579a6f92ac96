"""An open line with its host's tablet and two guests' phones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass
class Line:
    """A line that was opened on the pages: who runs it and who waits in it."""

    code: str
    tablet: FlaskClient
    phone: FlaskClient
    party_id: str
    other_phone: FlaskClient
    other_id: str
    device_id: str

    def path(self, rule: Rule) -> Iterator[str]:
        """Yield the addresses of a route: one, or one for each of its actions."""
        actions = ["call", "settings", "leave", "dance"] if "action" in rule.arguments else [""]
        names = ["add", "pause", "message"] if "name" in rule.arguments else [""]
        for action in actions:
            for name in names:
                values: dict[str, Any] = {
                    "code": self.code,
                    "action": action,
                    "party_id": self.party_id,
                    "name": name,
                    "screen": "board",
                }
                wanted = {key: values[key] for key in rule.arguments - set(rule.defaults or ())}
                yield rule.build(wanted, append_unknown=False)[1]


@pytest.fixture
def line(app: Flask) -> Line:
    """An open line in which two parties wait."""
    tablet, phone, other = (app.test_client() for _ in range(3))
    opened = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "30"})
    assert opened.status_code == 303
    code = opened.location.rpartition("/")[2]
    ids = []
    for browser, name in ((phone, "Anna"), (other, "Ben")):
        answer = browser.post(f"/queue/{code}", data={"name": name, "size": "2"})
        assert answer.status_code == 303
        cookie = browser.get_cookie(f"queueup_party_{code}")
        assert cookie
        ids.append(cookie.value)
    own = tablet.get_cookie(f"queue_host_auth_{code}")
    assert own
    return Line(code, tablet, phone, ids[0], other, ids[1], own.value.partition(".")[0])


def changing(app: Flask) -> list[Rule]:
    """Return all routes that may change something."""
    return [rule for rule in app.url_map.iter_rules() if set(rule.methods or ()) - SAFE]


def readable(app: Flask) -> list[Rule]:
    """Return all routes that only show something."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.websocket
    ]
