"""The PIN that unlocks a line's devices: a slow hash, and waits after wrong attempts."""

import functools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import request
from gevent import monkey
from gevent.threadpool import ThreadPool
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.security import check_password_hash, generate_password_hash

from queueup.clock import now_ms
from queueup.domain.commands import devices as devices_commands
from queueup.domain.errors import WrongPin
from queueup.domain.events import WrongPinEntered
from queueup.services import waitlist
from queueup.typed import digits
from queueup.web.client_address import client

from .turns import NoTurn, Turns

METHOD = "scrypt"
# Each takes 32 MB and a tenth of a second of a core, and anybody can open lines and set PINs there:
# all together get a tenth of a core, in each web process, after the first two dozen. That is one a
# second for ever; with a dozen waiting, the last comes before its client has given up.
TURNS = Turns(most_waiting=12, part=0.1, ahead_s=2.5)
NICENESS = 5
BUSY = "We're very busy right now. Please try again in a moment."


def hash_pin(pin: str) -> str:
    """Return the hash of a PIN."""
    hashed: str = _beside_requests(generate_password_hash, pin, METHOD)
    return hashed


def unlock(code: str, device_id: str, pin: object) -> None:
    """Unlock a device. Raises WrongPin, and NotPossibleNow before the next attempt is allowed."""
    queue = waitlist().queue(code)
    # The rule comes before the slow comparison, so that guesses cost no CPU time.
    if not devices_commands.unlock(queue, now_ms(), device_id, is_right=False):
        return
    is_right = (
        queue.pin_hash is not None
        and isinstance(pin, str)
        and _beside_requests(check_password_hash, queue.pin_hash, digits(pin).strip())
    )
    tried = waitlist().act(
        code, lambda queue, now: devices_commands.unlock(queue, now, device_id, is_right), device_id
    )
    if any(isinstance(event, WrongPinEntered) for event in tried.events):
        raise WrongPin


def wait_until(code: str, device_id: str) -> int | None:
    """Return when (ms) the next attempt is allowed, None if it is now."""
    device = waitlist().queue(code).device(device_id)
    return device.pin_again_at if device and device.pin_again_at > now_ms() else None


def _beside_requests(work: Callable[..., Any], *arguments: str) -> Any:
    """Run something that takes a tenth of a second beside other requests, one at a time."""
    try:
        code = (request.view_args or {}).get("code", "")
        owner = client(request.remote_addr), code
        return TURNS.take(owner, lambda: _in_thread(work, *arguments))
    except NoTurn:
        raise ServiceUnavailable(BUSY) from None


def _in_thread(work: Callable[..., Any], *arguments: str) -> tuple[Any, float]:
    if not monkey.is_module_patched("threading"):
        return _timed(work, *arguments)
    found: tuple[Any, float] = _thread().apply(behind_others, (_timed, work, *arguments))
    return found


def _timed(work: Callable[..., Any], *arguments: str) -> tuple[Any, float]:
    started = time.thread_time()
    return work(*arguments), time.thread_time() - started


@functools.cache
def _thread() -> ThreadPool:
    """Return the thread of this process; before a fork it would be another's."""
    return ThreadPool(1)


def behind_others(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do some work in this thread, which from now on gives way to others."""
    # Linux knows the niceness of each thread: requests come first. Only root may lower it again,
    # and a service may have been started with more.
    thread = threading.get_native_id()
    given = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, max(given, NICENESS))
    return work(*arguments)
