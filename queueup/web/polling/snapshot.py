"""The snapshot endpoint that every screen polls."""

import hashlib
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.exceptions import Forbidden

from queueup.domain.errors import UnknownParty
from queueup.domain.views import View
from queueup.i18n.catalog import SOURCE
from queueup.notifications.reachability import with_reachability
from queueup.services import services, waitlist
from queueup.storage import codec
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import hosts
from queueup.web.templating import locale

bp = Blueprint("polling", __name__)

# Where the view leaves, for the middleware, what it answered from and what.
KEPT, SEEN = "queueup.kept", "queueup.seen"
# Screens that show what anybody may know: each has a fragment of its own, and all the same JSON.
SCREENS = ("public", "board", "kiosk")
VARY = ("Cookie", hosts.HOST_HEADER, "HX-Request")
FRAGMENT_VARY = (*VARY, "Accept-Language")
# What the wire tells guests and our page does not: how many stand behind them, to begin with.
NOT_ON_PAGES = ("queueLength", "estimatedWaitMs", "eventName")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who polls: the host, the guest of one party, or anybody on some kind of screen."""

    kind: str
    party_id: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All that an answer is made from: what a reader is shown in one representation."""

    reader: Reader
    as_fragment: bool
    content: dict[str, Any]

    def matches(self, views: View) -> bool:
        """Tell whether these views show the reader the same; for guests, of whom there are many."""
        if self.reader.party_id not in views["guests"]:
            return False
        return self.content == _shown(views, self.reader, self.as_fragment)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a reader sees in one representation, and its tag."""

    body: str
    tag: str
    mimetype: str
    shown: Content

    def matches(self, views: View) -> bool:
        """Tell whether these views of the same queue give the same answer."""
        return self.shown.matches(views)


@bp.get("/api/queue/<code:code>/snapshot")
def snapshot(code: str) -> ResponseReturnValue:
    """Answer a poll: JSON for programs, a fragment for our pages, or 304."""
    kept = waitlist().snapshot(code)
    reader = _reader(kept)
    if reader.party_id and reader.party_id not in kept.views["guests"]:
        # The party may have joined a moment ago, by another process.
        kept = waitlist().fresh_snapshot(code)
    as_fragment = bool(request.htmx)
    seen = render(kept, reader, as_fragment)
    request.environ[KEPT], request.environ[SEEN] = kept, seen
    if request.if_none_match.contains_weak(seen.tag):
        response = Response(status=304)
    else:
        response = Response(seen.body, mimetype=seen.mimetype)
    response.set_etag(seen.tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(FRAGMENT_VARY if as_fragment else VARY)
    return response


def render(kept: CachedSnapshot, reader: Reader, as_fragment: bool) -> Rendered:
    """Return what this reader sees, made once for each version and language. Raises UnknownParty.

    A fragment for a guest or for anybody is in the language of whoever asks; all else has only one.
    """
    language = SOURCE
    if as_fragment and reader.kind != "host":
        language = locale.choose_for(kept.views["about"])
    question = (reader, as_fragment, language)
    seen = cast(Rendered | None, kept.answer(question))
    if seen is None:
        content = _shown(kept.views, reader, as_fragment)
        if reader.kind == "host":
            content["view"] = with_reachability(
                content["view"], services().reachability.channels(kept.views["code"])
            )
            content["seen_version"] = kept.version
        if as_fragment:
            locale.speak(language)
            body = render_template(f"{reader.kind}/_snapshot.html", **content).strip()
        else:
            body = codec.dumps(content["view"])
        tag = hashlib.blake2b(body.encode(), digest_size=10).hexdigest()
        mimetype = "text/html" if as_fragment else "application/json"
        seen = Rendered(body, tag, mimetype, Content(reader, as_fragment, content))
        kept.keep_answer(question, seen)
    return seen


def _shown(views: View, reader: Reader, as_fragment: bool) -> dict[str, Any]:
    if reader.party_id is None:
        view = views["host" if reader.kind == "host" else "public"]
        return {"about": views["about"], "view": view}
    try:
        found = views["guests"][reader.party_id]
    except KeyError:
        raise UnknownParty from None
    view = found["view"]
    if as_fragment:
        view = {name: value for name, value in view.items() if name not in NOT_ON_PAGES}
    return {
        "about": views["about"],
        "party_id": reader.party_id,
        "view": view,
        "party": found["party"],
    }


def _reader(kept: CachedSnapshot) -> Reader:
    party_id = request.args.get("partyId")
    if party_id:
        return Reader("guest", party_id)
    view = request.args.get("view")
    if view in SCREENS:
        return Reader(view)
    code = kept.views["code"]
    if hosts.is_host(code, kept.views):
        return Reader("host")
    if request.headers.get(hosts.HOST_HEADER) or view == "host":
        raise Forbidden("Invalid host authentication")
    return Reader("public")
