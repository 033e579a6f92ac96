"""The text of each notification, in its guest's language; none when it is no longer true.

What was true when a job was enqueued may no longer be when it runs, or is retried.
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

# Longer texts of four-byte letters would not fit into a push message.
TEXT_BYTES = 600


@dataclass(frozen=True, slots=True)
class TextContext:
    """What the text of a notification depends on: what its guest sees now, and the language."""

    about: About
    guest: GuestView
    notice: Notification
    now: int
    language: str | None

    @property
    def translations(self) -> NullTranslations:
        """Return the translations of the language."""
        return words_of(self.language)

    @property
    def place(self) -> int | None:
        """Return the party's place in line, if it waits."""
        wait = self.guest["party"].get("wait")
        return int(wait["place"]) if wait else None

    def at_place(self, sentence: str, place: int) -> Text:
        """Return a sentence with its place filled in, under the restaurant's name."""
        return self.plain(sentence % {"place": ordinal(self.language, place)})

    def plain(self, sentence: str) -> Text:
        """Return a sentence under the restaurant's name."""
        return Text(self.about["eventName"], sentence)

    def minutes_until(self, until: int) -> int:
        """Return the minutes from now, rounded, at least 1."""
        return max(1, (until - self.now + MINUTE // 2) // MINUTE)


def text_of(
    views: Views, notice: Notification, now: int, language: str | None = None
) -> Text | None:
    """Return the text of a notification as of now, or None if it is no longer true.

    Without a device's own language it is in the one that the party joined in.
    """
    guest = views["guests"].get(notice.party_id)
    if guest is None:
        return None
    in_language = language or guest["party"].get("language")
    kind = notification.PLACE if notice.kind.startswith(notification.PLACE) else notice.kind
    return _TEXTS[kind](TextContext(views["about"], guest, notice, now, in_language))


def _called(context: TextContext) -> Text | None:
    view, party = context.guest["view"], context.guest["party"]
    if not _is_held(context) or party["callCount"] != context.notice.number:
        return None
    translations, calls = context.translations, party["callCount"]
    come = translations.gettext("%(name)s: please come to the host stand within %(minutes)s min.")
    minutes = context.minutes_until(view["deadline"])
    come %= {"name": context.about["eventName"], "minutes": minutes}
    if calls > 1:
        again = translations.ngettext(
            "We've called you %(num)s time.", "We've called you %(num)s times.", calls
        )
        come = f"{come} {again % {'num': calls}}"
    return Text(translations.gettext("Your table is ready!"), come)


def _held_again(context: TextContext) -> Text | None:
    if not _is_held(context):
        return None
    _ = context.translations.gettext
    sentence = _(
        "We're still holding your table. Please come to the host stand within %(minutes)s min."
    )
    minutes = context.minutes_until(context.guest["view"]["deadline"])
    return context.plain(sentence % {"minutes": minutes})


def _is_held(context: TextContext) -> bool:
    view, party = context.guest["view"], context.guest["party"]
    return bool(
        view["type"] == "called" and not party["overdue"] and view["deadline"] > context.now
    )


def _call_undone(context: TextContext) -> Text | None:
    place = context.place
    if place is None or context.guest["party"]["callCount"] != context.notice.number:
        return None
    _ = context.translations.gettext
    sentence = _("Sorry, we called you by mistake. You keep your spot: you're %(place)s.")
    return context.at_place(sentence, place)


def _no_show(context: TextContext) -> Text | None:
    party, until = context.guest["party"], context.guest["party"].get("askBackUntil")
    is_this_end = party["endedAt"] == context.notice.number and not party.get("askedBackAt")
    if until is None or until <= context.now or not is_this_end:
        return None
    _ = context.translations.gettext
    sentence = _(
        "We called you and couldn't find you. Tap within %(minutes)s min to ask for your spot back."
    )
    return context.plain(sentence % {"minutes": context.minutes_until(until)})


def _place_back(context: TextContext) -> Text | None:
    place, calls = context.place, context.guest["party"]["callCount"]
    # A party that was never called has never lost its place.
    if place is None or not calls or calls != context.notice.number:
        return None
    _ = context.translations.gettext
    return context.at_place(_("You have your spot back: you're %(place)s."), place)


def _place_declined(context: TextContext) -> Text | None:
    is_active = context.guest["view"]["type"] != "removed"
    if is_active or not context.guest["party"].get("backDeclined"):
        return None
    _ = context.translations.gettext
    return context.plain(_("Sorry, we couldn't give you your spot back."))


def _message(context: TextContext) -> Text | None:
    party = context.guest["party"]
    is_here = context.guest["view"]["type"] in ("position", "called")
    if not is_here or party.get("messageAt") != context.notice.number:
        return None
    # Our preset messages are translated; the host's own words stay as they are.
    translated = context.translations.gettext
    text = translated(party["message"])
    encoded = text.encode()
    if len(encoded) > TEXT_BYTES:
        text = encoded[:TEXT_BYTES].decode(errors="ignore") + "…"
    return context.plain(text)


def _joined(context: TextContext) -> Text | None:
    place = context.place
    if place is None:
        return None
    _ = context.translations.gettext
    return context.at_place(
        _("You're %(place)s. We'll let you know here when your table is ready."), place
    )


def _place(context: TextContext) -> Text | None:
    place, target = context.place, int(context.notice.kind.removeprefix(notification.PLACE))
    # A party that is even nearer by now is notified of that instead.
    nearer = [other for other in context.about["nudgePlaces"] if other < target]
    if place is None or place > target or any(place <= other for other in nearer):
        return None
    _ = context.translations.gettext
    if place == 1:
        return context.plain(_("You're next. Please stay close to the host stand."))
    if place == 2:
        return context.at_place(_("You're %(place)s. Please stay close to the host stand."), place)
    return context.at_place(_("You're %(place)s. Please start heading back."), place)


def _soon(context: TextContext) -> Text | None:
    within = context.about["nudgeMinutes"]
    if context.place is None or within is None:
        return None
    minutes = max(1, -(-context.guest["party"]["wait"]["expectedMs"] // MINUTE))
    if minutes > within:
        return None
    sentence = context.translations.ngettext(
        "About %(num)s minute left. Please start heading back.",
        "About %(num)s minutes left. Please start heading back.",
        minutes,
    )
    return context.plain(sentence % {"num": minutes})


_TEXTS: dict[str, Callable[[TextContext], Text | None]] = {
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
