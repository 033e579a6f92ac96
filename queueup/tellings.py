"""What a guest is told by push, in words, and whether it is still true.

A telling is what one event gives a party to hear, written as `KIND:NUMBER` for markers and jobs:
`called:2` is the second call, `pos_5:0` the fifth place.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from . import codec
from .domain.events import Event, PartyCalled, PartyReached
from .domain.queue import MINUTE, SECOND, Party, Queue, Status
from .keys import base64url
from .push import Message

CALLED = "called"
JOIN_CONFIRM = "join_confirm"
POS_2 = "pos_2"
POS_5 = "pos_5"
TEST = "test"

# A place that was true five minutes ago is no news for a phone that wakes up now.
NUDGE_TTL_S = 300
TEST_TTL_S = 60

DECLARATIVE = 8030  # the mark of a message that iOS 18.4 shows without a service worker


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell one party; two tellings that are equal are told once."""

    party_id: str
    kind: str
    number: int = 0

    @property
    def marker(self) -> str:
        """Name the telling within its party."""
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True, slots=True)
class Words:
    """What the phone shows."""

    title: str
    body: str


def of_event(event: Event) -> Telling | None:
    """Return what an event gives a party to hear, if anything."""
    match event:
        case PartyCalled():
            return Telling(event.party_id, CALLED, event.count)
        case PartyReached():
            return Telling(event.party_id, POS_5 if event.position == 5 else POS_2)
        case _:
            return None


def words(queue: Queue, telling: Telling, now: int) -> Words | None:
    """Put a telling into words that are true now; None if it is no longer true."""
    party = queue.party(telling.party_id)
    if party is None or not party.is_active or queue.is_closed:
        return None
    return _WORDS[telling.kind](queue, party, telling, now)


def message(queue: Queue, telling: Telling, said: Words, page_origin: str, now: int) -> Message:
    """Make the message that says these words; a tap on it opens the guest's own page."""
    party = queue.party(telling.party_id)
    url = place_url(page_origin, queue.code, telling.party_id)
    encoded, replaces = payload(said, url, telling.kind), topic(telling.party_id)
    if telling.kind != CALLED or party is None or party.deadline is None:
        return Message(encoded, NUDGE_TTL_S, "normal", replaces)
    return Message(encoded, max(1, (party.deadline - now) // SECOND), "high", replaces)


def test_words(queue: Queue) -> Words:
    """Return what a test ring says unless its guest's page has words of its own."""
    return Words(queue.settings.name, "This is how you'll hear from us when your table is ready.")


def test_message(said: Words, url: str, party_id: str) -> Message:
    """Make the message of a test ring."""
    return Message(payload(said, url, TEST), TEST_TTL_S, "high", topic(party_id))


def payload(said: Words, url: str, kind: str) -> bytes:
    """Encode for our service worker, and for iOS, which needs none (declarative web push)."""
    shown = {"title": said.title, "body": said.body}
    both = shown | {"url": url, "kind": kind}
    declared = {"web_push": DECLARATIVE, "notification": shown | {"navigate": url}}
    return codec.dumps(both | declared).encode()


def place_url(page_origin: str, code: str, party_id: str) -> str:
    """Return the address of a guest's own page."""
    return f"{page_origin}/queue/{code}/place?partyId={party_id}"


def topic(party_id: str) -> str:
    """Name the party to push services, which replace what it has not received (RFC 8030, 5.4)."""
    return base64url(hashlib.blake2b(party_id.encode(), digest_size=18).digest())


def _called(queue: Queue, party: Party, telling: Telling, now: int) -> Words | None:
    is_this_call = party.status is Status.CALLED and party.call_count == telling.number
    if not is_this_call or party.overdue or party.deadline is None or party.deadline <= now:
        return None
    minutes = max(1, (party.deadline - now + MINUTE // 2) // MINUTE)
    again = "" if party.call_count == 1 else f" We have called you {party.call_count} times."
    return Words(
        "Your table is ready!",
        f"{queue.settings.name}: please come to the host stand within {minutes} min.{again}",
    )


def _joined(queue: Queue, party: Party, telling: Telling, now: int) -> Words | None:
    place = queue.positions().get(party.id)
    if place is None:
        return None
    return Words(
        queue.settings.name,
        f"You're {_ordinal(place)}. We'll tell you here when your table is ready.",
    )


def _fifth(queue: Queue, party: Party, telling: Telling, now: int) -> Words | None:
    place = queue.positions().get(party.id)
    # Whoever is second by now hears that instead.
    if place is None or not 2 < place <= 5:
        return None
    return Words(queue.settings.name, f"You're {_ordinal(place)}. Please start heading back.")


def _second(queue: Queue, party: Party, telling: Telling, now: int) -> Words | None:
    place = queue.positions().get(party.id)
    if place is None or place > 2:
        return None
    if place == 1:
        return Words(queue.settings.name, "You're next. Please stay close to the host stand.")
    return Words(queue.settings.name, "You're 2nd. Please stay close to the host stand.")


_WORDS: dict[str, Callable[[Queue, Party, Telling, int], Words | None]] = {
    CALLED: _called,
    JOIN_CONFIRM: _joined,
    POS_5: _fifth,
    POS_2: _second,
}


def _ordinal(place: int) -> str:
    if place % 100 in (11, 12, 13):
        return f"{place}th"
    return f"{place}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th') }"
