"""The operations of hosts and guests beyond what legacy clients use."""

from queueup.domain.model import OnExpiry
from queueup.i18n.catalog import NAMES
from queueup.web.input import fields, guest_actions, host_actions
from queueup.web.input import settings as settings_input

from .fields import always_number, choice, flag, line, number, several, time_of_day
from .operations import GUEST, HOST, Field, Fields, Operation

PARTY = line(fields.ID_LIMIT, True)
REASON = line(fields.REASON_LIMIT)
HOLD = number(*fields.HOLD_MINUTES)
WAIT = fields.WAIT_MINUTES
ACT = (1, 999_999_999)
CALLS = (0, 1_000_000)
PIN = Field({"type": ["string", "null"], "pattern": "^([0-9]{4,8})?$"})

KNOWN_OF_PARTY: Fields = {
    "size": number(*fields.SIZES, True),
    "name": line(fields.NAME_LIMIT),
    "phone": line(fields.PHONE_LIMIT),
    "notes": line(fields.NOTES_LIMIT),
    "seating": line(fields.SEATING_LIMIT),
    "flags": several(20, len(host_actions.FLAGS), host_actions.FLAGS),
}
ADD: Fields = {**KNOWN_OF_PARTY, "quotedMinutes": number(*WAIT)}

SETTINGS: Fields = {
    "eventName": Field(line(fields.NAME_LIMIT, True).schema),
    "maxGuests": always_number(*fields.CAPACITY),
    "location": line(fields.LOCATION_LIMIT),
    "contactInfo": line(fields.CONTACT_LIMIT),
    "holdMinutes": always_number(*fields.HOLD_MINUTES),
    "onExpiry": choice(chosen.value for chosen in OnExpiry),
    "moreTimeMinutes": always_number(*settings_input.MORE),
    "nudgePlaces": Field(
        {
            "type": "array",
            "maxItems": settings_input.NUDGES,
            "items": always_number(
                settings_input.NUDGE_PLACES[0], settings_input.NUDGE_PLACES[-1]
            ).schema,
        }
    ),
    "nudgeMinutes": number(*settings_input.NUDGE_MINUTES),
    "openTime": time_of_day(),
    "closeTime": time_of_day(),
    "timeZone": Field({"type": ["string", "null"], "examples": ["Europe/Rome"]}),
    "lastCallMinutes": always_number(*settings_input.LAST_CALL),
    "maxWaitMinutes": number(*settings_input.LONGEST_WAIT),
    "startingWaitMinutes": number(*settings_input.STARTING_WAIT),
    "quickReplies": several(settings_input.REPLY_LIMIT, settings_input.REPLIES),
    "languages": several(20, len(NAMES), NAMES),
    "privacyDays": number(*settings_input.PRIVACY_DAYS),
}

ONLY_PARTY: Fields = {"partyId": PARTY}
CLAIM: Fields = {**ONLY_PARTY, "claim": line(fields.ID_LIMIT, True)}

# By name of the action, as in host_actions.ACTIONS: what it does, and its fields.
OF_HOST: dict[str, tuple[str, Fields]] = {
    "call": (
        "Call one party, or several at once",
        {
            "partyId": Field(PARTY.schema),
            "partyIds": several(fields.ID_LIMIT, 100),
            "holdMinutes": HOLD,
            "calls": number(*CALLS),
        },
    ),
    "extend": (
        "Extend the time that a called party's table is held",
        {**ONLY_PARTY, "minutes": number(*fields.HOLD_MINUTES, True)},
    ),
    "serve": (
        "Seat a party; with `sure`, even at a table that is taken",
        {**ONLY_PARTY, "table": line(fields.TABLE_LIMIT), "sure": flag()},
    ),
    "no-show": ("Mark a called party as a no-show", ONLY_PARTY),
    "remove": ("Remove a party from the line", {**ONLY_PARTY, "reason": REASON}),
    "restore": ("Restore a party that was seated, removed or left", ONLY_PARTY),
    "undo": ("Undo the last action, by its number", {"act": number(*ACT, True)}),
    "move": (
        "Move a party before another one, or to the end of the line",
        {**ONLY_PARTY, "before": line(fields.ID_LIMIT), "reason": REASON},
    ),
    "set-aside": (
        "Set a party aside: others are called before it",
        {**ONLY_PARTY, "reason": REASON},
    ),
    "back-in-line": ("Put a party that was set aside back in line", ONLY_PARTY),
    "edit": ("Change the details of a party", {**ONLY_PARTY, **KNOWN_OF_PARTY}),
    "quote": (
        "Change the wait that a party was quoted",
        {**ONLY_PARTY, "minutes": number(*WAIT, True)},
    ),
    "pause": ("Pause joining", {"reason": line(fields.REASON_LIMIT, True)}),
    "resume": ("Resume joining", {}),
    "message": (
        "Send a message to one party, or to all that are waiting or called",
        {
            "text": line(fields.MESSAGE_LIMIT, True),
            "partyId": line(fields.ID_LIMIT),
        },
    ),
    "acknowledge": ("Acknowledge that a called guest is not coming", ONLY_PARTY),
    "confirm-claim": ("Confirm that a place claimed from another browser is the party's", CLAIM),
    "decline-claim": ("Decline a claim to a place from another browser", CLAIM),
    "put-back": ("Give a no-show that asked for it its place back", ONLY_PARTY),
    "decline-back": ("Decline to give a no-show its place back", ONLY_PARTY),
    "end-day": ("End the day; the queue keeps its code", {}),
    "undo-closing": (
        "Undo the end of the day, or closing for good, within ten minutes; all is as it was",
        {},
    ),
    "settings": ("Change settings; absent fields stay as they are", SETTINGS),
    "set-pin": ("Set the PIN that unlocks devices, or remove it", {"pin": PIN}),
    "name-device": (
        "Rename a device",
        {
            "deviceId": line(fields.ID_LIMIT, True),
            "name": line(fields.DEVICE_NAME_LIMIT, True),
        },
    ),
    "remove-device": (
        "Remove a device",
        {"deviceId": line(fields.ID_LIMIT, True)},
    ),
    "revoke-tokens": ("Revoke the host token of legacy clients", {}),
}
# By name of the action, as in guest_actions.ACTIONS.
OF_GUEST: dict[str, tuple[str, Fields]] = {
    "on-my-way": (
        "Answer a call: on the way, arriving in so many minutes",
        {"minutes": number(*fields.WALK_MINUTES)},
    ),
    "more-time": ("Ask for more time, within what the host allows", {}),
    "not-coming": ("Answer a call: not coming", {}),
    "let-pass": ("Let the next party go first", {}),
    "size": ("Change the size of the party", {"size": number(*fields.SIZES, True)}),
    "ask-back": ("Ask for the place back after a no-show", {}),
    "judge": ("Rate the estimated wait", {"verdict": choice(guest_actions.VERDICTS)}),
}
# Any text is accepted as the id of a party: an unknown one is a 404.
GUESTS_PARTY: Fields = {"partyId": Field({"type": "string", "minLength": 1}, True)}


def operations() -> list[Operation]:
    """Return the operations of all actions."""
    of_host = [
        _action(name, summary, HOST, body or None, any(f.is_required for f in body.values()))
        for name, (summary, body) in OF_HOST.items()
    ]
    of_guest = [
        _action(name, summary, GUEST, {**GUESTS_PARTY, **body})
        for name, (summary, body) in OF_GUEST.items()
    ]
    return [
        _action("add", "Add a walk-in", HOST, ADD, answer="Added"),
        _action("invite-device", "Create a link that adds a device", HOST, answer="Invitation"),
        _action("lock", "Lock this device", HOST),
        _action("unlock", "Unlock this device", HOST, {"pin": Field({})}),
        _action("open", "Open the queue for another day under the same code", HOST),
        *of_host,
        *of_guest,
    ]


def _action(
    name: str,
    summary: str,
    who: str,
    body: Fields | None = None,
    needs_body: bool = True,
    answer: str = "Ok",
) -> Operation:
    return Operation(
        "post",
        f"/api/queue/{{code}}/{name}",
        name,
        summary,
        who,
        body,
        is_body_required=needs_body,
        takes_key=name != "unlock",
        answers={200: answer},
        refusals=(409,),
    )
