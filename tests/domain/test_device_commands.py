"""The devices that run a queue: inviting, naming, locking and removing them."""

import pytest

from queueup.domain.commands import devices as devices_commands
from queueup.domain.errors import InvitationSpent, LastDevice, NotPossibleNow
from queueup.domain.events import DeviceAdded
from queueup.domain.model import INVITATION_MS, MINUTE, OnExpiry, QueueSettings, pin_wait_ms
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import PHONE, TABLET, Stand
from tests.domain.lines import HOLD


@pytest.fixture
def at() -> Stand:
    """A stand with a tablet and a phone."""
    return Stand(QueueSettings("Lucia", 40, HOLD, OnExpiry.FLAG))


def bar(at: Stand, invitation: str = "invited") -> DeviceAdded:
    return DeviceAdded(at.now, "device-bar", "Bar", "secret-bar", invitation)


def names(at: Stand) -> list[str]:
    return [device["name"] for device in snapshot(at.queue)["host"]["devices"]]


def test_an_invitation_lets_one_device_in_once(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.invite(q, now, "invited"))
    at.act(lambda q, now: devices_commands.add(q, bar(at)), device=None)
    assert names(at) == ["Tablet", "Phone", "Bar"]
    refusal = at.tried(lambda q, now: devices_commands.add(q, bar(at)), None)
    assert isinstance(refusal, InvitationSpent)


def test_an_invitation_is_good_for_a_quarter_of_an_hour(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.invite(q, now, "invited"))
    at.wait(INVITATION_MS)
    assert isinstance(
        at.tried(lambda q, now: devices_commands.add(q, bar(at)), None), InvitationSpent
    )
    at.act(lambda q, now: devices_commands.invite(q, now, "another"))
    assert [made.secret_hash for made in at.queue.invitations] == ["another"]


def test_nobody_gets_in_without_an_invitation(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.invite(q, now, "invited"))
    guess = bar(at, "guessed")
    assert isinstance(
        at.tried(lambda q, now: devices_commands.add(q, guess), None), InvitationSpent
    )


def test_two_invitations_are_spent_one_by_one(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.invite(q, now, "one"))
    at.act(lambda q, now: devices_commands.invite(q, now, "two"))
    at.act(lambda q, now: devices_commands.add(q, bar(at, "one")), device=None)
    assert [made.secret_hash for made in at.queue.invitations] == ["two"]


def test_a_device_gets_another_name(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.name(q, now, PHONE, "Door"))
    assert names(at) == ["Tablet", "Door"]
    assert at.act(lambda q, now: devices_commands.name(q, now, PHONE, "Door")) == ()


def test_a_removed_device_is_gone_and_the_last_one_stays(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.remove(q, now, PHONE))
    assert names(at) == ["Tablet"]
    assert at.act(lambda q, now: devices_commands.remove(q, now, PHONE)) == ()
    assert isinstance(at.tried(lambda q, now: devices_commands.remove(q, now, TABLET)), LastDevice)


def test_each_device_shows_when_it_acted_last(at: Stand) -> None:
    at.wait(MINUTE)
    at.act(lambda q, now: devices_commands.name(q, now, PHONE, "Door"), device=TABLET)
    shown = snapshot(at.queue)["host"]["devices"]
    assert [device["actedAt"] for device in shown] == [at.now, None]


def test_locking_needs_a_pin(at: Stand) -> None:
    assert isinstance(at.tried(lambda q, now: devices_commands.lock(q, now, PHONE)), NotPossibleNow)
    at.act(lambda q, now: devices_commands.set_pin(q, now, "pin-hash"))
    at.act(lambda q, now: devices_commands.lock(q, now, PHONE))
    views = snapshot(at.queue)
    assert [views["devices"][device]["locked"] for device in (TABLET, PHONE)] == [False, True]
    assert views["about"]["hasPin"] is True
    assert at.act(lambda q, now: devices_commands.lock(q, now, PHONE)) == ()


def test_without_a_pin_no_device_stays_locked(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.set_pin(q, now, "pin-hash"))
    at.act(lambda q, now: devices_commands.lock(q, now, PHONE))
    at.act(lambda q, now: devices_commands.set_pin(q, now, "other-hash"))
    assert [device.locked for device in at.queue.devices] == [False, True]
    at.act(lambda q, now: devices_commands.set_pin(q, now, None))
    assert [device.locked for device in at.queue.devices] == [False, False]


def unlock(at: Stand, is_right: bool) -> str:
    return str(at.tried(lambda q, now: devices_commands.unlock(q, now, PHONE, is_right), PHONE))


def test_after_five_wrong_pins_each_try_costs_a_longer_wait(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.set_pin(q, now, "pin-hash"))
    at.act(lambda q, now: devices_commands.lock(q, now, PHONE))
    for _ in range(5):
        assert unlock(at, False) == "None"
    assert unlock(at, True) == "Too many wrong PINs. Please try again in 60 s."
    at.wait(MINUTE)
    assert unlock(at, False) == "None"
    assert unlock(at, True) == "Too many wrong PINs. Please try again in 120 s."
    at.wait(2 * MINUTE)
    assert unlock(at, True) == "None"
    phone = at.queue.device(PHONE)
    assert phone is not None
    assert (phone.locked, phone.wrong_pins, phone.pin_again_at) == (False, 0, 0)


def test_the_waits_after_wrong_pins_double_to_about_an_hour() -> None:
    waits = [pin_wait_ms(wrong) // MINUTE for wrong in (4, 5, 6, 10, 11, 50)]
    assert waits == [0, 1, 2, 32, 64, 64]


def test_a_device_that_is_gone_is_neither_named_nor_locked(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.set_pin(q, now, "pin-hash"))
    at.act(lambda q, now: devices_commands.remove(q, now, PHONE))
    for command in (
        lambda q, now: devices_commands.name(q, now, PHONE, "Door"),
        lambda q, now: devices_commands.lock(q, now, PHONE),
        lambda q, now: devices_commands.unlock(q, now, PHONE, True),
    ):
        assert isinstance(at.tried(command), NotPossibleNow)


def test_no_snapshot_holds_the_hash_of_a_pin(at: Stand) -> None:
    # Four to eight digits: whoever has the hash has the PIN.
    at.act(lambda q, now: devices_commands.set_pin(q, now, "scrypt:32768:8:1$salt$hash"))
    assert at.queue.pin_hash is not None
    assert "scrypt" not in str(snapshot(at.queue))


def test_secrets_reach_no_reader(at: Stand) -> None:
    at.act(lambda q, now: devices_commands.set_pin(q, now, "pin-hash"))
    at.act(lambda q, now: devices_commands.invite(q, now, "invited"))
    views = snapshot(at.queue)
    for reader in ("host", "public", "about", "guests"):
        assert not any(
            secret in str(views[reader]) for secret in ("secret-", "pin-hash", "invited")
        )
