"""What a guest is told by push, in words, and whether it is still true.

A telling is what one event gives a party to hear, written as `KIND:NUMBER` for markers and jobs:
`called:2` is the second call, `pos_5:0` the fifth place.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from . import codec
from .domain.events import Event, PartyCalled, PartyReached
from .domain.queue import MINUTE, SECOND
from .domain.views import View
from .keys import base64url
from .languages import ordinal
from .languages import words as words_of
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


def words(views: View, telling: Telling, now: int, language: str | None = None) -> Words | None:
    """Put a telling into words that are true now, by what its guest sees; None if it is not.

    Without the language of a device it is the one that the party joined in.
    """
    guest = views["guests"].get(telling.party_id)
    if guest is None:
        return None
    spoken = language or guest["party"].get("language")
    return _WORDS[telling.kind](_name(views), guest, telling, now, spoken)


def message(views: View, telling: Telling, said: Words, page_origin: str, now: int) -> Message:
    """Make the message that says these words; a tap on it opens the guest's own page."""
    url = place_url(page_origin, views["code"], telling.party_id)
    encoded, replaces = payload(said, url, telling.kind), topic(telling.party_id)
    deadline = views["guests"][telling.party_id]["view"].get("deadline")
    if telling.kind != CALLED or deadline is None:
        return Message(encoded, NUDGE_TTL_S, "normal", replaces)
    return Message(encoded, max(1, (deadline - now) // SECOND), "high", replaces)


def test_words(views: View, language: str | None) -> Words:
    """Return what a test ring says unless its guest's page has words of its own."""
    _ = words_of(language).gettext
    return Words(_name(views), _("This is how you'll hear from us when your table is ready."))


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


def _name(views: View) -> str:
    name: str = views["about"]["eventName"]
    return name


def _called(
    name: str, guest: View, telling: Telling, now: int, language: str | None
) -> Words | None:
    view, party = guest["view"], guest["party"]
    is_this_call = view["type"] == "called" and party["callCount"] == telling.number
    if not is_this_call or party["overdue"] or view["deadline"] <= now:
        return None
    said = words_of(language)
    minutes = max(1, (view["deadline"] - now + MINUTE // 2) // MINUTE)
    come = said.gettext("%(name)s: please come to the host stand within %(minutes)s min.")
    come %= {"name": name, "minutes": minutes}
    calls = party["callCount"]
    if calls > 1:
        again = said.ngettext(
            "We have called you %(num)s time.", "We have called you %(num)s times.", calls
        )
        come = f"{come} {again % {'num': calls}}"
    return Words(said.gettext("Your table is ready!"), come)


def _joined(
    name: str, guest: View, telling: Telling, now: int, language: str | None
) -> Words | None:
    place = guest["view"].get("position")
    if place is None:
        return None
    _ = words_of(language).gettext
    sentence = _("You're %(place)s. We'll tell you here when your table is ready.")
    return Words(name, sentence % {"place": ordinal(language, place)})


def _fifth(
    name: str, guest: View, telling: Telling, now: int, language: str | None
) -> Words | None:
    place = guest["view"].get("position")
    # Whoever is second by now hears that instead.
    if place is None or not 2 < place <= 5:
        return None
    _ = words_of(language).gettext
    sentence = _("You're %(place)s. Please start heading back.")
    return Words(name, sentence % {"place": ordinal(language, place)})


def _second(
    name: str, guest: View, telling: Telling, now: int, language: str | None
) -> Words | None:
    place = guest["view"].get("position")
    if place is None or place > 2:
        return None
    _ = words_of(language).gettext
    if place == 1:
        return Words(name, _("You're next. Please stay close to the host stand."))
    sentence = _("You're %(place)s. Please stay close to the host stand.")
    return Words(name, sentence % {"place": ordinal(language, place)})


_WORDS: dict[str, Callable[[str, View, Telling, int, str | None], Words | None]] = {
    CALLED: _called,
    JOIN_CONFIRM: _joined,
    POS_5: _fifth,
    POS_2: _second,
}
