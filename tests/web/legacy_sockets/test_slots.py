"""Sockets are counted for a party, for a line's hosts and for an address, in all processes."""

import secrets
import subprocess
import sys

import pytest
from werkzeug.exceptions import TooManyRequests

from queueup.clock import now_ms
from queueup.domain.model import OnExpiry, QueueSettings
from queueup.services import Services
from queueup.storage.slots import Slots
from queueup.web.legacy_sockets import relay as relay_module
from queueup.web.legacy_sockets.relay import HOST_SOCKETS, PARTY_SOCKETS, ConnectionRegistry

LUCIA = QueueSettings("Lucia", 100, 120_000, OnExpiry.RELEASE)


@pytest.fixture
def processes(parts: Services) -> list[ConnectionRegistry]:
    """The relays of two web processes."""
    return [ConnectionRegistry(parts, limit=100, ping_s=30) for _ in range(2)]


@pytest.mark.parametrize("is_host", [True, False])
def test_one_place_has_so_many_sockets_in_all_processes_together(
    parts: Services, processes: list[ConnectionRegistry], is_host: bool
) -> None:
    code = parts.waitlist.create(LUCIA).code
    party_id = None if is_host else parts.waitlist.join(code, "Anna", 1, None)[1].id
    cap = HOST_SOCKETS if is_host else PARTY_SOCKETS
    clients = [processes[number % 2].admit(code, party_id) for number in range(cap)]
    for process in processes:
        with pytest.raises(TooManyRequests):
            process.admit(code, party_id)
        process.admit(code, "another")
    processes[0].leave(clients[0])
    processes[1].admit(code, party_id)


def test_one_address_has_so_many_sockets_whatever_their_lines(
    parts: Services, processes: list[ConnectionRegistry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "ADDRESS_SOCKETS", 3)
    codes = [parts.waitlist.create(LUCIA).code for _ in range(4)]
    own, neighbour = "2001:db8:7:100::1", "2001:db8:7:200::1"
    for number in range(3):
        processes[number % 2].admit(codes[number], None, address=f"{own}{number}")
    with pytest.raises(TooManyRequests):
        processes[1].admit(codes[3], None, address="2001:db8:7:1ff::9")
    processes[1].admit(codes[3], None, address=neighbour)
    # Without limits, as behind a proxy that is not configured, nobody is counted by address.
    processes[1].admit(codes[3], None)


def test_sockets_are_counted_over_processes(parts: Services, redis_url: str) -> None:
    slots = Slots(parts.redis, now_ms, 60_000)
    caps = {"place ABC234 ": 1}
    mine = slots.take(caps)
    assert mine is not None
    program = (
        "import sys; from queueup.clock import now_ms; from queueup.storage.redis_client import"
        " connect; from queueup.storage.slots import Slots;"
        f"print(Slots(connect(sys.argv[1]), now_ms, 60_000).take({caps}) is None)"
    )
    command = [sys.executable, "-c", program, redis_url]
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert other.stdout.strip() == "True"
    slots.release(mine)


def test_the_sockets_of_a_killed_process_count_no_more_after_a_while(parts: Services) -> None:
    now = 1_000
    slots = Slots(parts.redis, lambda: now, kept_ms=90_000)
    place = {f"place {secrets.token_hex(4)}": 1}
    slot = slots.take(place)
    assert slot and slots.take(place) is None
    now += 60_000
    slots.renew(slot)
    now += 60_000
    assert slots.take(place) is None
    now += 31_000
    assert slots.take(place)


def test_what_is_refused_for_one_key_counts_for_no_other(parts: Services) -> None:
    slots = Slots(parts.redis, lambda: 1_000, kept_ms=90_000)
    full, free = f"full {secrets.token_hex(4)}", f"free {secrets.token_hex(4)}"
    assert slots.take({full: 1})
    assert slots.take({free: 1, full: 1}) is None
    assert slots.take({free: 1})
