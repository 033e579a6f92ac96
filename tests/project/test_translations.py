"""Every sentence for guests has its translation, in every language, with the same gaps to fill."""

import re
import string
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import Environment
from jinja2.ext import InternationalizationExtension
from jinja2.nodes import Call, Const, Name

from queueup.i18n import catalog
from queueup.i18n.catalog import NAMES, SOURCE
from scripts.translations import ROOT, extract, read, texts

TRANSLATED = [language for language in NAMES if language != SOURCE]
TEMPLATES = ROOT / "templates"
# What is filled in: %(name)s by Python, {name} and # by the page's scripts.
GAPS = re.compile(r"%\((\w+)\)s|\{(\w+)\}|(#)")


@pytest.fixture(scope="module")
def marked() -> Catalog:
    """Everything that the sources mark as said to guests."""
    return extract()


def gaps(text: str) -> Counter[tuple[str, ...]]:
    """Count what must be filled into a text."""
    return Counter(GAPS.findall(text))


def sentences(catalog: Catalog) -> list[Message]:
    """Return the messages of a catalog without its head."""
    return [message for message in catalog if message.id]


def test_the_sentences_of_templates_and_of_programs_are_found(marked: Catalog) -> None:
    for sentence in (
        "You're next",
        "Please use %(most)s characters or fewer.",
        "Your table is ready!",
    ):
        assert sentence in marked
    # What hosts alone read is said in English.
    assert "Close the line" not in marked


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_left_over(language: str, marked: Catalog) -> None:
    catalog = read(language)
    known = {message.id for message in sentences(catalog)}
    wanted = {message.id for message in sentences(marked)}
    how = "run python -m scripts.translations, and translate what it lists"
    assert known == wanted, f"{language}: {how}: {known ^ wanted}"
    empty = [m.id for m in sentences(catalog) if m.fuzzy or "" in map(str.strip, texts(m.string))]
    assert not empty, f"{language} lacks {empty}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_kind_of_number_has_its_form(language: str) -> None:
    catalog = read(language)
    for message in sentences(catalog):
        if message.pluralizable:
            assert len(texts(message.string)) == catalog.num_plurals, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_gaps_of_its_sentence(language: str) -> None:
    for message in sentences(read(language)):
        for form in texts(message.string):
            assert gaps(form) == gaps(texts(message.id)[-1]), f"{language}: {form}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_can_stand_in_html(language: str) -> None:
    for message in [*sentences(read(language)), *sentences(extract())]:
        for text in [*texts(message.id), *texts(message.string)]:
            assert not set(text) & set('<>"&'), text
            # A sentence is filled by name; any other percent sign is written twice.
            assert "%" not in GAPS.sub("", text).replace("%%", ""), text


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_translates_nothing_that_somebody_typed(path: Path) -> None:
    # What is translated counts as markup: only our own sentences may be.
    template = Environment(extensions=[InternationalizationExtension]).parse(path.read_text())
    for call in template.find_all(Call):
        if isinstance(call.node, Name) and call.node.name in ("_", "gettext", "ngettext"):
            assert isinstance(call.args[0], Const), f"{path.name}:{call.lineno}"


@pytest.mark.parametrize("language", NAMES)
def test_a_language_counts_places_and_has_a_direction(language: str) -> None:
    said = {catalog.ordinal(language, place) for place in range(1, 120)}
    assert len(said) == 119
    assert catalog.direction(language) in ("ltr", "rtl")
    assert catalog.tag(language).startswith(language)
    assert set(catalog.tag(language)) <= set(string.ascii_letters + "-")


def test_numbers_decide_the_words_that_follow() -> None:
    for language, one, many in (("de", "Gruppe", "Gruppen"), ("es", "grupo", "grupos")):
        words = catalog.words(language)
        said = [words.ngettext("%(num)s party ahead", "%(num)s parties ahead", n) for n in (1, 2)]
        assert f"{one} " in said[0]
        assert f"{many} " in said[1]


def test_a_language_that_nobody_speaks_here_is_answered_in_english() -> None:
    for language in (None, "", "tlh", SOURCE, "../de"):
        assert catalog.words(language).gettext("You're next") == "You're next"
        assert catalog.ordinal(language, 3) == "3rd"
