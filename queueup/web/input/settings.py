"""The settings of a line, read from JSON or from the form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from queueup.domain.change import Command, Events
from queueup.domain.commands import session as session_commands
from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings
from queueup.i18n.catalog import NAMES
from queueup.web.errors import BadField

from . import fields, time_zones
from .fields import CAPACITY, HOLD_MINUTES, Raw

REPLIES = 12
REPLY_LIMIT = 240
NUDGES = 5
NUDGE_PLACES = range(1, 51)
DAY_MINUTES = 24 * 60

Read = Callable[[Raw, str], Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its attribute in QueueSettings, its reader, and the sentence if it is refused."""

    attribute: str
    read: Read
    words: str


def read_given(raw: Raw) -> dict[str, Any]:
    """Return the settings in the request by attribute. Raises BadField."""
    return {
        setting.attribute: setting.read(raw, name)
        for name, setting in SETTINGS.items()
        if name in raw
    }


def read_form(raw: Raw) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the accepted settings by attribute, and the errors of the others by field."""
    accepted: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, setting in SETTINGS.items():
        try:
            accepted[setting.attribute] = setting.read(raw, name)
        except BadField:
            errors[name] = setting.words
    return accepted, errors


def command(changes: dict[str, Any]) -> Command:
    """Return the command that changes these settings; it raises BadField for a contradiction."""

    def change(queue: Queue, now: int) -> Events:
        settings = replace(queue.settings, **changes)
        if changes.keys() & {"open_time", "close_time"}:
            _require_hours(settings)
        _require_time_to_join(settings)
        return session_commands.change_settings(queue, now, settings)

    return change


def _require_hours(settings: QueueSettings) -> None:
    if settings.open_time and settings.open_time == settings.close_time:
        raise BadField("closeTime", "closeTime must differ from openTime")


def _require_time_to_join(settings: QueueSettings) -> None:
    if not settings.open_time and not settings.close_time:
        return
    opens, closes = _minutes(settings.open_time), _minutes(settings.close_time)
    if settings.last_call_minutes >= ((closes - opens) % DAY_MINUTES or DAY_MINUTES):
        sentence = "lastCallMinutes must be shorter than the opening hours"
        raise BadField("lastCallMinutes", sentence)


def _minutes(clock: str | None) -> int:
    hours, minutes = (clock or "00:00").split(":")
    return int(hours) * 60 + int(minutes)


def _text(raw: Raw, name: str) -> str:
    return fields.required_line(raw, name, fields.NAME_LIMIT)


def _optional_text(limit: int) -> Read:
    return lambda raw, name: fields.line(raw, name, limit)


def _number(low: int, high: int, unit: int = 1) -> Read:
    return lambda raw, name: fields.required_number(raw, name, low, high) * unit


def _optional_number(low: int, high: int, unit: int = 1) -> Read:
    def read(raw: Raw, name: str) -> int | None:
        found = fields.number(raw, name, low, high)
        return None if found is None else found * unit

    return read


def _on_expiry(raw: Raw, name: str) -> OnExpiry:
    chosen = fields.choice(raw, name, [choice.value for choice in OnExpiry])
    if chosen is None:
        raise BadField(name, f"{name} is required")
    return OnExpiry(chosen)


def _places(raw: Raw, name: str) -> tuple[int, ...]:
    listed = raw.get(name)
    if not isinstance(listed, list | tuple) or len(listed) > NUDGES:
        raise BadField(name, f"{name} must be a list of {NUDGES} places at most")
    bounds = NUDGE_PLACES[0], NUDGE_PLACES[-1]
    found = {fields.required_number({name: place}, name, *bounds) for place in listed}
    return tuple(sorted(found, reverse=True))


def _time_zone(raw: Raw, name: str) -> str | None:
    found = fields.line(raw, name, 64)
    if found is not None and found not in time_zones.known():
        raise BadField(name, f"{name} must be a time zone such as Europe/Rome")
    return found


def _replies(raw: Raw, name: str) -> tuple[str, ...]:
    return fields.several(raw, name, REPLY_LIMIT, REPLIES)


def _languages(raw: Raw, name: str) -> tuple[str, ...]:
    found = fields.several(raw, name, 20, len(NAMES))
    if not set(found) <= set(NAMES):
        raise BadField(name, f"{name} must be of {', '.join(NAMES)}")
    # Choosing all languages is stored as none, so that it includes languages added later.
    return () if set(found) == set(NAMES) else found


def _whole(low: int, high: int) -> str:
    return f"Enter a whole number from {low} to {high}."


MORE = (0, 60)
NUDGE_MINUTES = (1, 60)
LAST_CALL = (0, 240)
LONGEST_WAIT = (5, 600)
STARTING_WAIT = (1, 240)
PRIVACY_DAYS = (0, 3650)

# For people, by the field that contradicts another one.
CONTRADICTIONS = {
    "closeTime": "The line opens at that time. Choose another one, or leave both empty.",
    "lastCallMinutes": "That's longer than the line is open, so no one could join.",
}

SETTINGS: dict[str, Setting] = {
    "eventName": Setting("name", _text, f"Use 1 to {fields.NAME_LIMIT} characters."),
    "maxGuests": Setting("max_guests", _number(*CAPACITY), _whole(*CAPACITY)),
    "location": Setting(
        "location",
        _optional_text(fields.LOCATION_LIMIT),
        f"Use {fields.LOCATION_LIMIT} characters at most.",
    ),
    "contactInfo": Setting(
        "contact",
        _optional_text(fields.CONTACT_LIMIT),
        f"Use {fields.CONTACT_LIMIT} characters at most.",
    ),
    "holdMinutes": Setting("hold_ms", _number(*HOLD_MINUTES, MINUTE), _whole(*HOLD_MINUTES)),
    "onExpiry": Setting("on_expiry", _on_expiry, "Choose one of the two."),
    "moreTimeMinutes": Setting("more_time_ms", _number(*MORE, MINUTE), _whole(*MORE)),
    "nudgePlaces": Setting(
        "nudge_places",
        _places,
        f"Use places such as 5, 2: at most {NUDGES} of them, each from 1 to {NUDGE_PLACES[-1]}.",
    ),
    "nudgeMinutes": Setting(
        "nudge_minutes", _optional_number(*NUDGE_MINUTES), _whole(*NUDGE_MINUTES)
    ),
    "openTime": Setting("open_time", fields.time_of_day, "Enter a time such as 17:30."),
    "closeTime": Setting("close_time", fields.time_of_day, "Enter a time such as 22:30."),
    "timeZone": Setting("time_zone", _time_zone, "Choose a time zone from the list."),
    "lastCallMinutes": Setting("last_call_minutes", _number(*LAST_CALL), _whole(*LAST_CALL)),
    "maxWaitMinutes": Setting(
        "max_wait_ms", _optional_number(*LONGEST_WAIT, MINUTE), _whole(*LONGEST_WAIT)
    ),
    "startingWaitMinutes": Setting(
        "starting_wait_ms", _optional_number(*STARTING_WAIT, MINUTE), _whole(*STARTING_WAIT)
    ),
    "quickReplies": Setting(
        "quick_replies",
        _replies,
        f"Use at most {REPLIES} lines of at most {REPLY_LIMIT} characters each.",
    ),
    "languages": Setting("languages", _languages, "Choose languages from the list."),
    "privacyDays": Setting("privacy_days", _optional_number(*PRIVACY_DAYS), _whole(*PRIVACY_DAYS)),
}
