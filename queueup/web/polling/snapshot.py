"""The snapshot endpoint that every page polls: picks the reader, renders, and computes the ETag."""

import hashlib
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.exceptions import Forbidden

from queueup import metrics
from queueup.i18n.catalog import SOURCE
from queueup.notifications.reachability import with_reachability
from queueup.services import services, waitlist
from queueup.storage import codec
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import hosts
from queueup.web.templating import locale

from .content import Content, Reader, values_for
from .request_fingerprint import fingerprint
from .response_cache import CachedResponse, response_cache

bp = Blueprint("polling", __name__)

# Screens with public content: a fragment for each, and one JSON for all.
SCREENS = ("public", "board", "kiosk")
VARY = ("Cookie", hosts.HOST_HEADER, "HX-Request")
FRAGMENT_VARY = (*VARY, "Accept-Language")
# Headers that a response without a body does not have.
OF_THE_BODY = ("Content-Type", "Content-Length")


class PollResponse(Response):
    """A response to a poll, which is cached for its request when its headers are complete."""

    def cache(self, snapshot: CachedSnapshot, rendered: CachedResponse) -> None:
        """Have this response cached as one to this snapshot."""
        self._snapshot, self._rendered, self._cache = snapshot, rendered, response_cache()

    def get_wsgi_response(self, environ: WSGIEnvironment) -> Any:
        """Return what is sent, and cache its headers."""
        body, status, headers = super().get_wsgi_response(environ)
        repeated = tuple(pair for pair in headers if pair[0] not in OF_THE_BODY)
        sent = CachedResponse(self.headers["ETag"], self._rendered.content, headers=repeated)
        self._cache.put(self._snapshot, fingerprint(environ), sent)
        return body, status, headers


@bp.get("/api/queue/<code:code>/snapshot")
def snapshot(code: str) -> ResponseReturnValue:
    """Answer a poll: JSON for programs, a fragment for our pages, or 304."""
    snapshot = waitlist().snapshot(code)
    reader = _reader(snapshot)
    if reader.party_id and reader.party_id not in snapshot.views["guests"]:
        # The party may have joined a moment ago, by another process.
        snapshot = waitlist().fresh_snapshot(code)
    as_fragment = bool(request.htmx)
    if as_fragment and is_gone(snapshot, reader):
        return end_of_visit(snapshot)
    rendered = render(snapshot, reader, as_fragment)
    if request.if_none_match.contains_weak(rendered.tag):
        response = PollResponse(status=304)
    else:
        mimetype = "text/html" if as_fragment else "application/json"
        response = PollResponse(rendered.body, mimetype=mimetype)
    response.set_etag(rendered.tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(FRAGMENT_VARY if as_fragment else VARY)
    response.cache(snapshot, rendered)
    services().reachability.note(code, reader.kind, reader.party_id)
    metrics.POLLS.labels(reader.kind, str(response.status_code)).inc()
    return response


def is_gone(snapshot: CachedSnapshot, reader: Reader) -> bool:
    """Return whether a guest's party is none of the line's, such as one of an earlier day."""
    return reader.party_id is not None and reader.party_id not in snapshot.views["guests"]


def end_of_visit(snapshot: CachedSnapshot) -> Response:
    """Return the fragment with which a page of a party that is gone ends: it asks no further."""
    about = snapshot.views["about"]
    locale.set_language(locale.choose_for(about))
    view = snapshot.views["public"]
    body = render_template("guest/_gone.html", about=about, view=view).strip()
    response = Response(body)
    response.set_etag(_tag(body))
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(FRAGMENT_VARY)
    return response


def render(snapshot: CachedSnapshot, reader: Reader, as_fragment: bool) -> CachedResponse:
    """Return the rendered content for a reader, cached by language. Raises UnknownParty.

    Fragments for guests and screens are in the language of the request; hosts read English.
    """
    language = SOURCE
    if as_fragment and reader.kind != "host":
        language = locale.choose_for(snapshot.views["about"])
    key = (reader, as_fragment, language)
    rendered = response_cache().get(snapshot, key)
    if rendered is None:
        values = values_for(snapshot.views, reader, as_fragment)
        if reader.kind == "host":
            channels = services().reachability.channels(snapshot.views["code"])
            values["view"] = with_reachability(values["view"], channels)
            values["seen_version"] = snapshot.version
        if as_fragment:
            locale.set_language(language)
            body = render_template(f"{reader.kind}/_snapshot.html", **values).strip()
        else:
            body = codec.dumps(values["view"])
        tag = _tag(body)
        # Only a guest's response may hold for the next snapshot, too.
        compared = values if reader.party_id else {}
        rendered = CachedResponse(tag, Content(reader, as_fragment, compared), body)
        response_cache().put(snapshot, key, rendered)
    return rendered


def _tag(body: str) -> str:
    return hashlib.blake2b(body.encode(), digest_size=10).hexdigest()


def _reader(snapshot: CachedSnapshot) -> Reader:
    party_id = request.args.get("partyId")
    if party_id:
        return Reader("guest", party_id)
    view = request.args.get("view")
    if view in SCREENS:
        return Reader(view)
    code = snapshot.views["code"]
    if hosts.is_host(code, snapshot.views):
        return Reader("host")
    if request.headers.get(hosts.HOST_HEADER) or view == "host":
        raise Forbidden("Invalid host authentication")
    return Reader("public")
