"""The polled part of a page: in the page when it is first shown, alone after a tap."""

from typing import Any

from flask import Response
from markupsafe import Markup

from queueup.storage.snapshot_cache import CachedSnapshot

from .content import Reader
from .snapshot import render


def shown_first(kept: CachedSnapshot, reader: Reader) -> dict[str, Any]:
    """Return the fragment and its tag for a page, so that its first poll is a 304 already."""
    rendered = render(kept, reader, as_fragment=True)
    return {"fragment": Markup(rendered.body), "tag": rendered.tag}


def alone(kept: CachedSnapshot, reader: Reader) -> Response:
    """Answer with the fragment, tagged as its next poll will be."""
    rendered = render(kept, reader, as_fragment=True)
    response = private(rendered.body)
    response.set_etag(rendered.tag)
    return response


def private(page: str) -> Response:
    """Answer with what is for this reader only, and is asked for again each time."""
    response = Response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
