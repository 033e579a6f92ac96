"""What a guest is told by push: which events give a party to hear what, and how it travels.

A telling is what one event gives a party to hear, written as `KIND:NUMBER` for markers and jobs:
`called:2` is the second call, `pos_5:0` the fifth place.
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

# What somebody waits for, or is on the way for.
URGENT = frozenset({CALLED, CALL_UNDONE, HELD_AGAIN, NO_SHOW, PLACE_BACK, PLACE_DECLINED})

# A place that was true five minutes ago is no news for a phone that wakes up now.
NUDGE_TTL_S = 300
NEWS_TTL_S = 600
TEST_TTL_S = 60

DECLARATIVE = 8030  # the mark of a message that iOS 18.4 shows without a service worker


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to tell one party; two tellings that are equal are told once."""

    party_id: str
    kind: str
    number: int = 0

    @property
    def marker(self) -> str:
        """Name the telling within its party."""
        return f"{self.kind}:{self.number}"

    def should_send(self, device: str, delivered: frozenset[str]) -> bool:
        """Tell whether a device that was told so much (`DEVICE:TELLING`) has to hear this.

        Only who heard of a call or of a lost place wants to hear that it was a mistake.
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
    """What the phone shows."""

    title: str
    body: str


def of_events(events: tuple[Event, ...], queue: Queue) -> list[Notification]:
    """Return what a commit gives its parties to hear; `queue` is as the commit leaves it."""
    told = [telling for event in events if (telling := _of_event(event, queue))]
    placed = {telling.party_id for telling in told if telling.kind.startswith(PLACE)}
    return [
        telling
        for telling in dict.fromkeys(told)
        # Of two nudges at the same moment one is enough.
        if telling.kind != SOON or telling.party_id not in placed
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


def message(views: Views, telling: Notification, said: Text, page_origin: str, now: int) -> Message:
    """Make the message that says these words; a tap on it opens the guest's own page."""
    party_id = telling.party_id
    url = place_url(page_origin, views["code"], party_id)
    if telling.kind == MESSAGE:
        # It stands beside what is said of the place: it must never take a call off the screen.
        encoded = payload(said, url, MESSAGE, tag=f"{MESSAGE}-{views['code']}")
        return Message(encoded, NEWS_TTL_S, "normal", topic(f"{MESSAGE} {party_id}"))
    urgency = "high" if telling.kind in URGENT else "normal"
    ttl_s = _ttl_s(views["guests"][party_id], telling, now)
    return Message(payload(said, url, telling.kind), ttl_s, urgency, topic(party_id))


def _ttl_s(guest: GuestView, telling: Notification, now: int) -> int:
    """Return for how long (s) a message may wait for its device: as long as it is of use."""
    if telling.kind in (CALLED, HELD_AGAIN):
        return _seconds(guest["view"].get("deadline"), now)
    if telling.kind == NO_SHOW:
        return _seconds(guest["party"].get("askBackUntil"), now)
    return NEWS_TTL_S if telling.kind in URGENT else NUDGE_TTL_S


def _seconds(until: int | None, now: int) -> int:
    """Count the seconds until then; what is over already can only be shown at once."""
    return max(1, ((until or now) - now) // SECOND)


def test_words(views: Views, language: str | None) -> Text:
    """Return what a test ring says unless its guest's page has words of its own."""
    _ = words_of(language).gettext
    return Text(
        views["about"]["eventName"], _("This is how you'll hear from us when your table is ready.")
    )


def test_message(said: Text, url: str, party_id: str) -> Message:
    """Make the message of a test ring."""
    return Message(payload(said, url, TEST), TEST_TTL_S, "high", topic(party_id))


def payload(said: Text, url: str, kind: str, tag: str | None = None) -> bytes:
    """Encode for our service worker, and for iOS, which needs none (declarative web push).

    Notifications of one tag replace each other; usually it is the guest's place.
    """
    shown = {"title": said.title, "body": said.body}
    both = shown | {"url": url, "kind": kind}
    declared = shown | {"navigate": url} | ({"tag": tag} if tag else {})
    return codec.dumps(both | {"web_push": DECLARATIVE, "notification": declared}).encode()


def topic(party_id: str) -> str:
    """Name the party to push services, which replace what it has not received (RFC 8030, 5.4)."""
    return base64url(hashlib.blake2b(party_id.encode(), digest_size=18).digest())
