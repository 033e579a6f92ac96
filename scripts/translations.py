"""Finds every sentence that guests can read, and brings the translations' files up to date.

Run it after a sentence has been added or changed: `.venv/bin/python -m scripts.translations`. New
sentences are added to each file without a translation, and those no longer used are removed.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from queueup.domain.presets import FORMER_QUICK_REPLIES, QUICK_REPLIES, READ_BY_GUESTS
from queueup.i18n.catalog import NAMES, SOURCE, catalog_path

ROOT = Path(__file__).parent.parent
METHODS = (("queueup/**.py", "python"), ("templates/**.html", "jinja2"))
COMMENTS = ("Translators:",)
WIDTH = 100
# What other tools need to know; dates and names are in the repository's log.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def extract() -> Catalog:
    """Return what the sources mark with _, gettext, ngettext or N_, and the presets of hosts."""
    catalog = Catalog(fuzzy=False)
    for folder in ("queueup", "templates"):
        methods = [(pattern.removeprefix(f"{folder}/"), how) for pattern, how in METHODS]
        for file, _, message, comments, context in extract_from_dir(
            ROOT / folder, methods, keywords=DEFAULT_KEYWORDS, comment_tags=COMMENTS
        ):
            # Line numbers would change the files at every turn.
            place = (f"{folder}/{file}", 0)
            catalog.add(message, None, [place], auto_comments=comments, context=context)
    # The domain does not import the catalog, so its presets are not marked.
    for sentence in QUICK_REPLIES + FORMER_QUICK_REPLIES + READ_BY_GUESTS:
        catalog.add(sentence, None, [("queueup/domain/presets.py", 0)])
    return catalog


def read(language: str) -> Catalog:
    """Return a language's catalog as it is written down; an empty one if it is not."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with open(path, "rb") as written:
        return read_po(written, locale=language)


def update(language: str, template: Catalog) -> list[str]:
    """Bring a language's file up to date; return the messages that have no translation there."""
    catalog = read(language)
    catalog.update(template, no_fuzzy_matching=True)
    path = catalog_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(HEADER.format(language=language, plurals=catalog.plural_forms).encode())
        write_po(
            file,
            catalog,
            width=WIDTH,
            omit_header=True,
            sort_output=True,
            ignore_obsolete=True,
            include_lineno=False,
        )
    return [str(message.id) for message in catalog if message.id and not all(texts(message.string))]


def texts(written: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Return the forms of a message or a translation: one, or one for each kind of number."""
    return list(written) if isinstance(written, list | tuple) else [written or ""]


def main() -> None:
    """Update all files, and say what is left to translate."""
    template = extract()
    for language in NAMES:
        if language == SOURCE:
            continue
        open_ones = update(language, template)
        sys.stdout.write(f"{language}: {len(open_ones)} of {len(template)} without translation\n")
        for message in open_ones:
            sys.stdout.write(f"  {message}\n")


if __name__ == "__main__":
    main()
