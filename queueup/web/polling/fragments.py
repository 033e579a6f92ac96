"""The polled fragment of a page: inside the page at first, alone after an action."""

from typing import Any

from flask import Response
from markupsafe import Markup

from queueup.storage.snapshot_cache import CachedSnapshot

from .content import Reader
from .snapshot import end_of_visit, is_gone, render


def shown_first(snapshot: CachedSnapshot, reader: Reader) -> dict[str, Any]:
    """Return the fragment and its tag for a page, whose first poll is a 304 then."""
    rendered = render(snapshot, reader, as_fragment=True)
    return {"fragment": Markup(rendered.body), "tag": rendered.tag}


def alone(snapshot: CachedSnapshot, reader: Reader) -> Response:
    """Return the fragment as a response, with the ETag of its next poll."""
    if is_gone(snapshot, reader):
        return end_of_visit(snapshot)
    rendered = render(snapshot, reader, as_fragment=True)
    response = private(rendered.body)
    response.set_etag(rendered.tag)
    return response


def private(page: str) -> Response:
    """Return a private response that is revalidated every time."""
    response = Response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
