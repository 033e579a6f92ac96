"""The languages that guests can choose: their names, translations and ordinals."""

import gettext
import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# The language of the source code and of hosts' pages.
SOURCE = "en"
# Each in its own language, as people look for it.
NAMES = {
    SOURCE: "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "it": "Italiano",
    "zh": "简体中文",
}
CATALOGS = Path(__file__).parent / "translations"

# Tags for HTML (BCP 47) where our short code does not name the script.
TAGS = {"zh": "zh-Hans"}


def _english_suffix(place: int) -> str:
    if place % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")


# The prefix and the suffix of a place's ordinal.
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
    """Return the translations of a language; messages stay English if there are none.

    Placeholders are named: `words("de").gettext("…%(place)s…") % {"place": "3."}`.
    """
    if language == SOURCE or language not in NAMES:
        return gettext.NullTranslations()
    with open(catalog_path(language), "rb") as written:
        catalog = read_po(written, locale=language)
    # Compiled here and not in advance, so that no compiled file can be out of date.
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def N_(message: str) -> str:
    """Mark a message for translation; it is translated where it is used."""
    return message


def catalog_path(language: str) -> Path:
    """Return the path of a language's translations."""
    return CATALOGS / language / "LC_MESSAGES" / "messages.po"


def spoken(tag: object) -> str | None:
    """Return our language for a tag such as de-AT or zh-Hans, None if we have no such language."""
    language = tag.replace("_", "-").partition("-")[0].lower() if isinstance(tag, str) else None
    return language if language in NAMES else None


def offered(wished: Iterable[str] | None) -> list[str]:
    """Return the languages that a queue offers, in the order of NAMES: all unless it names some."""
    named = set(wished or ())
    return [language for language in NAMES if language in named] or list(NAMES)


def ordinal_parts(language: str | None, place: int) -> tuple[str, str]:
    """Return the prefix and the suffix of a place's ordinal."""
    return ORDINALS[language if language in ORDINALS else SOURCE](place)


def ordinal(language: str | None, place: int) -> str:
    """Return a place in line as an ordinal."""
    before, after = ordinal_parts(language, place)
    return f"{before}{place}{after}"


def tag(language: str) -> str:
    """Return the tag of a language in HTML (BCP 47)."""
    return TAGS.get(language, language)


@cache
def direction(language: str) -> str:
    """Return the direction in which a language is written: ltr or rtl."""
    return Locale.parse(language).text_direction
