"""Only present devices of a host can act as host or see what it sees, on any route.

The routes and actions are those that the app has: a new one is covered by being there.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from queueup.services import Services
from queueup.web.auth import hosts
from queueup.web.input import host_actions
from queueup.web.middleware.limit_rules import HOSTS_OWN
from tests.web.security.conftest import Line, changing, readable

PHONE, NOTES = "+1 555 0199", "allergic to peanuts"
REFUSED = (401, 403)
# Anybody with an invitation may open its page.
FOR_ANYBODY = ("host_devices.join", "host_devices.redeem_invitation")

Outsider = Callable[[Flask, Line], FlaskClient]


def stranger(app: Flask, line: Line) -> FlaskClient:
    return app.test_client()


def guest_of_the_line(app: Flask, line: Line) -> FlaskClient:
    return line.other_phone


def host_of_another_line(app: Flask, line: Line) -> FlaskClient:
    """Return a tablet that shows all it has for its own line as if it were for this one."""
    tablet = app.test_client()
    code = tablet.post("/new", data={"eventName": "Mario", "maxGuests": "30"}).location.rpartition(
        "/"
    )[2]
    own = tablet.get_cookie(hosts.host_cookie(code))
    assert own
    made = tablet.post("/api/queue/create", json={"eventName": "Mario", "maxGuests": 30}).json
    tablet.set_cookie(hosts.host_cookie(line.code), own.value)
    tablet.environ_base["HTTP_X_HOST_AUTH"] = made["hostAuthToken"]
    return tablet


def device_with_another_secret(app: Flask, line: Line) -> FlaskClient:
    tablet = app.test_client()
    tablet.set_cookie(hosts.host_cookie(line.code), f"{line.device_id}.{'A' * 32}")
    return tablet


def removed_device(app: Flask, line: Line) -> FlaskClient:
    """Return a tablet that has run the line until a moment ago."""
    path = f"/api/queue/{line.code}"
    link = line.tablet.post(f"{path}/invite-device", json={}).json["url"]
    second = app.test_client()
    invitation = {"invitation": link.partition("#")[2], "name": "Bar"}
    joined = second.post(f"/host/{line.code}/device", data=invitation)
    assert joined.status_code == 303
    own = second.get_cookie(hosts.host_cookie(line.code))
    assert own
    device_id = own.value.partition(".")[0]
    done = line.tablet.post(f"{path}/remove-device", json={"deviceId": device_id})
    assert done.status_code == 200
    return second


OUTSIDERS = (
    stranger,
    guest_of_the_line,
    host_of_another_line,
    device_with_another_secret,
    removed_device,
)


def addresses(line: Line, rules: list[Rule]) -> Iterator[str]:
    """Yield the addresses of what only hosts ask, with each action that there is."""
    for rule in rules:
        values = {"code": line.code, "party_id": line.party_id, "screen": "board"}
        if not rule.endpoint.startswith(HOSTS_OWN) or "code" not in rule.arguments:
            continue
        if rule.endpoint in FOR_ANYBODY or "act_as_guest" in rule.endpoint:
            continue
        wanted = rule.arguments - set(rule.defaults or ())
        for action in host_actions.ACTIONS if "action" in wanted else ("",):
            for name in ("add", "pause", "message") if "name" in wanted else ("",):
                given = {**values, "action": action, "name": name}
                built = rule.build({key: given[key] for key in wanted}, append_unknown=False)
                assert built
                yield built[1]


@pytest.fixture
def known(line: Line) -> Line:
    """The line, with what its host keeps of the first party."""
    fields = {"partyId": line.party_id, "name": "Anna", "size": 2, "phone": PHONE, "notes": NOTES}
    assert line.tablet.post(f"/api/queue/{line.code}/edit", json=fields).status_code == 200
    return line


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_outsider_acts_as_the_host(
    app: Flask, parts: Services, known: Line, outsider: Outsider
) -> None:
    browser = outsider(app, known)
    fields = {"partyId": known.party_id, "deviceId": known.device_id, "sure": "1", "size": "3"}
    fields |= {"reason": "x", "text": "x", "name": "x", "minutes": "5", "pin": "1234"}
    before = parts.waitlist.queue(known.code)
    paths = list(addresses(known, changing(app)))
    assert len(paths) > 2 * len(host_actions.ACTIONS)
    for path in paths:
        # The page that a party is edited on reads what is to be done from the form.
        for did in ("call", "remove-device"):
            assert browser.post(path, data=fields | {"do": did}).status_code in REFUSED, path
        assert browser.post(path, json=fields).status_code in REFUSED, path
    assert parts.waitlist.queue(known.code) == before


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_outsider_is_shown_what_the_host_sees(
    app: Flask, known: Line, outsider: Outsider
) -> None:
    browser = outsider(app, known)
    paths = [*addresses(known, readable(app)), f"/api/queue/{known.code}/snapshot?view=host"]
    assert len(paths) > 8
    for path in paths:
        for headers in ({}, {"HX-Request": "true"}):
            answer = browser.get(path, headers=headers)
            told = answer.text + str(answer.headers)
            for secret in (PHONE, NOTES, "Anna", known.party_id):
                assert secret not in told.replace(path, ""), (path, answer.status_code)
