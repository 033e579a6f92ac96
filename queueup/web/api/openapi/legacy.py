"""The operations of legacy clients, and those of monitoring."""

from queueup.notifications.subscriptions import ENDPOINT_LIMIT
from queueup.web.api import push, track
from queueup.web.auth import lines
from queueup.web.input import fields
from queueup.web.polling import snapshot

from .fields import line, time_of_day
from .operations import GUEST, HOST, Field, Fields, Operation, Schema, header, query

TEXT: Schema = {"type": "string", "minLength": 1}
ANY_TEXT: Schema = {"type": "string"}

CREATE: Fields = {
    "eventName": line(fields.NAME_LIMIT, True),
    "maxGuests": Field(
        {"type": "integer", "minimum": fields.CAPACITY[0], "maximum": fields.CAPACITY[1]}, True
    ),
    "location": Field({"description": f"Truncated to {fields.LOCATION_LIMIT} characters."}),
    "contactInfo": Field({"description": f"Truncated to {fields.CONTACT_LIMIT} characters."}),
    "contact": Field({"description": "Used if contactInfo is absent."}),
    "openTime": time_of_day(),
    "closeTime": time_of_day(),
    "turnstileToken": Field({"description": "Required if the bot check is on."}),
}
JOIN: Fields = {
    "name": Field({"type": "string", "maxLength": fields.NAME_LIMIT}),
    "size": Field({"type": "integer", "minimum": 1, "default": 1}),
    "turnstileToken": CREATE["turnstileToken"],
}
OWN: Fields = {"partyId": Field(TEXT, True)}
WHO: Fields = {"sessionId": Field(TEXT, True), "partyId": Field(TEXT, True)}
SUBSCRIPTION: Schema = {
    "type": "object",
    "properties": {
        "endpoint": {"type": "string", "format": "uri", "maxLength": ENDPOINT_LIMIT},
        "keys": {
            "type": "object",
            "properties": {"p256dh": ANY_TEXT, "auth": ANY_TEXT},
            "required": ["p256dh", "auth"],
        },
    },
    "required": ["endpoint", "keys"],
}
LANGUAGE = Field({"description": "The language of the party's notifications, such as es."})

PARTY_ID = query("partyId", TEXT, "Authenticates as the guest of this party.")
VIEW = query("view", {"enum": [*snapshot.SCREENS, "host"]}, "The view of this kind of screen.")
TAG = header("If-None-Match", ANY_TEXT, "The ETag of the client's copy.")


def _queue(name: str, summary: str, who: str, body: Fields | None, answer: str) -> Operation:
    return Operation(
        "post",
        f"/api/queue/{{code}}/{name}",
        name,
        summary,
        who,
        body,
        is_body_required=name != "advance",
        takes_key=name in ("join", "advance", "kick"),
        answers={200: answer},
        refusals=(409,),
    )


OPERATIONS = [
    Operation(
        "post",
        "/api/queue/create",
        "create",
        "Open a queue",
        body=CREATE,
        takes_key=True,
        answers={200: "Created"},
        headers={"Set-Cookie": f"{lines.HOST_COOKIE}, which authenticates the host."},
    ),
    _queue("join", "Join the line", "anybody", JOIN, "Joined"),
    _queue("declare-nearby", "Record that the guest is nearby", GUEST, OWN, "Ok"),
    _queue("leave", "Leave the line", GUEST, OWN, "Ok"),
    _queue(
        "advance",
        "Seat a called party and call the next one",
        HOST,
        {"servedParty": Field(ANY_TEXT), "nextParty": Field(ANY_TEXT)},
        "Advanced",
    ),
    _queue("kick", "Remove a party", HOST, {"partyId": Field(TEXT, True)}, "Ok"),
    _queue("close", "Close the queue for good", HOST, None, "Ok"),
    Operation(
        "get",
        "/api/queue/{code}/snapshot",
        "snapshot",
        "Get the line: everything for hosts, the own place for guests, no names for others",
        parameters=(PARTY_ID, VIEW, TAG),
        answers={200: "Snapshot", 304: None},
        headers={"ETag": "A hash of the response for this reader."},
    ),
    Operation(
        "get",
        "/api/push/vapid",
        "vapid",
        "Get the VAPID key for push subscriptions (RFC 8292)",
        answers={200: "PublicKey"},
    ),
    Operation(
        "post",
        "/api/push/subscribe",
        "subscribe",
        "Subscribe this device to a party's notifications",
        GUEST,
        {**WHO, "subscription": Field(SUBSCRIPTION, True), "language": LANGUAGE},
        answers={200: "Text"},
        refusals=(404,),
    ),
    Operation(
        "post",
        "/api/push/unsubscribe",
        "unsubscribe",
        "Unsubscribe a device",
        GUEST,
        {**WHO, "endpoint": Field(TEXT, True)},
        answers={200: "Text"},
        refusals=(404,),
    ),
    Operation(
        "post",
        "/api/push/test",
        "test",
        "Send a test push to the devices of a party",
        GUEST,
        {
            **WHO,
            "title": Field(ANY_TEXT),
            "body": Field(ANY_TEXT),
            "url": Field({"type": "string", "maxLength": push.URL_LIMIT}),
            "language": LANGUAGE,
        },
        answers={200: "Text", 410: "Text", 502: "Text"},
        refusals=(404,),
    ),
    Operation(
        "post",
        "/api/track",
        "track",
        "Report a tap on a notification",
        body={
            "type": Field({"type": "string", "minLength": 1, "maxLength": track.LIMIT}, True),
            "meta": Field({"type": "object", "maxProperties": track.META_FIELDS}),
            "sessionId": Field(ANY_TEXT),
            "partyId": Field(ANY_TEXT),
        },
        answers={200: "Text"},
    ),
    Operation(
        "get",
        "/api/openapi.json",
        "openapi",
        "Get this document",
        answers={200: "Description"},
    ),
    Operation(
        "get",
        "/healthz",
        "healthz",
        "Liveness check",
        answers={200: "Alive"},
    ),
    Operation(
        "get",
        "/readyz",
        "readyz",
        "Readiness check: Redis, the history and the workers",
        answers={200: "Ready", 503: "Ready"},
    ),
]
CONNECT = Operation(
    "get",
    "/api/queue/{code}/connect",
    "connect",
    "Open the WebSocket of a legacy client; the host's token may be in the query",
    parameters=(PARTY_ID, query("hostToken", TEXT, "The host's token.")),
    answers={101: None, 400: "Text", 401: "Text", 426: "Text"},
)
