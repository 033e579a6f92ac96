"""Jinja filters for numbers, times, and what happened to a party.

Guests' pages are in the language of the request, hosts' pages in English.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from queueup.clock import now_ms
from queueup.domain import presets
from queueup.domain.commands.guest import LET_PASS, NOT_COMING
from queueup.domain.model import HOUR, MINUTE
from queueup.i18n import catalog

from .locale import current
from .locale import gettext as _

# The polling interval of a guest's page (ms), from each place in line on.
POLL_INTERVALS = ((1, 3_000), (2, 4_000), (4, 8_000), (7, 12_000), (11, 15_000))
DAY = 24 * HOUR

# What a host did; the tickets of the parties follow.
DONE = {
    "QUEUE_MEMBER_JOINED": "added",
    "QUEUE_MEMBER_CALLED": "called",
    "QUEUE_MEMBER_SERVED": "seated",
    "QUEUE_MEMBER_DROPPED": "no-show",
    "QUEUE_MEMBER_KICKED": "removed",
    "QUEUE_MEMBER_MOVED": "moved",
    "QUEUE_MEMBER_SET_ASIDE": "set aside",
    "QUEUE_MEMBER_EDITED": "edited",
    "QUEUE_MEMBER_QUOTED": "quoted",
    "QUEUE_MEMBER_RESTORED": "restored",
    "QUEUE_HOLD_EXTENDED": "more time for",
}
OUTCOMES = {"served": "seated", "kicked": "removed", "left": "left", "no_show": "no-show"}
# What guests' own actions note as the reason.
REASONS = {NOT_COMING: "couldn't make it", LET_PASS: "let the next party go first"}
# How the parties of a day ended, for one and for several.
ENDED_AS = {
    "served": ("seated", "seated"),
    "no_show": ("no-show", "no-shows"),
    "left": ("left", "left"),
    "kicked": ("removed", "removed"),
    "closed": ("still in line", "still in line"),
}
ORIGINS = {"host": "walk-in", "kiosk": "kiosk"}
FLAGS = {
    "high_chair": ("chair", "high chair"),
    "wheelchair": ("wheelchair", "wheelchair"),
    "birthday": ("cake", "birthday"),
    "vip": ("star", "VIP"),
}
SEATING = ("Inside", "Patio", "Bar", "Booth")
HOLDS = (5, 10, 15, 20)
HOLD_STEP = 5
# How long a row says that its party was written to: hosts then know, and rows are short again.
MESSAGED_FOR_MS = 10 * MINUTE
SHOWN_TICKETS = 3
SHEET_FIELDS = ("name", "size", "phone", "notes", "seating", "flags", "aside")


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.add_template_filter(ordinal)
    app.add_template_filter(ordinal_parts)
    app.add_template_filter(wait_range)
    app.add_template_filter(counted)
    app.add_template_filter(iso)
    app.add_template_filter(day_and_clock)
    app.add_template_filter(pace)
    app.add_template_filter(party_name)
    app.add_template_filter(ago)
    app.add_template_filter(done)
    app.add_template_filter(outcome)
    app.add_template_filter(reason)
    app.add_template_filter(ended_as)
    app.add_template_filter(origin)
    app.add_template_filter(minutes)
    app.add_template_filter(details)
    app.add_template_filter(proposed)
    app.add_template_filter(by_time_left)
    app.add_template_filter(arrival)
    app.add_template_filter(hold_offer)
    app.add_template_global(now_ms)
    app.add_template_global(fresh_key)
    app.jinja_env.globals.update(
        party_flags=FLAGS,
        seatings=SEATING,
        holds=HOLDS,
        reasons=presets,
        messaged_for_ms=MESSAGED_FOR_MS,
    )


def ordinal(place: int) -> str:
    """Return a place in line as an ordinal."""
    return catalog.ordinal(current(), place)


def ordinal_parts(place: int) -> tuple[str, str]:
    """Return the prefix and the suffix of an ordinal."""
    return catalog.ordinal_parts(current(), place)


def wait_range(wait: dict[str, Any]) -> str:
    """Return a range of waiting time in words; the estimate has rounded it already."""
    low, high = wait["lowMs"] // MINUTE, wait["highMs"] // MINUTE
    if low == 0:
        return _("under %(minutes)s min", minutes=high)
    if low < 60:
        return _("about %(low)s–%(high)s min", low=low, high=high)
    return _("about %(low)s to %(high)s", low=_hours(low), high=_hours(high))


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun in the singular or plural."""
    return f"{number} {one if number == 1 else many}"


def iso(time_ms: int) -> str:
    """Return a time in the format of HTML's <time>."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_and_clock(time_ms: int) -> str:
    """Return a day and time in the server's time zone."""
    return datetime.fromtimestamp(time_ms / 1000).astimezone().strftime("%d %B, %H:%M")


def pace(position: int) -> int:
    """Return the polling interval (ms) of the page of a guest at this place."""
    return next(wait for place, wait in reversed(POLL_INTERVALS) if position >= place)


def party_name(party: dict[str, Any]) -> str:
    """Return a party's ticket and, if there is one, its name."""
    name = party.get("name")
    return f"#{party['ticket']} {name}" if name else f"#{party['ticket']}"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if rest:
        return _("%(hours)s h %(minutes)s", hours=hours, minutes=rest)
    return _("%(hours)s h", hours=hours)


def ago(at: int) -> str:
    """Return in words how long ago a time (ms since the epoch) was."""
    since = now_ms() - at
    if since < MINUTE:
        return "just now"
    if since < HOUR:
        return f"{since // MINUTE} min ago"
    if since < DAY:
        return f"{since // HOUR} h ago"
    days = since // DAY
    return "yesterday" if days == 1 else f"{days} days ago"


def done(undo: Mapping[str, Any]) -> str:
    """Return the host's last action in words."""
    tickets = [f"#{ticket}" for ticket in undo["tickets"]]
    if len(tickets) > SHOWN_TICKETS:
        tickets = [*tickets[: SHOWN_TICKETS - 1], f"{len(tickets) - SHOWN_TICKETS + 1} more"]
    return " ".join([DONE.get(undo["kind"], "changed"), ", ".join(tickets)]).strip()


def outcome(party: Mapping[str, Any]) -> str:
    """Return in words how a party's visit ended."""
    if party.get("mistaken"):
        return "add undone"
    said = OUTCOMES[party["status"]]
    return f"{said}, table {party['table']}" if party.get("table") else said


def reason(party: Mapping[str, Any]) -> str | None:
    """Return why a party's visit ended, in words."""
    given = party.get("reason")
    return REASONS.get(given, given) if given else None


def ended_as(outcomes: Mapping[str, int]) -> str:
    """Return in words how many parties ended in which way."""
    return ", ".join(
        counted(outcomes[name], *words) for name, words in ENDED_AS.items() if outcomes.get(name)
    )


def origin(party: Mapping[str, Any]) -> str | None:
    """Return who added the party, None if it joined by itself."""
    return ORIGINS.get(party["origin"])


def minutes(time_ms: int) -> int:
    """Return whole minutes."""
    return time_ms // MINUTE


def details(party: Mapping[str, Any]) -> dict[str, Any]:
    """Return the initial values of a party's sheet, without empty ones."""
    known = {name: party[name] for name in SHEET_FIELDS if party.get(name)}
    if party["status"] == "waiting" and party["quotedMs"] is not None:
        known["promised"] = party["joinedAt"] + party["quotedMs"]
    return known


def proposed(waits: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return the quote (min) to propose for each size band: the upper end of the range."""
    return {band: minutes(wait["highMs"]) for band, wait in waits.items()}


def by_time_left(called: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return called parties in the order in which their holds end, or have ended."""
    return sorted(called, key=lambda party: (party["deadline"] is None, party["deadline"] or 0))


def arrival(party: Mapping[str, Any]) -> int | None:
    """Return when a party that is on its way said it would arrive (ms)."""
    if party.get("answer") != "on_my_way" or not party.get("answerMinutes"):
        return None
    return int(party["answeredAt"] + party["answerMinutes"] * MINUTE)


def hold_offer(party: Mapping[str, Any], more_time_ms: int) -> int | None:
    """Return how many minutes longer to hold a table for a party that will be late.

    `more_time_ms` is what guests may take by themselves, before they have to ask.
    """
    if party.get("deadline") is None:
        return None
    expected, deadline = arrival(party), int(party["deadline"])
    if expected is not None and expected > deadline:
        return -(-(expected - deadline) // (HOLD_STEP * MINUTE)) * HOLD_STEP
    has_taken_all = party.get("moreTimeMs", 0) >= more_time_ms
    needs_host = party["overdue"] or has_taken_all
    return HOLD_STEP if party.get("answer") == "more_time" and needs_host else None


def fresh_key() -> str:
    """Return a new idempotency key for a form."""
    return secrets.token_urlsafe(12)
