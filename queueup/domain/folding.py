"""Names compared as people do: without case, accents and repeated spaces."""

import unicodedata


def folded(text: str) -> str:
    """Return a text for comparison; static/js/host/filter.js does the same."""
    if not text.isascii():  # most names are, and each commit compares all names of its line
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(one for one in parts if not unicodedata.combining(one))
    return " ".join(text.lower().split())
