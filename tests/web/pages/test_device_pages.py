"""The devices of a line: inviting, naming and removing them, and locking them with a PIN."""

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.test import TestResponse

from queueup import create_app
from queueup.config import Settings
from queueup.domain.model import FREE_TRIES, INVITATION_MS
from queueup.services import EXTENSION, Services
from queueup.waitlist import Waitlist
from queueup.web.auth import hosts, pins
from queueup.web.auth.hosts import host_cookie
from tests.support.running_service import eventually
from tests.web.pages.filling_in import join, open_line, said

PIN = "4711"
FRAGMENT = {"HX-Request": "true"}

Make = Callable[[], FlaskClient]


def devices(browser: FlaskClient, code: str, do: str, **fields: str) -> TestResponse:
    """Send a form of the page of devices."""
    return browser.post(f"/host/{code}/devices", data={"do": do} | fields)


def invite(host: FlaskClient, code: str) -> str:
    """Make an invitation, and return its letters."""
    found = re.search(r"data-letters>([A-Z0-9-]+)<", devices(host, code, "invite-device").text)
    assert found
    return found[1]


def come_in(browser: FlaskClient, code: str, letters: str, name: str = "Bar") -> TestResponse:
    """Redeem an invitation."""
    return browser.post(f"/host/{code}/device", data={"invitation": letters, "name": name})


def lock(browser: FlaskClient, code: str) -> None:
    """Lock a device."""
    assert browser.post(f"/host/{code}/do/lock").status_code == 303


def unlock(browser: FlaskClient, code: str, pin: str) -> TestResponse:
    """Type a PIN."""
    return browser.post(f"/host/{code}/unlock", data={"pin": pin})


@pytest.fixture
def second(host: FlaskClient, phone: Make, code: str) -> FlaskClient:
    """Another device of the line."""
    browser = phone()
    assert come_in(browser, code, invite(host, code)).status_code == 303
    return browser


@pytest.fixture
def locked(host: FlaskClient, second: FlaskClient, code: str) -> FlaskClient:
    """Another device of the line, which is locked."""
    assert devices(host, code, "set-pin", pin=PIN).status_code == 303
    lock(second, code)
    return second


def test_an_invitation_lets_one_device_in_once(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    letters = invite(host, code)
    bar, stranger = phone(), phone()
    assert "Add this device" in bar.get(f"/host/{code}/device").text
    assert come_in(bar, code, letters).location == f"/host/{code}"
    assert bar.get(f"/host/{code}").status_code == 200
    again = come_in(stranger, code, letters, "Thief")
    assert again.status_code == 410
    assert "used or has expired" in again.text
    assert 'value="Thief"' in again.text
    assert stranger.get(f"/host/{code}").status_code == 403
    assert [device.name for device in waitlist.queue(code).devices][1:] == ["Bar"]


@pytest.mark.parametrize(
    "write",
    [str.lower, lambda letters: letters.replace("-", " "), lambda letters: f"x#{letters}"],
)
def test_an_invitation_is_read_however_it_was_typed(
    host: FlaskClient, phone: Make, code: str, write: Callable[[str], str]
) -> None:
    assert come_in(phone(), code, write(invite(host, code))).status_code == 303


def test_an_invitation_ends_after_a_quarter_of_an_hour(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = invite(host, code)
    now = waitlist._clock()
    monkeypatch.setattr(waitlist, "_clock", lambda: now + INVITATION_MS + 1)
    assert come_in(phone(), code, letters).status_code == 410


def test_no_secret_is_in_an_address_or_in_what_is_kept(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    page = devices(host, code, "invite-device").text
    links = re.findall(r'data-copy="([^"]+)"', page)
    assert [link.partition("#")[0] for link in links] == [f"http://localhost/host/{code}/device"]
    secret = links[0].partition("#")[2]
    assert len(secret) == 12
    assert secret not in repr(waitlist.queue(code))


def test_a_device_that_runs_the_line_does_not_use_an_invitation_up(
    host: FlaskClient, phone: Make, code: str
) -> None:
    letters = invite(host, code)
    assert "already manages the line" in host.get(f"/host/{code}/device").text
    assert come_in(host, code, letters).status_code == 303
    assert come_in(phone(), code, letters).status_code == 303


def test_what_is_missing_is_said_beside_its_field(
    host: FlaskClient, phone: Make, code: str
) -> None:
    letters = invite(host, code)
    for typed, name, field in ((letters, " ", "name"), ("", "Bar", "invitation")):
        page = come_in(phone(), code, typed, name)
        assert page.status_code == 422
        assert f'id="{field}-wrong"' in page.text
    assert come_in(phone(), code, letters).status_code == 303


def test_devices_are_listed_and_named(
    host: FlaskClient, second: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    bar = waitlist.queue(code).devices[1].id
    page = said(second.get(f"/host/{code}/devices"))
    assert page.count('class="device"') == 2
    assert page.index("Bar") < page.index("This device")
    named = devices(host, code, "name-device", deviceId=bar, name=" Door <1> ")
    assert "Name saved" in host.get(named.location).text
    assert waitlist.queue(code).devices[1].name == "Door <1>"
    refused = devices(host, code, "name-device", deviceId=bar, name=" ")
    assert refused.status_code == 422
    assert 'id="name-wrong"' in refused.text


def test_a_removed_device_goes_dark_at_its_next_poll(
    host: FlaskClient, second: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist._snapshots.on_connect()
    poll = f"/api/queue/{code}/snapshot?view=host"
    tag = {"If-None-Match": second.get(poll, headers=FRAGMENT).headers["ETag"]} | FRAGMENT
    assert second.get(poll, headers=tag).status_code == 304
    bar = waitlist.queue(code).devices[1].id
    asked = devices(host, code, "remove-device", deviceId=bar)
    assert "Remove Bar?" in asked.text
    assert second.get(poll, headers=tag).status_code == 304
    devices(host, code, "remove-device", deviceId=bar, sure="1")
    assert second.get(poll, headers=tag).status_code == 403
    page = second.get(f"/host/{code}")
    assert page.status_code == 403
    assert "can no longer manage the line" in page.text


def test_a_device_may_remove_itself_but_not_the_last_one(
    host: FlaskClient, second: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    first, bar = (device.id for device in waitlist.queue(code).devices)
    asked = devices(second, code, "remove-device", deviceId=bar)
    assert "Remove this device?" in asked.text
    left = devices(second, code, "remove-device", deviceId=bar, sure="1")
    assert left.location == "/"
    assert second.get_cookie(host_cookie(code)) is None
    for sure in ({}, {"sure": "1"}):
        last = devices(host, code, "remove-device", deviceId=first, **sure)
        assert last.status_code == 409
        assert "only device" in last.text
    assert host.get(f"/host/{code}").status_code == 200


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "١٢٣", " "])
def test_a_pin_has_four_to_eight_digits(
    host: FlaskClient, code: str, waitlist: Waitlist, pin: str
) -> None:
    page = devices(host, code, "set-pin", pin=pin)
    assert page.status_code == 422
    assert 'id="pin-wrong"' in page.text
    assert waitlist.queue(code).pin_hash is None


def test_a_pin_is_kept_as_a_slow_hash_and_can_be_taken_away(
    host: FlaskClient, locked: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    assert (waitlist.queue(code).pin_hash or "").startswith("scrypt:")
    answer = devices(host, code, "set-pin", none="1")
    assert "PIN removed" in host.get(answer.location).text
    assert waitlist.queue(code).pin_hash is None
    assert locked.get(f"/host/{code}").status_code == 200


def test_a_device_cannot_be_locked_without_a_pin(host: FlaskClient, code: str) -> None:
    answer = host.post(f"/host/{code}/do/lock")
    assert answer.status_code == 409
    assert "Set a PIN first" in answer.text


def test_a_locked_device_shows_the_lock_and_nothing_else(
    locked: FlaskClient, phone: Make, code: str
) -> None:
    join(phone(), code, "Patel")
    for path in ("", "/settings", "/devices", "/device", "/poster", "/qr.png", "/end-day"):
        page = locked.get(f"/host/{code}{path}")
        assert page.status_code == 403, path
        assert "This device is locked" in page.text
        assert "Patel" not in page.text
    assert locked.get(f"/api/queue/{code}/snapshot?view=host").status_code == 403
    assert "Patel" not in locked.get(f"/api/queue/{code}/snapshot").text
    assert "locked" in locked.get("/").text


def test_a_locked_device_can_do_nothing(
    locked: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    join(phone(), code, "Patel")
    before = waitlist.queue(code)
    party = before.parties[0].id
    fields = {"partyId": party, "party": party, "do": "call", "deviceId": before.devices[0].id}
    fields |= {"name": "x", "sure": "1", "reason": "x", "text": "x", "size": "9", "minutes": "1"}
    pages = {
        rule.rule.replace("<code:code>", code).replace("<action>", "call")
        for rule in locked.application.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule.startswith("/host/")
    }
    assert len(pages) > 8
    for path in pages:
        assert locked.post(path, data=fields).status_code == 403, path
    for action in (
        "call",
        "serve",
        "remove",
        "settings",
        "set-pin",
        "remove-device",
        "undo",
        "add",
    ):
        answer = locked.post(f"/host/{code}/do/{action}", data=fields)
        assert answer.status_code == 403, action
        answer = locked.post(f"/api/queue/{code}/{action}", json=fields)
        assert answer.status_code == 403, action
    for action in ("advance", "kick", "close", "open", "invite-device", "lock", "end-day"):
        answer = locked.post(f"/api/queue/{code}/{action}", json=fields)
        assert answer.status_code == 403, action
    assert waitlist.queue(code) == before


def test_the_right_pin_unlocks_and_a_wrong_one_does_not(locked: FlaskClient, code: str) -> None:
    for typed, words in (("", "Enter the PIN"), ("0000", "Wrong PIN")):
        page = unlock(locked, code, typed)
        assert page.status_code == 403
        assert words in page.text
    assert unlock(locked, code, PIN).location == f"/host/{code}"
    assert locked.get(f"/host/{code}").status_code == 200


def test_after_five_wrong_pins_even_the_right_one_has_to_wait(
    locked: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    for _ in range(FREE_TRIES - 1):
        assert "Too many wrong PINs" not in unlock(locked, code, "0000").text
    assert "Too many wrong PINs" in unlock(locked, code, "0000").text
    assert "Too many wrong PINs" in locked.get(f"/host/{code}").text
    before = waitlist.queue(code)
    assert "Too many wrong PINs" in unlock(locked, code, PIN).text
    assert waitlist.queue(code) == before


def test_a_stranger_cannot_try_a_pin(locked: FlaskClient, phone: Make, code: str) -> None:
    assert unlock(phone(), code, PIN).status_code == 403
    assert locked.get(f"/host/{code}").status_code == 403


def test_programs_set_a_pin_lock_and_unlock(
    host: FlaskClient, second: FlaskClient, code: str
) -> None:
    api = f"/api/queue/{code}"
    assert second.post(f"{api}/lock").status_code == 409
    assert host.post(f"{api}/set-pin", json={"pin": 4711}).status_code == 400
    assert host.post(f"{api}/set-pin", json={"pin": PIN}).status_code == 200
    assert second.post(f"{api}/lock").status_code == 200
    assert second.post(f"{api}/advance").status_code == 403
    assert second.post(f"{api}/unlock", json={"pin": "0000"}).status_code == 403
    assert second.post(f"{api}/unlock", json={"pin": PIN}).status_code == 200
    assert second.post(f"{api}/advance").status_code == 200


def test_nobody_but_the_lines_devices_sees_or_changes_them(
    host: FlaskClient, phone: Make, code: str
) -> None:
    stranger = phone()
    open_line(stranger)
    for path in ("settings", "devices", "end-day", "close-for-good"):
        assert stranger.get(f"/host/{code}/{path}").status_code == 403
    for do in ("invite-device", "set-pin", "remove-device", "name-device"):
        assert devices(stranger, code, do, pin=PIN, sure="1", name="x").status_code == 403
    assert stranger.post(f"/host/{code}/settings", data={}).status_code == 403
    assert devices(host, code, "promote").status_code == 400


def test_a_device_locked_by_another_process_can_do_nothing_from_then_on(
    host: FlaskClient, second: FlaskClient, code: str, settings: Settings
) -> None:
    app = create_app(settings)
    elsewhere = app.test_client()
    # The change feed seems connected, so that the cache is as before.
    app.extensions[EXTENSION].snapshots.on_connect()
    cookie = second.get_cookie(host_cookie(code))
    assert cookie
    elsewhere.set_cookie(cookie.key, cookie.value)
    assert elsewhere.get(f"/api/queue/{code}/snapshot?view=host").status_code == 200
    devices(host, code, "set-pin", pin=PIN)
    lock(second, code)
    for action in ("advance", "pause", "end-day", "add"):
        answer = elsewhere.post(f"/api/queue/{code}/{action}", json={"reason": "x", "size": 2})
        assert answer.status_code == 403, action
    app.extensions[EXTENSION].redis.close()


def test_the_key_of_the_older_program_is_taken_away_on_the_page(
    app: Flask, host: FlaskClient, code: str
) -> None:
    parts: Services = app.extensions[EXTENSION]
    with app.test_request_context():
        token = hosts.host_token(parts.waitlist.queue(code).session_id)
    old_screen = app.test_client(use_cookies=False)
    poll = f"/api/queue/{code}/snapshot?view=host"
    assert old_screen.get(poll, headers={"x-host-auth": token}).status_code == 200
    assert "Revoke access for old-app screens?" in devices(host, code, "revoke-tokens").text
    assert old_screen.get(poll, headers={"x-host-auth": token}).status_code == 200
    devices(host, code, "revoke-tokens", sure="1")
    assert old_screen.get(poll, headers={"x-host-auth": token}).status_code == 403
    assert "can no longer manage this line" in host.get(f"/host/{code}/devices").text


def test_nobody_makes_us_compare_a_pin_that_decides_nothing(
    host: FlaskClient, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(host, code, "set-pin", pin=PIN)
    compared: list[str] = []
    monkeypatch.setattr(
        "queueup.web.auth.pins.check_password_hash", lambda kept, pin: compared.append(pin)
    )
    assert unlock(host, code, "0000").status_code == 303
    assert host.post(f"/api/queue/{code}/unlock", json={"pin": "0000"}).json == {"ok": True}
    assert compared == []
    lock(host, code)
    unlock(host, code, "0000")
    assert compared == ["0000"]


def test_pins_are_hashed_one_at_a_time(phone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    go_on = threading.Event()

    def hash_slowly(pin: str, method: str) -> str:
        hashed.append(pin)
        assert go_on.wait(60)
        return pin

    monkeypatch.setattr("queueup.web.auth.pins.generate_password_hash", hash_slowly)
    hosts_of_lines = [phone(), phone()]
    codes = [open_line(browser) for browser in hosts_of_lines]
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(devices, browser, code, "set-pin", pin=PIN)
            for browser, code in zip(hosts_of_lines, codes, strict=True)
        ]
        try:
            eventually(lambda: len(hashed) + pins.TURNS.waiting == 2)
            assert hashed == [PIN]
        finally:
            go_on.set()
        assert [one.result(60).status_code for one in asked] == [303, 303]
    assert hashed == [PIN, PIN]


def test_hashing_gives_way_to_requests() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    with ThreadPoolExecutor(1) as pool:
        hashed = pool.submit(pins.behind_others, generate_password_hash, PIN, pins.METHOD)
        assert check_password_hash(hashed.result(60), PIN)
        assert pool.submit(niceness).result(60) == pins.NICENESS
        # A service may give way to others itself, and nobody may take that back.
        os.setpriority(os.PRIO_PROCESS, pool.submit(threading.get_native_id).result(60), 10)
        assert pool.submit(pins.behind_others, niceness).result(60) == 10
    assert niceness() == before
