"""Messages over sockets, from one web process or two, also after Redis was unavailable."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from queueup.config import embedded_redis_url
from queueup.domain.model import OnExpiry, QueueSettings
from queueup.server import embedded_redis
from tests.support.legacy_clients import Evening


def test_an_evening_on_old_screens(evening, host, open_screen):
    anna, ben = evening.join("Anna"), evening.join("Ben")
    assert [party["name"] for party in host.receive()["queue"]] == ["Anna"]
    assert [party["name"] for party in host.receive()["queue"]] == ["Anna", "Ben"]
    annas, bens = (open_screen(evening.address(partyId=party)) for party in (anna, ben))
    assert annas.receive()["position"] == 1
    assert bens.receive()["position"] == 2

    called = evening.do("advance")["nowServing"]
    assert annas.receive() == {"type": "called", "deadline": called["deadline"]}
    update = host.receive()
    assert update["nowServing"]["id"] == anna
    assert update["callDeadline"] == called["deadline"]
    assert "closed" not in update

    evening.do("declare-nearby", partyId=ben)
    assert host.receive()["queue"][0]["nearby"] is True
    assert bens.has_nothing_more()

    evening.do("advance", servedParty=anna)
    assert annas.receive() == {"type": "removed", "reason": "served"}
    assert annas.ending() == (1000, "served")
    assert bens.receive()["type"] == "called"
    assert host.receive()["nowServing"]["id"] == ben

    evening.do("close")
    assert bens.receive() == {"type": "closed"}
    assert bens.ending() == (1000, "closed")
    last = host.receive()
    assert (last["queue"], last["nowServing"], last["callDeadline"]) == ([], None, None)
    assert host.receive() == {"type": "closed"}
    assert host.ending() == (1000, "closed")


@pytest.mark.parametrize(("action", "reason"), [("leave", "left"), ("kick", "kicked")])
def test_whoever_goes_is_told_why(evening, open_screen, action, reason):
    anna = evening.join("Anna")
    guest = open_screen(evening.address(partyId=anna))
    guest.receive()
    evening.do(action, partyId=anna)
    assert guest.receive() == {"type": "removed", "reason": reason}
    assert guest.ending() == (1000, reason)


def test_two_web_processes_on_one_redis_are_one(web, impatient, open_screen):
    evening = Evening(web)
    anna = evening.join("Anna")
    screens = [open_screen(evening.address(at, hostToken=evening.token)) for at in (web, impatient)]
    for screen in screens:
        assert len(screen.receive()["queue"]) == 1
    guest = open_screen(evening.address(impatient, partyId=anna))
    guest.receive()
    evening.do("advance")
    assert guest.receive()["type"] == "called"
    for screen in screens:
        assert screen.receive()["nowServing"]["id"] == anna


def test_a_hold_runs_out_with_no_worker_and_nobody_polling(impatient, waitlist, open_screen):
    queue = waitlist.create(QueueSettings("Lucia", 100, 1_000, OnExpiry.RELEASE))
    anna, ben = (waitlist.join(queue.code, name, 1, None)[1].id for name in ("Anna", "Ben"))
    address = f"{impatient.url.replace('http', 'ws', 1)}/api/queue/{queue.code}/connect?partyId="
    annas, bens = open_screen(address + anna), open_screen(address + ben)
    assert [screen.receive()["type"] for screen in (annas, bens)] == ["position", "position"]
    waitlist.advance(queue.code, None, None)
    assert annas.receive()["type"] == "called"
    assert annas.receive() == {"type": "removed", "reason": "no_show"}
    assert annas.ending() == (1000, "no_show")
    assert bens.receive()["type"] == "called"


def test_a_ping_is_answered_and_everything_else_ignored(host):
    junk = ["", "ping", "null", "[]", '["ping"]', "{", '{"type":"pong"}', '{"type":["ping"]}']
    for text in [
        *junk,
        "[" * 4000,
        '{"type":"' + "x" * 4000 + '"}',
        b"\x00\xff",
        b'{"type":"ping"}',
    ]:
        host.send(text)
    assert host.has_nothing_more()


def test_the_server_sends_pings_of_its_own(impatient, open_screen):
    evening = Evening(impatient)
    screen = open_screen(evening.address(hostToken=evening.token))
    screen.receive()
    for _ in range(2):
        assert json.loads(screen.connection.recv()) == {"type": "ping"}


@pytest.mark.parametrize("kind", [str, bytes])
def test_a_message_over_four_kilobytes_closes_the_socket(host, kind):
    host.send("x" * 4097 if kind is str else b"x" * 300_000)
    with pytest.raises(ConnectionClosed):
        host.receive()
    assert host.connection.close_code == 1009


def test_bytes_that_are_no_frame_close_the_socket_and_nothing_else(host, evening, open_screen):
    other = open_screen(evening.address(hostToken=evening.token))
    other.receive()
    host.connection.socket.sendall(b"\xff" * 64)
    with pytest.raises(ConnectionClosed):
        host.receive()
    assert host.connection.close_code == 1002
    assert other.has_nothing_more()


def test_after_redis_was_away_every_socket_gets_the_present_state(tmp_path, start_web, open_screen):
    url = embedded_redis_url(tmp_path)
    redis = embedded_redis.start(tmp_path)
    embedded_redis.wait_until_ready(redis, url)
    web = start_web(url)
    evening = Evening(web)
    anna = evening.join("Anna")
    addresses = [evening.address(hostToken=evening.token), evening.address(partyId=anna)]
    screens = [open_screen(address) for address in addresses]
    greetings = [screen.receive() for screen in screens]

    embedded_redis.stop(redis)
    assert all(screen.has_nothing_more() for screen in screens)
    redis = embedded_redis.start(tmp_path)
    embedded_redis.wait_until_ready(redis, url)

    assert [screen.receive() for screen in screens] == greetings
    evening.do("advance")
    assert screens[1].receive()["type"] == "called"
    web.stop()
    embedded_redis.stop(redis)
