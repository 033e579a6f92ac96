"""The words of each telling, in its guest's language; none when it is no longer true.

What was true when a job was made may be over when it runs, or is tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from gettext import NullTranslations

from queueup.domain.model import MINUTE
from queueup.domain.view_types import About, GuestView, Views
from queueup.i18n.catalog import ordinal
from queueup.i18n.catalog import words as words_of

from . import notification
from .notification import Notification, Text

# Of a text in letters of four bytes, more would not fit into a push message.
TEXT_BYTES = 600


@dataclass(frozen=True, slots=True)
class TextContext:
    """A telling that asks for its words: what its guest sees now, and in which language."""

    about: About
    guest: GuestView
    telling: Notification
    now: int
    language: str | None

    @property
    def said(self) -> NullTranslations:
        """Return the words of the language."""
        return words_of(self.language)

    @property
    def place(self) -> int | None:
        """Return the party's place in line, if it waits."""
        place: int | None = self.guest["view"].get("position")
        return place

    def at_place(self, sentence: str, place: int) -> Text:
        """Fill the place into a sentence, under the restaurant's name."""
        return self.plainly(sentence % {"place": ordinal(self.language, place)})

    def plainly(self, sentence: str) -> Text:
        """Say a sentence under the restaurant's name."""
        return Text(self.about["eventName"], sentence)

    def minutes_until(self, until: int) -> int:
        """Count the minutes from now, rounded, at least one."""
        return max(1, (until - self.now + MINUTE // 2) // MINUTE)


def text_of(
    views: Views, telling: Notification, now: int, language: str | None = None
) -> Text | None:
    """Put a telling into words that are true now, by what its guest sees; None if it is not.

    Without the language of a device it is the one that the party joined in.
    """
    guest = views["guests"].get(telling.party_id)
    if guest is None:
        return None
    spoken = language or guest["party"].get("language")
    kind = notification.PLACE if telling.kind.startswith(notification.PLACE) else telling.kind
    return _WORDS[kind](TextContext(views["about"], guest, telling, now, spoken))


def _called(asked: TextContext) -> Text | None:
    view, party = asked.guest["view"], asked.guest["party"]
    if not _is_held(asked) or party["callCount"] != asked.telling.number:
        return None
    said, calls = asked.said, party["callCount"]
    come = said.gettext("%(name)s: please come to the host stand within %(minutes)s min.")
    minutes = asked.minutes_until(view["deadline"])
    come %= {"name": asked.about["eventName"], "minutes": minutes}
    if calls > 1:
        again = said.ngettext(
            "We've called you %(num)s time.", "We've called you %(num)s times.", calls
        )
        come = f"{come} {again % {'num': calls}}"
    return Text(said.gettext("Your table is ready!"), come)


def _held_again(asked: TextContext) -> Text | None:
    if not _is_held(asked):
        return None
    _ = asked.said.gettext
    sentence = _(
        "We're still holding your table. Please come to the host stand within %(minutes)s min."
    )
    minutes = asked.minutes_until(asked.guest["view"]["deadline"])
    return asked.plainly(sentence % {"minutes": minutes})


def _is_held(asked: TextContext) -> bool:
    view, party = asked.guest["view"], asked.guest["party"]
    return bool(view["type"] == "called" and not party["overdue"] and view["deadline"] > asked.now)


def _call_undone(asked: TextContext) -> Text | None:
    place = asked.place
    if place is None or asked.guest["party"]["callCount"] != asked.telling.number:
        return None
    _ = asked.said.gettext
    sentence = _("Sorry, we called you by mistake. You keep your spot: you're %(place)s.")
    return asked.at_place(sentence, place)


def _no_show(asked: TextContext) -> Text | None:
    party, until = asked.guest["party"], asked.guest["party"].get("askBackUntil")
    is_this_end = party["endedAt"] == asked.telling.number and not party.get("askedBackAt")
    if until is None or until <= asked.now or not is_this_end:
        return None
    _ = asked.said.gettext
    sentence = _(
        "We called you and couldn't find you. Tap within %(minutes)s min to ask for your spot back."
    )
    return asked.plainly(sentence % {"minutes": asked.minutes_until(until)})


def _place_back(asked: TextContext) -> Text | None:
    place, calls = asked.place, asked.guest["party"]["callCount"]
    # Who was never called has never lost the place.
    if place is None or not calls or calls != asked.telling.number:
        return None
    _ = asked.said.gettext
    return asked.at_place(_("You have your spot back: you're %(place)s."), place)


def _place_declined(asked: TextContext) -> Text | None:
    is_active = asked.guest["view"]["type"] != "removed"
    if is_active or not asked.guest["party"].get("backDeclined"):
        return None
    _ = asked.said.gettext
    return asked.plainly(_("Sorry, we couldn't give you your spot back."))


def _message(asked: TextContext) -> Text | None:
    party = asked.guest["party"]
    is_here = asked.guest["view"]["type"] in ("position", "called")
    if not is_here or party.get("messageAt") != asked.telling.number:
        return None
    # One of our ready-made replies has a translation; the host's own words are what they are.
    translated = asked.said.gettext
    text = translated(party["message"])
    encoded = text.encode()
    if len(encoded) > TEXT_BYTES:
        text = encoded[:TEXT_BYTES].decode(errors="ignore") + "…"
    return asked.plainly(text)


def _joined(asked: TextContext) -> Text | None:
    place = asked.place
    if place is None:
        return None
    _ = asked.said.gettext
    return asked.at_place(
        _("You're %(place)s. We'll let you know here when your table is ready."), place
    )


def _place(asked: TextContext) -> Text | None:
    place, told = asked.place, int(asked.telling.kind.removeprefix(notification.PLACE))
    # Whoever has come even nearer by now hears that instead.
    nearer = [other for other in asked.about["nudgePlaces"] if other < told]
    if place is None or place > told or any(place <= other for other in nearer):
        return None
    _ = asked.said.gettext
    if place == 1:
        return asked.plainly(_("You're next. Please stay close to the host stand."))
    if place == 2:
        return asked.at_place(_("You're %(place)s. Please stay close to the host stand."), place)
    return asked.at_place(_("You're %(place)s. Please start heading back."), place)


def _soon(asked: TextContext) -> Text | None:
    within = asked.about["nudgeMinutes"]
    if asked.place is None or within is None:
        return None
    minutes = max(1, -(-asked.guest["view"]["estimatedWaitMs"] // MINUTE))
    if minutes > within:
        return None
    sentence = asked.said.ngettext(
        "About %(num)s minute left. Please start heading back.",
        "About %(num)s minutes left. Please start heading back.",
        minutes,
    )
    return asked.plainly(sentence % {"num": minutes})


_WORDS: dict[str, Callable[[TextContext], Text | None]] = {
    notification.CALLED: _called,
    notification.CALL_UNDONE: _call_undone,
    notification.HELD_AGAIN: _held_again,
    notification.JOIN_CONFIRM: _joined,
    notification.MESSAGE: _message,
    notification.NO_SHOW: _no_show,
    notification.PLACE: _place,
    notification.PLACE_BACK: _place_back,
    notification.PLACE_DECLINED: _place_declined,
    notification.SOON: _soon,
}
