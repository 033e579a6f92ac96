"""Queues and events as JSON and back, for Redis and the history.

Fields that have their default value are left out, which keeps a queue of a hundred parties small.
"""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import orjson

from queueup.domain import events
from queueup.domain.events import Event
from queueup.domain.model import (
    Action,
    Device,
    EndedEarlier,
    Invitation,
    OnExpiry,
    Party,
    Phase,
    Queue,
    QueueSettings,
    Seating,
    Status,
)

_EVENTS: dict[str, type[Event]] = {
    name: cls
    for name, cls in vars(events).items()
    if isinstance(cls, type) and issubclass(cls, Event)
}


def dumps(value: Any) -> str:
    """Encode plain values and dataclasses of the domain as compact JSON."""
    try:
        return orjson.dumps(value, _fields, orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, see loads
        return json.dumps(value, default=_fields, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Decode JSON, even with lone surrogates, which older releases have stored."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def encode_queue(queue: Queue) -> str:
    """Encode a queue."""
    return dumps(queue)


def decode_queue(text: str | bytes) -> Queue:
    """Decode the result of encode_queue."""
    fields = loads(text)
    for name, read in _QUEUE_FIELDS.items():
        if name in fields:
            fields[name] = read(fields[name])
    return Queue(**fields)


def encode_event(event: Event) -> str:
    """Encode an event with the name of its type."""
    return dumps({"type": type(event).__name__} | _fields(event))


def decode_event(text: str | bytes) -> Event:
    """Decode the result of encode_event."""
    fields = loads(text)
    cls = _EVENTS[fields.pop("type")]
    if "settings" in fields:
        fields["settings"] = _settings(fields["settings"])
    if "flags" in fields:
        fields["flags"] = tuple(fields["flags"])
    if "parties" in fields:
        fields["parties"] = tuple(fields["parties"])
    if "phase" in fields:
        fields["phase"] = Phase(fields["phase"])
    return cls(**fields)


def event_kind(fields: dict[str, Any]) -> str:
    """Return the kind of the event with these fields, or its type if this release lacks it."""
    try:
        return decode_event(dumps(fields)).kind
    except (KeyError, TypeError):
        return str(fields["type"])


_DEFAULTS: dict[type, list[tuple[str, Any]]] = {}


def _fields(value: Any) -> dict[str, Any]:
    # dataclasses.asdict copies every value deeply, which takes five times as long.
    cls = type(value)
    if cls not in _DEFAULTS:
        _DEFAULTS[cls] = [(field.name, field.default) for field in dataclasses.fields(value)]
    return {
        name: found
        for name, default in _DEFAULTS[cls]
        if (found := getattr(value, name)) is not default and found != default
    }


def _settings(fields: dict[str, Any]) -> QueueSettings:
    fields["on_expiry"] = OnExpiry(fields["on_expiry"])
    for name in ("nudge_places", "quick_replies", "languages"):
        if name in fields:
            fields[name] = tuple(fields[name])
    return QueueSettings(**fields)


def _party(fields: dict[str, Any]) -> Party:
    if "status" in fields:
        fields["status"] = Status(fields["status"])
    for name in ("nudges", "flags"):
        if name in fields:
            fields[name] = tuple(fields[name])
    return Party(**fields)


def _action(fields: dict[str, Any]) -> Action:
    return Action(**fields | {"left_as": Status(fields["left_as"])})


_QUEUE_FIELDS: dict[str, Callable[[Any], Any]] = {
    "settings": _settings,
    "phase": Phase,
    "parties": lambda found: tuple(_party(party) for party in found),
    "seatings": lambda found: tuple(Seating(**seating) for seating in found),
    "ended_earlier": lambda found: tuple(EndedEarlier(**hour) for hour in found),
    "actions": lambda found: tuple(_action(action) for action in found),
    "devices": lambda found: tuple(Device(**device) for device in found),
    "invitations": lambda found: tuple(Invitation(**made) for made in found),
    "keys": tuple,
}
