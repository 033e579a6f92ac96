"""How the host's pages say what happened to a party; hosts read English."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask

from queueup.domain import presets
from queueup.domain.model import MINUTE

# What was done, as it stands before the tickets that it was done to.
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
ENDED = {"served": "seated", "kicked": "removed", "left": "left", "no_show": "no-show"}
ORIGINS = {"host": "walk-in", "kiosk": "kiosk"}
FLAGS = {
    "high_chair": ("chair", "high chair"),
    "wheelchair": ("wheelchair", "wheelchair"),
    "birthday": ("cake", "birthday"),
    "vip": ("star", "VIP"),
}
SEATING = ("Inside", "Patio", "Bar", "Booth")
HOLDS = (5, 10, 15, 20)
SHOWN_TICKETS = 3
KEPT = ("name", "size", "phone", "notes", "seating", "flags", "aside")


def init_app(app: Flask) -> None:
    """Give the words to the templates."""
    app.add_template_filter(done)
    app.add_template_filter(outcome)
    app.add_template_filter(origin)
    app.add_template_filter(minutes)
    app.add_template_filter(details)
    app.add_template_filter(proposed)
    app.jinja_env.globals.update(party_flags=FLAGS, seatings=SEATING, holds=HOLDS, reasons=presets)
    app.add_template_global(fresh_key)


def done(undo: Mapping[str, Any]) -> str:
    """Say what the host's last action was."""
    tickets = [f"#{ticket}" for ticket in undo["tickets"]]
    if len(tickets) > SHOWN_TICKETS:
        tickets = [*tickets[: SHOWN_TICKETS - 1], f"{len(tickets) - SHOWN_TICKETS + 1} more"]
    return " ".join([DONE.get(undo["kind"], "changed"), ", ".join(tickets)]).strip()


def outcome(party: Mapping[str, Any]) -> str:
    """Say how the visit of an ended party ended."""
    said = ENDED[party["status"]]
    return f"{said}, table {party['table']}" if party.get("table") else said


def origin(party: Mapping[str, Any]) -> str | None:
    """Say who let the party in, unless it joined by itself."""
    return ORIGINS.get(party["origin"])


def minutes(time_ms: int) -> int:
    """Return whole minutes, as a host gives them."""
    return time_ms // MINUTE


def details(party: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the sheet of a party starts with; what is not known is absent."""
    known = {name: party[name] for name in KEPT if party.get(name)}
    if party["status"] == "waiting" and party["quotedMs"] is not None:
        known["promised"] = party["joinedAt"] + party["quotedMs"]
    return known


def proposed(waits: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return the quote (min) to propose for each size band: the upper end, rather kept."""
    return {band: minutes(wait["highMs"]) for band, wait in waits.items()}


def fresh_key() -> str:
    """Make a key for a form that does its thing once, however often it is sent."""
    return secrets.token_urlsafe(12)
