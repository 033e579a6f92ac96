"""A host can revoke the token of a line: then only devices can act as host."""

from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from websockets.exceptions import InvalidStatus

from queueup.services import Services
from queueup.web.auth import hosts
from tests.support.legacy_clients import HANGS_S, Evening, Open, Start
from tests.support.redis_server import OwnRedis

REVOKED = (401, 403)


@pytest.fixture
def tablet(app: Flask) -> FlaskClient:
    """The device that opens a line."""
    return app.test_client()


@pytest.fixture
def code(tablet: FlaskClient) -> str:
    """The code of a line that was opened on the pages."""
    answer = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "30"})
    assert answer.status_code == 303
    return answer.location.rpartition("/")[2]


@pytest.fixture
def token(app: Flask, parts: Services, code: str) -> dict[str, str]:
    """The header of a client that knows the token of the line."""
    with app.test_request_context():
        return {"x-host-auth": hosts.host_token(parts.waitlist.queue(code).session_id)}


def asked(browser: FlaskClient, code: str, headers: dict[str, str]) -> list[int]:
    """Return the statuses of what a host does, looks at, and reads."""
    return [
        browser.post(f"/api/queue/{code}/add", json={"size": 2}, headers=headers).status_code,
        browser.post(f"/api/queue/{code}/advance", json={}, headers=headers).status_code,
        browser.get(f"/host/{code}", headers=headers).status_code,
        browser.post(f"/host/{code}/do/resume", headers=headers).status_code,
    ]


def test_a_revoked_token_opens_nothing_and_devices_go_on(
    app: Flask, tablet: FlaskClient, code: str, token: dict[str, str]
) -> None:
    stranger = app.test_client(use_cookies=False)
    assert asked(stranger, code, token) == [200, 200, 200, 303]
    assert tablet.post(f"/host/{code}/do/revoke-tokens").status_code == 303
    assert all(status in REVOKED for status in asked(stranger, code, token))
    assert stranger.get(f"/api/queue/{code}/snapshot", headers=token).status_code in REVOKED
    assert asked(tablet, code, {}) == [200, 200, 200, 303]
    # What was taken back stays so, and taking it back again is no mistake.
    assert tablet.post(f"/host/{code}/do/revoke-tokens").status_code == 303
    assert all(status in REVOKED for status in asked(stranger, code, token))


def test_the_token_of_a_later_day_is_revoked_too(
    app: Flask, parts: Services, tablet: FlaskClient, code: str
) -> None:
    kept = tablet.post(f"/api/queue/{code}/settings", json={"keepsCode": True})
    assert kept.status_code == 200
    tablet.post(f"/host/{code}/do/revoke-tokens")
    tablet.post(f"/host/{code}/do/end-day")
    assert tablet.post(f"/host/{code}/do/open", data={"sure": "1"}).status_code == 303
    queue = parts.waitlist.queue(code)
    assert not queue.is_closed
    with app.test_request_context():
        fresh = {"x-host-auth": hosts.host_token(queue.session_id)}
    stranger = app.test_client(use_cookies=False)
    assert all(status in REVOKED for status in asked(stranger, code, fresh))


def test_a_link_that_was_made_before_lets_nobody_in(
    app: Flask, tablet: FlaskClient, code: str, token: dict[str, str]
) -> None:
    stranger = app.test_client()
    made = stranger.post(f"/api/queue/{code}/invite-device", json={}, headers=token).json
    letters = str(made["url"]).rpartition("#")[2]
    tablet.post(f"/host/{code}/do/revoke-tokens")
    form = {"invitation": letters, "name": "Mine"}
    assert stranger.post(f"/host/{code}/device", data=form).status_code not in (200, 303)
    assert stranger.get(f"/host/{code}").status_code == 403


def test_a_line_without_a_device_keeps_its_token(app: Flask, parts: Services) -> None:
    browser = app.test_client(use_cookies=False)
    wish = {"eventName": "Old", "maxGuests": 9}
    opened: dict[str, Any] = browser.post("/api/queue/create", json=wish).json
    token = {"x-host-auth": opened["hostAuthToken"]}
    path = f"/api/queue/{opened['code']}"
    refused = browser.post(f"{path}/revoke-tokens", json={}, headers=token)
    assert refused.status_code == 409
    assert "Add a device first" in refused.json["error"]
    assert browser.post(f"{path}/advance", json={}, headers=token).status_code == 200
    assert not parts.waitlist.queue(opened["code"]).tokens_revoked


def test_a_socket_that_the_token_opened_is_closed(
    own_redis: OwnRedis, start_web: Start, open_screen: Open
) -> None:
    evening = Evening(start_web(own_redis.url))
    host = open_screen(evening.address(hostToken=evening.token))
    assert host.receive()["type"] == "queue_update"
    party = evening.join("Anna")
    guest = open_screen(evening.address(partyId=party))
    assert guest.receive()["type"] == "position"
    assert host.receive()["queue"][0]["name"] == "Anna"
    letters = evening.do("invite-device")["url"].rpartition("#")[2]
    added = requests.post(
        f"{evening.web.url}/host/{evening.code}/device",
        data={"invitation": letters, "name": "Tablet"},
        timeout=HANGS_S,
    )
    assert added.ok
    evening.do("revoke-tokens")
    last = [host.receive(), host.receive()]
    assert {message["type"] for message in last} == {"queue_update"}
    assert host.ending()[0] == 1001
    with pytest.raises(InvalidStatus) as refused:
        open_screen(evening.address(hostToken=evening.token))
    assert refused.value.response.status_code == 401
    assert guest.has_nothing_more()
