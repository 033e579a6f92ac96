"""Notifications: which events notify whom of what, and the push messages that carry them.

In markers and jobs a notification is written as `KIND:NUMBER`: `called:2` is the second call,
`pos_5:0` the fifth place.
"""

import hashlib
from dataclasses import dataclass

from queueup.domain.events import (
    ActionUndone,
    Event,
    MessageSent,
    PartyCalled,
    PartyDropped,
    PartyDueSoon,
    PartyReached,
    PartyRestored,
    PlaceDeclined,
)
from queueup.domain.model import SECOND, Queue, Status
from queueup.domain.view_types import GuestView, Views
from queueup.i18n.catalog import words as words_of
from queueup.links import place_url
from queueup.signing_keys import base64url
from queueup.storage import codec

from .web_push import Message

CALLED = "called"
CALL_UNDONE = "call_undone"
HELD_AGAIN = "held_again"
JOIN_CONFIRM = "join_confirm"
MESSAGE = "message"
NO_SHOW = "no_show"
PLACE = "pos_"  # followed by the place
PLACE_BACK = "place_back"
PLACE_DECLINED = "place_declined"
SOON = "soon"
TEST = "test"

# What guests wait for, or are on their way for.
URGENT = frozenset({CALLED, CALL_UNDONE, HELD_AGAIN, NO_SHOW, PLACE_BACK, PLACE_DECLINED})

# A place in line is worthless to a phone that wakes up five minutes later.
NUDGE_TTL_S = 300
NEWS_TTL_S = 600
TEST_TTL_S = 60

# A message that has not been sent by then is made anew: it may no longer be true.
FRESH_S = 15

DECLARATIVE = 8030  # marks a message that iOS 18.4 shows without a service worker


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification of one party; equal notifications are sent once."""

    party_id: str
    kind: str
    number: int = 0

    @property
    def marker(self) -> str:
        """Return what identifies the notification within its party."""
        return f"{self.kind}:{self.number}"

    def should_send(self, device: str, delivered: frozenset[str]) -> bool:
        """Tell whether a device needs this, given what was delivered (`DEVICE:KIND:NUMBER`).

        A correction goes only to devices that received the call or the lost place that it corrects.
        """
        if f"{device}:{self.marker}" in delivered:
            return False
        if self.kind == CALL_UNDONE:
            return f"{device}:{CALLED}:{self.number}" in delivered
        if self.kind == HELD_AGAIN:
            return any(marker.startswith(f"{device}:{NO_SHOW}:") for marker in delivered)
        return True


@dataclass(frozen=True, slots=True)
class Text:
    """The text that the phone shows."""

    title: str
    body: str


def of_events(events: tuple[Event, ...], queue: Queue) -> list[Notification]:
    """Return the notifications of a commit; `queue` is the state after it."""
    found = [notice for event in events if (notice := _of_event(event, queue))]
    placed = {notice.party_id for notice in found if notice.kind.startswith(PLACE)}
    return [
        notice
        for notice in dict.fromkeys(found)
        # One of two nudges at the same moment is enough.
        if notice.kind != SOON or notice.party_id not in placed
    ]


def _of_event(event: Event, queue: Queue) -> Notification | None:
    if isinstance(event, PartyRestored | ActionUndone):
        return _of_return(event, queue)
    match event:
        case PartyCalled():
            return Notification(event.party_id, CALLED, event.count)
        case PartyReached():
            return Notification(event.party_id, f"{PLACE}{event.position}")
        case PartyDueSoon():
            return Notification(event.party_id, SOON)
        case MessageSent():
            return Notification(event.party_id, MESSAGE, event.at)
        case PartyDropped():
            return Notification(event.party_id, NO_SHOW, event.at)
        case PlaceDeclined():
            return Notification(event.party_id, PLACE_DECLINED, event.at)
    return None


def _of_return(event: PartyRestored | ActionUndone, queue: Queue) -> Notification | None:
    if isinstance(event, PartyRestored):
        is_called = event.deadline is not None
        if not is_called:
            return Notification(event.party_id, PLACE_BACK, _calls(queue, event.party_id))
    else:
        status = event.restored.get("status")
        if status == Status.WAITING:
            return Notification(event.party_id, CALL_UNDONE, _calls(queue, event.party_id))
        is_called = status == Status.CALLED
    return Notification(event.party_id, HELD_AGAIN, event.at) if is_called else None


def _calls(queue: Queue, party_id: str) -> int:
    party = queue.party(party_id)
    return party.call_count if party else 0


def message(views: Views, notice: Notification, text: Text, page_origin: str, now: int) -> Message:
    """Make the push message with this text; a tap on it opens the guest's own page."""
    party_id = notice.party_id
    url = place_url(page_origin, views["code"], party_id)
    if notice.kind == MESSAGE:
        # It has a tag of its own: it must never replace a call on the screen.
        encoded = payload(text, url, MESSAGE, tag=f"{MESSAGE}-{views['code']}")
        return Message(encoded, NEWS_TTL_S, "normal", topic(f"{MESSAGE} {party_id}"))
    urgency = "high" if notice.kind in URGENT else "normal"
    ttl_s = _ttl_s(views["guests"][party_id], notice, now)
    return Message(payload(text, url, notice.kind), ttl_s, urgency, topic(party_id))


def _ttl_s(guest: GuestView, notice: Notification, now: int) -> int:
    """Return for how long (s) a message may wait for its device: as long as it is useful."""
    if notice.kind in (CALLED, HELD_AGAIN):
        return _seconds(guest["view"].get("deadline"), now)
    if notice.kind == NO_SHOW:
        return _seconds(guest["party"].get("askBackUntil"), now)
    return NEWS_TTL_S if notice.kind in URGENT else NUDGE_TTL_S


def _seconds(until: int | None, now: int) -> int:
    """Return the seconds until then, at least 1."""
    return max(1, ((until or now) - now) // SECOND)


def test_text(views: Views, language: str | None) -> Text:
    """Return the default text of a test push."""
    _ = words_of(language).gettext
    return Text(
        views["about"]["eventName"], _("This is how you'll hear from us when your table is ready.")
    )


def test_message(text: Text, url: str, party_id: str) -> Message:
    """Make the message of a test push."""
    return Message(payload(text, url, TEST), TEST_TTL_S, "high", topic(party_id))


def payload(text: Text, url: str, kind: str, tag: str | None = None) -> bytes:
    """Encode for our service worker, and for iOS, which needs none (declarative web push).

    Notifications with the same tag replace each other; the default tag is the guest's place.
    """
    shown = {"title": text.title, "body": text.body}
    both = shown | {"url": url, "kind": kind}
    declared = shown | {"navigate": url} | ({"tag": tag} if tag else {})
    return codec.dumps(both | {"web_push": DECLARATIVE, "notification": declared}).encode()


def topic(party_id: str) -> str:
    """Return the topic of a party: push services replace undelivered messages (RFC 8030, 5.4)."""
    return base64url(hashlib.blake2b(party_id.encode(), digest_size=18).digest())
