"""The schemas of the API's responses."""

from queueup.domain.estimate import BANDS, band
from queueup.domain.model import Status
from queueup.domain.replay import ENDED_AS
from queueup.web.input.host_actions import FLAGS

from .operations import Schema, reference

TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
YES_NO: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
AT: Schema = {"type": "integer", "description": "Milliseconds since the Unix epoch."}
MAYBE_AT: Schema = {"type": ["integer", "null"], "description": AT["description"]}
MS: Schema = {"type": "integer", "minimum": 0, "description": "Milliseconds."}
MAYBE_MS: Schema = {"type": ["integer", "null"], "description": "Milliseconds."}


WAIT: Schema = {
    "type": "object",
    "description": "Milliseconds; `learned` from this queue's history, or a default.",
    "properties": {
        "lowMs": {"type": "integer", "minimum": 0},
        "highMs": {"type": "integer", "minimum": 0},
        "learned": {"type": "boolean"},
    },
    "required": ["lowMs", "highMs", "learned"],
}
WAITS: Schema = {
    "type": "object",
    "description": "The expected wait of a party that joins now, by size.",
    "properties": {band(low): reference("Wait") for low, _ in BANDS},
    "required": [band(low) for low, _ in BANDS],
}
ESTIMATES: Schema = {
    "type": "object",
    "description": (
        "By size, how many of the latest parties that were seated after a wait had been called "
        "within the range that they were shown on joining, and how many by its upper end."
    ),
    "properties": {band(low): reference("EstimateRecord") for low, _ in BANDS},
}
JOINING: Schema = {
    "type": "object",
    "properties": {
        "open": {"type": "boolean"},
        "why": {"type": ["string", "null"]},
        "words": {"type": ["string", "null"]},
    },
    "required": ["open", "why", "words"],
}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
    }


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


FACTS: dict[str, Schema] = {
    "size": {"type": "integer", "minimum": 1},
    "status": {"enum": [status.value for status in Status]},
    "nearby": YES_NO,
    "joinedAt": AT,
    "ticket": {"type": "integer", "description": "The number that is called out, counting from 1."},
    "quotedMs": MAYBE_MS,
}
OF_CALL: dict[str, Schema] = {
    "callCount": COUNT,
    "calledAt": MAYBE_AT,
    "deadline": MAYBE_AT,
    "overdue": YES_NO,
}
MOVED = _object({"at": AT, "places": {"type": "integer"}, "reason": MAYBE_TEXT})
HOST_PARTY = _object(
    {"id": TEXT} | FACTS | {"origin": TEXT},
    **OF_CALL,
    name=TEXT,
    phone=TEXT,
    notes=TEXT,
    seating=TEXT,
    flags=_list_of({"enum": list(FLAGS)}),
    aside=YES_NO,
    asideReason=TEXT,
    answer=TEXT,
    answerMinutes=COUNT,
    answeredAt=AT,
    moreTimeMs=MS,
    message=TEXT,
    messageAt=AT,
    promised=YES_NO,
    moved=reference("Moved"),
    reach=TEXT,
    reachAt=MAYBE_AT,
    twins=_list_of(COUNT),
)
ENDED = {
    "allOf": [reference("Party")],
    "properties": {
        "endedAt": AT,
        "reason": TEXT,
        "table": TEXT,
        "askedBackAt": AT,
        "backDeclined": YES_NO,
        "mistaken": YES_NO,
        "waitedMs": MS,
    },
}
PUBLIC_PARTY = _object(FACTS, **OF_CALL, initial=TEXT)
DEVICE = _object({"id": TEXT, "name": TEXT, "addedAt": AT, "actedAt": MAYBE_AT, "locked": YES_NO})
TABLE = _object({"table": TEXT, "freeAt": AT})
UNDO = _object(
    {
        "act": COUNT,
        "kind": TEXT,
        "at": AT,
        "tickets": _list_of(COUNT),
        "device": MAYBE_TEXT,
    }
)
EVENING = _object(
    {"people": COUNT, "called": COUNT, "kept": COUNT}
    | dict.fromkeys(("medianMs", "ninetiethMs"), _or_null(MS))
)
OUTCOMES = _object(
    dict.fromkeys((*(status.value for status in ENDED_AS.values()), "closed"), COUNT)
)


def _line(party: str) -> dict[str, Schema]:
    return {
        "type": {"const": "queue_update"},
        "queue": _list_of(reference(party)),
        "called": _list_of(reference(party)),
        "nowServing": _or_null(reference(party)),
        "callDeadline": MAYBE_AT,
        "maxGuests": COUNT,
        "closed": YES_NO,
        "people": COUNT,
        "joining": JOINING,
        "waits": WAITS,
    }


HOST_SNAPSHOT = _object(
    _line("Party")
    | {
        "tables": _list_of(TABLE),
        "estimates": ESTIMATES,
        "ended": _list_of(reference("EndedParty")),
        "endedCount": COUNT,
        "asks": _list_of(
            {
                "allOf": [reference("EndedParty")],
                "properties": {
                    "kind": {"enum": ["back", "gone", "claim"]},
                    "claim": TEXT,
                    "claimNumber": COUNT,
                    "claimName": TEXT,
                },
                "required": ["kind"],
            }
        ),
        "undo": _or_null(UNDO),
        "closeReason": MAYBE_TEXT,
        "closedAt": MAYBE_AT,
        "closesAt": MAYBE_AT,
        "reopenUntil": MAYBE_AT,
        "dayEndedAt": MAYBE_AT,
        "outcomes": OUTCOMES,
        "evening": _or_null(EVENING),
        "pausedReason": MAYBE_TEXT,
        "devices": _list_of(DEVICE),
    }
)
PUBLIC_SNAPSHOT = _object(_line("PublicParty") | {"eventName": TEXT, "estimatedWaitMs": MS})
OF_GUEST = [
    _object(
        {
            "type": {"const": "position"},
            "position": COUNT,
            "aheadCount": COUNT,
            "queueLength": COUNT,
            "estimatedWaitMs": MS,
            "eventName": TEXT,
        }
    ),
    _object({"type": {"const": "called"}, "deadline": MAYBE_AT}),
    _object(
        {
            "type": {"const": "removed"},
            "reason": {"enum": ["served", "left", "kicked", "no_show"]},
        }
    ),
    _object({"type": {"const": "closed"}}),
]
CREATED = _object(
    {
        "code": TEXT,
        "sessionId": TEXT,
        "joinUrl": {"type": "string", "format": "uri"},
        "wsUrl": {"type": "string", "format": "uri"},
        "hostAuthToken": TEXT,
        "eventName": TEXT,
        "maxGuests": COUNT,
        "location": MAYBE_TEXT,
        "contactInfo": MAYBE_TEXT,
        "openTime": MAYBE_TEXT,
        "closeTime": MAYBE_TEXT,
    }
)
JOINED = _object(
    {
        "partyId": TEXT,
        "position": COUNT,
        "sessionId": TEXT,
        "queueLength": COUNT,
        "estimatedWaitMs": MS,
        "eventName": TEXT,
    }
)

SCHEMAS: dict[str, Schema] = {
    "Refusal": _object({"error": TEXT}, errors=_list_of(TEXT)),
    "Text": TEXT,
    "Ok": _object({"ok": {"const": True}}),
    "Created": CREATED,
    "Joined": JOINED,
    "Advanced": _object({"nowServing": _or_null(reference("Party"))}),
    "Added": _object(
        {"party": reference("Party"), "placeUrl": {"type": "string", "format": "uri"}}
    ),
    "Invitation": _object({"url": {"type": "string", "format": "uri"}}),
    "Snapshot": {
        "oneOf": [reference("HostSnapshot"), reference("PublicSnapshot"), reference("OwnPlace")]
    },
    "HostSnapshot": HOST_SNAPSHOT,
    "PublicSnapshot": PUBLIC_SNAPSHOT,
    "OwnPlace": {"oneOf": OF_GUEST},
    "Party": HOST_PARTY,
    "EndedParty": ENDED,
    "PublicParty": PUBLIC_PARTY,
    "Moved": MOVED,
    "Wait": WAIT,
    "EstimateRecord": _object({"parties": COUNT, "within": COUNT, "byItsEnd": COUNT}),
    "PublicKey": _object({"publicKey": {"type": "string", "minLength": 87, "maxLength": 87}}),
    "Description": _object({"openapi": {"const": "3.1.0"}, "paths": {"type": "object"}}),
    "Alive": _object({"ok": {"const": True}}),
    "Ready": _object(
        {
            "ready": YES_NO,
            "redis": YES_NO,
            "history": YES_NO,
            "worker": YES_NO,
            "warnings": _list_of(TEXT),
            "timeZones": TEXT,
        }
    ),
}
