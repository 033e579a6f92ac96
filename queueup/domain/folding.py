"""Names compared as people do: without case, accents and repeated spaces."""

import unicodedata


def folded(text: str) -> str:
    """Return a text for comparison; static/js/host/filter.js does the same."""
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    return " ".join(plain.lower().split())
