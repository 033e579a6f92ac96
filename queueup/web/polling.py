"""The snapshot endpoint that every screen polls, and the short cut that makes a poll almost free.

An unchanged poll is answered before the framework: the process remembers which question got which
tag from a snapshot that is known to be current. Everything else goes to the view.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.exceptions import Forbidden

from .. import codec, metrics
from ..domain.errors import UnknownParty
from ..languages import SOURCE
from ..memory import Kept, Memory
from ..parts import parts, waitlist
from ..reach import Reach, marked
from ..store import Unavailable
from . import auth, languages

bp = Blueprint("polling", __name__)

# Where the view leaves, for the middleware, what it answered from and to whom.
KEPT, READER = "queueup.kept", "queueup.reader"
PREFIX, SUFFIX = "/api/queue/", "/snapshot"
# Screens that show what anybody may know: each has a fragment of its own, and all the same JSON.
SCREENS = ("public", "board", "kiosk")
VARY = ("Cookie", auth.HOST_HEADER, "HX-Request")
FRAGMENT_VARY = (*VARY, "Accept-Language")

# Everything about a request that can decide its answer.
DECIDES = (
    "QUERY_STRING",
    "HTTP_COOKIE",
    "HTTP_X_HOST_AUTH",
    "HTTP_HX_REQUEST",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_HOST",
    "wsgi.url_scheme",
)
# Letters; a poll with more is answered like any other, but its padding must not fill the memory.
QUESTION_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Who polls: the host, the guest of one party, or anybody on some kind of screen."""

    kind: str
    party_id: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees in one representation, and its tag."""

    body: str
    tag: str
    mimetype: str


@bp.get("/api/queue/<code:code>/snapshot")
def snapshot(code: str) -> ResponseReturnValue:
    """Answer a poll: JSON for programs, a fragment for our pages, or 304."""
    kept = waitlist().snapshot(code)
    reader = _reader(kept)
    if reader.party_id and reader.party_id not in kept.views["guests"]:
        # The party may have joined a moment ago, by another process.
        kept = waitlist().fresh_snapshot(code)
    request.environ[KEPT], request.environ[READER] = kept, reader
    as_fragment = bool(request.htmx)
    seen = see(kept, reader, as_fragment)
    if request.if_none_match.contains_weak(seen.tag):
        response = Response(status=304)
    else:
        response = Response(seen.body, mimetype=seen.mimetype)
    response.set_etag(seen.tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(FRAGMENT_VARY if as_fragment else VARY)
    return response


def see(kept: Kept, reader: Reader, as_fragment: bool) -> Seen:
    """Return what this reader sees, made once for each version and language. Raises UnknownParty.

    A fragment for a guest or for anybody is in the language of whoever asks; all else has only one.
    """
    language = SOURCE
    if as_fragment and reader.kind != "host":
        language = languages.choose_for(kept.views["about"])
    question = (reader, as_fragment, language)
    seen: Seen | None = kept.answer(question)
    if seen is None:
        shown = _view(kept, reader)
        if as_fragment:
            languages.speak(language)
            body = render_template(f"{reader.kind}/_snapshot.html", **shown).strip()
        else:
            body = codec.dumps(shown["view"])
        tag = hashlib.blake2b(body.encode(), digest_size=10).hexdigest()
        seen = Seen(body, tag, "text/html" if as_fragment else "application/json")
        kept.keep_answer(question, seen)
    return seen


def _view(kept: Kept, reader: Reader) -> dict[str, Any]:
    views = kept.views
    if reader.kind == "host":
        ways = parts().reach.ways(views["code"])
        return {"about": views["about"], "view": marked(views["host"], ways)}
    if reader.party_id is None:
        return {"about": views["about"], "view": views["public"]}
    try:
        found = views["guests"][reader.party_id]
    except KeyError:
        raise UnknownParty from None
    return {"about": views["about"], "party_id": reader.party_id, **found}


def _reader(kept: Kept) -> Reader:
    party_id = request.args.get("partyId")
    if party_id:
        return Reader("guest", party_id)
    view = request.args.get("view")
    if view in SCREENS:
        return Reader(view)
    code = kept.views["code"]
    if auth.is_host(code, kept.views):
        return Reader("host")
    if request.headers.get(auth.HOST_HEADER) or view == "host":
        raise Forbidden("Invalid host authentication")
    return Reader("public")


@dataclass(frozen=True, slots=True)
class Known:
    """How the app answered a question, for as long as the snapshot stays the same."""

    tag: str
    headers: list[tuple[str, str]]
    reader: Reader


class AnswerFromMemory:
    """WSGI middleware: answers again what this process has answered, while nothing changed."""

    def __init__(self, app: WSGIApplication, memory: Memory, reach: Reach) -> None:
        self._app = app
        self._memory = memory
        self._reach = reach

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 304 from memory, or let the app answer and remember its tag."""
        code = _polled_code(environ)
        if code is None:
            return self._app(environ, start)
        question = tuple(environ.get(name) for name in DECIDES)
        known = self._unchanged(code, question, environ.get("HTTP_IF_NONE_MATCH"))
        if known is None:
            return self._app(environ, self._remember(start, environ, code, question))
        self._reach.note(code, known.reader.kind, known.reader.party_id)
        _count(known.reader.kind, "304")
        metrics.SNAPSHOTS.labels("memory").inc()
        # An answer without any waiting would starve the other connections of this process.
        time.sleep(0)
        start("304 NOT MODIFIED", known.headers)
        return []

    def _unchanged(self, code: str, question: tuple[Any, ...], tag: str | None) -> Known | None:
        try:
            kept = self._memory.trusted(code) if tag else None
        except Unavailable:
            return None
        known: Known | None = kept.answer(question) if kept else None
        return known if known and known.tag == tag else None

    def _remember(
        self, start: StartResponse, environ: WSGIEnvironment, code: str, question: tuple[Any, ...]
    ) -> StartResponse:
        def started(
            status: str, headers: list[tuple[str, str]], *more: Any
        ) -> Callable[..., object]:
            kept: Kept | None = environ.get(KEPT)
            tag = dict(headers).get("ETag")
            if kept is not None and tag and status.startswith(("200", "304")):
                reader: Reader = environ[READER]
                left_out = ("Content-Type", "Content-Length")
                repeated = [header for header in headers if header[0] not in left_out]
                if sum(len(part or "") for part in question) <= QUESTION_LIMIT:
                    kept.keep_answer(question, Known(tag, repeated, reader))
                self._reach.note(code, reader.kind, reader.party_id)
                _count(reader.kind, status[:3])
            return start(status, headers, *more)

        return started


def _polled_code(environ: WSGIEnvironment) -> str | None:
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "GET" or not path.startswith(PREFIX):
        return None
    return path[len(PREFIX) : -len(SUFFIX)].upper() if path.endswith(SUFFIX) else None


def _count(reader: str, status: str) -> None:
    metrics.POLLS.labels(reader, status).inc()
