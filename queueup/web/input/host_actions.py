"""The actions of hosts by name: from the fields of a request to a command.

The JSON API and the pages share these readers.
"""

import re
from collections.abc import Callable

from queueup.domain.change import Command, Events, require_present
from queueup.domain.commands import claims as claims_commands
from queueup.domain.commands import devices as devices_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.events import PartyEdited
from queueup.domain.model import MINUTE, PartyDetails, Queue
from queueup.typed import digits
from queueup.web.auth import pins
from queueup.web.errors import BadField

from . import fields
from . import settings as settings_input
from .fields import Raw

_PIN = re.compile(r"[0-9]{4,8}")
FLAGS = ("high_chair", "wheelchair", "birthday", "vip")

Reader = Callable[[Raw], Command]


def party_id(raw: Raw, name: str = "partyId") -> str:
    """Return the id of the party that an action is about. Raises BadField."""
    return fields.required_line(raw, name, fields.ID_LIMIT)


def details(raw: Raw) -> PartyDetails:
    """Return the details of a party, without its quote. Raises BadField."""
    flags = fields.several(raw, "flags", 20, len(FLAGS))
    for flag in flags:
        if flag not in FLAGS:
            raise BadField("flags", f"flags must be of {', '.join(FLAGS)}")
    # A form has buttons for the usual sizes, and a field for others.
    size = "exactSize" if raw.get("size") == "more" else "size"
    return {
        "name": fields.line(raw, "name", fields.NAME_LIMIT),
        "size": fields.required_number(raw, size, *fields.SIZES),
        "phone": fields.line(raw, "phone", fields.PHONE_LIMIT),
        "notes": fields.line(raw, "notes", fields.NOTES_LIMIT),
        "seating": fields.line(raw, "seating", fields.SEATING_LIMIT),
        "flags": flags,
    }


def quoted_ms(raw: Raw) -> int | None:
    """Return the promised wait (ms), if the host gave one. Raises BadField."""
    return _ms(fields.number(raw, "quotedMinutes", *fields.WAIT_MINUTES))


def pin(raw: Raw) -> str:
    """Return the digits of a new PIN. Raises BadField."""
    typed = raw.get("pin")
    found = digits(typed).strip() if isinstance(typed, str) else ""
    if not _PIN.fullmatch(found):
        raise BadField("pin", "pin must have 4 to 8 digits")
    return found


def _call(raw: Raw) -> Command:
    hold_ms = _ms(fields.number(raw, "holdMinutes", *fields.HOLD_MINUTES))
    if raw.get("partyIds"):
        ids = fields.several(raw, "partyIds", fields.ID_LIMIT, 100)
        return lambda queue, now: host_commands.call_several(queue, ids, now, hold_ms)
    wanted = party_id(raw)
    calls = fields.number(raw, "calls", 0, 1_000_000)
    return lambda queue, now: host_commands.call(queue, wanted, now, calls, hold_ms)


def _extend(raw: Raw) -> Command:
    wanted, minutes = party_id(raw), fields.required_number(raw, "minutes", *fields.HOLD_MINUTES)
    return lambda queue, now: host_commands.extend(queue, wanted, now, minutes * MINUTE)


def _serve(raw: Raw) -> Command:
    wanted, table = party_id(raw), fields.line(raw, "table", fields.TABLE_LIMIT)
    sure = fields.flag(raw, "sure")
    return lambda queue, now: host_commands.seat(queue, wanted, now, table, sure)


def _remove(raw: Raw) -> Command:
    wanted, reason = party_id(raw), fields.line(raw, "reason", fields.REASON_LIMIT)

    def remove(queue: Queue, now: int) -> Events:
        require_present(queue, wanted)
        return host_commands.kick(queue, wanted, now, reason)

    return remove


def _undo(raw: Raw) -> Command:
    action = fields.required_number(raw, "act", 1, 999_999_999)
    return lambda queue, now: undo_commands.undo(queue, now, action)


def _move(raw: Raw) -> Command:
    wanted, reason = party_id(raw), fields.line(raw, "reason", fields.REASON_LIMIT)
    before = fields.line(raw, "before", fields.ID_LIMIT)
    return lambda queue, now: host_commands.move(queue, wanted, now, before, reason)


def _set_aside(raw: Raw) -> Command:
    wanted, reason = party_id(raw), fields.line(raw, "reason", fields.REASON_LIMIT)
    return lambda queue, now: host_commands.set_aside(queue, wanted, now, True, reason)


def _back_in_line(raw: Raw) -> Command:
    wanted = party_id(raw)
    return lambda queue, now: host_commands.set_aside(queue, wanted, now, False)


def _edit(raw: Raw) -> Command:
    wanted, known = party_id(raw), details(raw)
    return lambda queue, now: host_commands.edit(queue, PartyEdited(now, wanted, **known))


def _quote(raw: Raw) -> Command:
    wanted, minutes = party_id(raw), fields.required_number(raw, "minutes", *fields.WAIT_MINUTES)
    return lambda queue, now: host_commands.quote(queue, wanted, now, minutes * MINUTE)


def _pause(raw: Raw) -> Command:
    reason = fields.required_line(raw, "reason", fields.REASON_LIMIT)
    return lambda queue, now: session_commands.pause(queue, now, reason)


def _message(raw: Raw) -> Command:
    text = fields.required_line(raw, "text", fields.MESSAGE_LIMIT)
    wanted = fields.line(raw, "partyId", fields.ID_LIMIT)
    return lambda queue, now: host_commands.message(queue, now, text, wanted)


def _settings(raw: Raw) -> Command:
    return settings_input.command(settings_input.read_given(raw))


def _set_pin(raw: Raw) -> Command:
    pin_hash = None if raw.get("pin") in (None, "") else pins.hash_pin(pin(raw))
    return lambda queue, now: devices_commands.set_pin(queue, now, pin_hash)


def _name_device(raw: Raw) -> Command:
    device_id = fields.required_line(raw, "deviceId", fields.ID_LIMIT)
    name = fields.required_line(raw, "name", fields.DEVICE_NAME_LIMIT)
    return lambda queue, now: devices_commands.name(queue, now, device_id, name)


def _remove_device(raw: Raw) -> Command:
    device_id = fields.required_line(raw, "deviceId", fields.ID_LIMIT)
    return lambda queue, now: devices_commands.remove(queue, now, device_id)


def _ms(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * MINUTE


def _of_party(rule: Callable[[Queue, str, int], Events]) -> Reader:
    """Return a reader for a command that needs only a party."""

    def read(raw: Raw) -> Command:
        wanted = party_id(raw)
        return lambda queue, now: rule(queue, wanted, now)

    return read


def _answer_claim(granted: bool) -> Reader:
    """Return a reader for the answer to a claim: it holds for that claim only."""

    def read(raw: Raw) -> Command:
        wanted, claim = party_id(raw), fields.required_line(raw, "claim", fields.ID_LIMIT)
        return lambda queue, now: claims_commands.answer(queue, wanted, now, claim, granted)

    return read


def _of_queue(rule: Command) -> Reader:
    """Return a reader for a command without fields."""
    return lambda raw: rule


ACTIONS: dict[str, Reader] = {
    "call": _call,
    "extend": _extend,
    "serve": _serve,
    "no-show": _of_party(host_commands.no_show),
    "remove": _remove,
    "restore": _of_party(undo_commands.restore),
    "undo": _undo,
    "move": _move,
    "set-aside": _set_aside,
    "back-in-line": _back_in_line,
    "edit": _edit,
    "quote": _quote,
    "pause": _pause,
    "resume": _of_queue(session_commands.resume),
    "message": _message,
    "acknowledge": _of_party(undo_commands.acknowledge),
    "confirm-claim": _answer_claim(granted=True),
    "decline-claim": _answer_claim(granted=False),
    "put-back": _of_party(undo_commands.put_back),
    "decline-back": _of_party(undo_commands.decline_back),
    "end-day": _of_queue(session_commands.end_day),
    "undo-closing": _of_queue(session_commands.undo_closing),
    "settings": _settings,
    "set-pin": _set_pin,
    "name-device": _name_device,
    "remove-device": _remove_device,
    "revoke-tokens": _of_queue(devices_commands.revoke_tokens),
}
