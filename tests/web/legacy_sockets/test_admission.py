"""Which clients may open a socket, and how others are refused."""

import json

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from websockets.exceptions import InvalidStatus

from queueup import create_app
from queueup.config import read_settings
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.services import EXTENSION
from queueup.web.legacy_sockets import last_seen
from queueup.web.legacy_sockets.routes import RELAY
from tests.support.legacy_clients import HANGS_S, Evening, address

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version": "13",
}


@pytest.fixture
def refusal(open_screen):
    """Open a socket that must be refused; return status and text."""

    def refused(address: str, **options) -> tuple[int, str]:
        with pytest.raises(InvalidStatus) as error:
            open_screen(address, **options)
        response = error.value.response
        return response.status_code, response.body.decode()

    return refused


@pytest.mark.parametrize("way", ["header", "cookie", "query"])
def test_a_host_comes_in_with_a_good_token_wherever_it_is(evening, open_screen, way):
    headers = {
        "header": {"x-host-auth": evening.token, "Cookie": "queue_host_auth=bad"},
        "cookie": {"x-host-auth": "bad", "Cookie": f"queue_host_auth={evening.token}"},
        "query": {"x-host-auth": "bad", "Cookie": "queue_host_auth=bad"},
    }[way]
    query = {"hostToken": evening.token if way == "query" else "bad"}
    host = open_screen(evening.address(**query), additional_headers=headers)
    assert host.receive()["type"] == "queue_update"


def test_the_host_is_greeted_with_the_snapshot_without_closed(evening, open_screen):
    evening.join("Anna")
    host = open_screen(evening.address(hostToken=evening.token))
    greeting = host.receive()
    snapshot = requests.get(
        f"{evening.web.url}/api/queue/{evening.code}/snapshot",
        headers={"x-host-auth": evening.token},
        timeout=HANGS_S,
    ).json()
    assert snapshot.pop("closed") is False
    assert greeting == snapshot


def test_a_guest_is_greeted_with_what_the_snapshot_says(evening, open_screen):
    anna, ben = evening.join("Anna"), evening.join("Ben")
    assert open_screen(evening.address(partyId=ben)).receive() == {
        "type": "position",
        "position": 2,
        "aheadCount": 1,
        "queueLength": 2,
        "estimatedWaitMs": 180_000,
        "eventName": "Lucia",
    }
    deadline = evening.do("advance")["nowServing"]["deadline"]
    called = open_screen(evening.address(partyId=anna))
    assert called.receive() == {"type": "called", "deadline": deadline}


def test_a_code_is_accepted_in_any_case(evening, open_screen):
    address = evening.address(hostToken=evening.token)
    assert open_screen(address.replace(evening.code, evening.code.lower(), 1)).receive()


def test_a_guest_whose_wait_is_over_hears_how_it_ended(evening, open_screen):
    anna = evening.join("Anna")
    evening.do("leave", partyId=anna)
    guest = open_screen(evening.address(partyId=anna))
    assert guest.receive() == {"type": "removed", "reason": "left"}
    assert guest.ending() == (1000, "left")


def test_guest_and_host_of_a_closed_queue_hear_that_it_is_closed(evening, open_screen):
    anna = evening.join("Anna")
    evening.do("close")
    guest = open_screen(evening.address(partyId=anna))
    assert guest.receive() == {"type": "closed"}
    assert guest.ending() == (1000, "closed")
    host = open_screen(evening.address(hostToken=evening.token))
    assert host.receive()["queue"] == []
    assert host.receive() == {"type": "closed"}
    # Legacy hosts connect again after every close: this one stays for as long as its tab lives.
    assert host.has_nothing_more()


def test_a_guest_who_is_removed_while_called_hears_a_position_before_it(evening, open_screen):
    anna = evening.join("Anna")
    evening.join("Ben")
    evening.do("advance")
    guest = open_screen(evening.address(partyId=anna))
    assert guest.receive()["type"] == "called"
    evening.do("kick", partyId=anna)
    assert guest.receive() == {
        "type": "position",
        "position": 1,
        "aheadCount": 0,
        "queueLength": 1,
        "estimatedWaitMs": 0,
        "eventName": "Lucia",
    }
    assert guest.receive() == {"type": "removed", "reason": "kicked"}
    assert guest.ending() == (1000, "kicked")


def test_a_guests_screen_on_the_hosts_own_device_is_a_guests(evening, open_screen):
    anna = evening.join("Anna")
    cookie = {"Cookie": f"queue_host_auth={evening.token}"}
    guest = open_screen(evening.address(partyId=anna), additional_headers=cookie)
    assert guest.receive()["type"] == "position"


def test_nobody_is_refused(evening, refusal):
    assert refusal(evening.address()) == (401, "Unauthorized")
    assert refusal(evening.address(hostToken="bad")) == (401, "Unauthorized")


def test_an_unknown_party_is_refused(evening, refusal):
    address = evening.address(partyId="00000000-0000-4000-8000-000000000000")
    assert refusal(address) == (404, "Party not found")


def test_a_party_that_joined_a_moment_ago_by_another_process_is_known(env, waitlist):
    queue = waitlist.create(QueueSettings("Lucia", 9, MINUTE, OnExpiry.RELEASE))
    app: Flask = create_app(read_settings(env))
    memory = app.extensions[EXTENSION].snapshots
    # The change feed is connected, but this commit has not arrived yet.
    memory.on_connect()
    memory.get(queue.code)
    # A known client is refused only because a stopped process has no slots.
    app.extensions[RELAY].stop()
    party_id = waitlist.join(queue.code, "Anna", 1, None)[1].id
    path = f"/api/queue/{queue.code}/connect?partyId={party_id}"
    assert app.test_client().get(path, headers=UPGRADE).status_code == 503


def test_another_queues_token_is_no_token(evening, web, refusal):
    assert refusal(evening.address(hostToken=Evening(web).token)) == (401, "Unauthorized")


def test_an_unknown_code_is_refused(evening, refusal):
    address = evening.address(hostToken=evening.token)
    assert refusal(address.replace(evening.code, "AAAAAA", 1)) == (404, "Session not found")
    assert refusal(address.replace(evening.code, "A", 1)) == (404, "Not found")


def test_a_request_without_an_upgrade_is_told_to_upgrade(evening):
    url = f"{evening.web.url}/api/queue/{evening.code}/connect"
    answer = requests.get(url, params={"hostToken": evening.token}, timeout=HANGS_S)
    assert answer.status_code == 426
    assert answer.headers["Upgrade"] == "websocket"


@pytest.mark.parametrize("lacking", ["Sec-WebSocket-Key", "Sec-WebSocket-Version"])
def test_half_a_handshake_is_refused(evening, lacking):
    url = f"{evening.web.url}/api/queue/{evening.code}/connect"
    headers = {name: value for name, value in UPGRADE.items() if name != lacking}
    answer = requests.get(
        url, params={"hostToken": evening.token}, headers=headers, timeout=HANGS_S
    )
    assert answer.status_code == 400


def test_pages_of_other_sites_are_refused(evening, refusal):
    status, text = refusal(evening.address(hostToken=evening.token), origin="https://evil.example")
    assert status == 403
    assert json.loads(text) == {"error": "Origin not allowed"}


def test_our_own_pages_and_listed_sites_are_let_in(redis_url, start_web, open_screen):
    web = start_web(redis_url, ALLOWED_ORIGINS="https://old.example")
    evening = Evening(web)
    for origin in (web.url, "https://old.example"):
        screen = open_screen(evening.address(hostToken=evening.token), origin=origin)
        assert screen.receive()["type"] == "queue_update"
    web.stop()


def test_compression_is_declined(evening, open_screen):
    address = evening.address(hostToken=evening.token)
    screen = open_screen(address, compression="deflate")
    assert "Sec-WebSocket-Extensions" not in screen.connection.response.headers


def test_a_party_has_ten_sockets_and_a_queue_thirty_of_hosts(evening, open_screen, refusal):
    for query, cap in (({"partyId": evening.join("Anna")}, 10), ({"hostToken": evening.token}, 30)):
        address = evening.address(**query)
        screens = [open_screen(address) for _ in range(cap)]
        status, text = refusal(address)
        assert status == 429
        assert json.loads(text)["error"]
        screens[0].connection.close()
        open_screen(address)


def test_a_process_has_as_many_sockets_as_its_operator_allows(
    redis_url, start_web, open_screen, refusal
):
    web = start_web(redis_url, LEGACY_SOCKETS_LIMIT="3")
    evening = Evening(web)
    address = evening.address(hostToken=evening.token)
    for _ in range(3):
        open_screen(address)
    assert refusal(address)[0] == 503
    assert evening.join("Anna")
    web.stop()


def test_without_the_old_sockets_nothing_else_changes(env):
    app: Flask = create_app(read_settings(env | {"LEGACY_SOCKETS": "0"}))
    client: FlaskClient = app.test_client()
    queue = client.post("/api/queue/create", json={"eventName": "Lucia", "maxGuests": 9}).get_json()
    path = f"/api/queue/{queue['code']}/connect?hostToken={queue['hostAuthToken']}"
    for headers in (UPGRADE, {}):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.text) == (404, "Not found")
    polled = client.get(f"/api/queue/{queue['code']}/snapshot")
    assert polled.status_code == 200


def test_the_operator_sees_when_an_old_screen_was_last_there(web, host, parts):
    assert last_seen.seen_at(parts) is not None


def test_a_device_of_our_own_pages_polls_and_opens_no_socket(web, refusal):
    # Its device could be locked or removed while the socket stays open.
    with requests.Session() as device:
        form = {"eventName": "Lucia", "maxGuests": "20"}
        console = device.post(f"{web.url}/new", data=form, timeout=HANGS_S)
        assert console.status_code == 200
        code = console.url.rpartition("/")[2]
        [cookie] = device.cookies
    headers = {"Cookie": f"{cookie.name}={cookie.value}"}
    assert refusal(address(web, code), additional_headers=headers) == (401, "Unauthorized")
