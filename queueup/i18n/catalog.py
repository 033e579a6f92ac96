"""The languages that guests are spoken to in, their words, and how each of them counts places."""

import gettext
import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# The language that our sources are written in, and that hosts read.
SOURCE = "en"
# Each in its own words: that is how people look for it.
NAMES = {
    SOURCE: "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "it": "Italiano",
    "zh": "简体中文",
}
CATALOGS = Path(__file__).parent / "translations"

# A language as browsers and screen readers want it named, where our short code says too little.
TAGS = {"zh": "zh-Hans"}


def _english_suffix(place: int) -> str:
    if place % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")


# What stands before and after the number of a place in line.
ORDINALS: dict[str, Callable[[int], tuple[str, str]]] = {
    SOURCE: lambda place: ("", _english_suffix(place)),
    "es": lambda place: ("", ".º"),
    "fr": lambda place: ("", "er" if place == 1 else "e"),
    "de": lambda place: ("", "."),
    "it": lambda place: ("", "º"),
    "zh": lambda place: ("第", "位"),
}


@cache
def words(language: str | None) -> gettext.NullTranslations:
    """Return the words of a language; one that we do not speak is answered in our own.

    Messages are written with named places: `words("de").gettext("…%(place)s…") % {"place": "3."}`.
    """
    if language == SOURCE or language not in NAMES:
        return gettext.NullTranslations()
    with open(catalog_path(language), "rb") as written:
        catalog = read_po(written, locale=language)
    # The texts are the only source: nothing is compiled beforehand, so nothing can be out of date.
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def N_(message: str) -> str:
    """Mark a message that is said in another place."""
    return message


def catalog_path(language: str) -> Path:
    """Return where the translations of a language are written down."""
    return CATALOGS / language / "LC_MESSAGES" / "messages.po"


def spoken(tag: object) -> str | None:
    """Return the language of ours that a name such as de-AT or zh-Hans means, or None."""
    language = tag.replace("_", "-").partition("-")[0].lower() if isinstance(tag, str) else None
    return language if language in NAMES else None


def offered(wished: Iterable[str] | None) -> list[str]:
    """Return the languages that a queue offers, in our order: all of them unless it names some."""
    named = set(wished or ())
    return [language for language in NAMES if language in named] or list(NAMES)


def ordinal_parts(language: str | None, place: int) -> tuple[str, str]:
    """Return what stands before and after the number of a place in line."""
    return ORDINALS[language if language in ORDINALS else SOURCE](place)


def ordinal(language: str | None, place: int) -> str:
    """Say a place in line."""
    before, after = ordinal_parts(language, place)
    return f"{before}{place}{after}"


def tag(language: str) -> str:
    """Return how HTML names a language (BCP 47)."""
    return TAGS.get(language, language)


@cache
def direction(language: str) -> str:
    """Return in which direction a language is written: ltr or rtl."""
    return Locale.parse(language).text_direction
