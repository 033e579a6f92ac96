"""Error responses: JSON for API clients, HTML pages for people."""

import logging
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from queueup.bot_check import BotCheckFailed
from queueup.domain.errors import (
    AlreadyInQueue,
    IllegalMove,
    InvitationSpent,
    LastDevice,
    NextPartyNotWaiting,
    NothingToUndo,
    NotJoinable,
    NotPossibleNow,
    QueueError,
    QueueFull,
    ServedPartyNotCalled,
    SessionClosed,
    SomebodyWasFaster,
    TableTaken,
    UnknownParty,
    UnknownQueue,
    WrongPin,
)
from queueup.history import HistoryUnavailable
from queueup.i18n.catalog import N_
from queueup.storage import codec
from queueup.storage.redis_client import Unavailable

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Response)

STATUS: dict[type[QueueError], HTTPStatus] = {
    UnknownQueue: HTTPStatus.NOT_FOUND,
    SessionClosed: HTTPStatus.CONFLICT,
    AlreadyInQueue: HTTPStatus.CONFLICT,
    QueueFull: HTTPStatus.CONFLICT,
    UnknownParty: HTTPStatus.NOT_FOUND,
    NextPartyNotWaiting: HTTPStatus.NOT_FOUND,
    ServedPartyNotCalled: HTTPStatus.BAD_REQUEST,
    IllegalMove: HTTPStatus.CONFLICT,
    SomebodyWasFaster: HTTPStatus.CONFLICT,
    NotJoinable: HTTPStatus.CONFLICT,
    NotPossibleNow: HTTPStatus.CONFLICT,
    NothingToUndo: HTTPStatus.CONFLICT,
    TableTaken: HTTPStatus.CONFLICT,
    LastDevice: HTTPStatus.CONFLICT,
    InvitationSpent: HTTPStatus.GONE,
    WrongPin: HTTPStatus.FORBIDDEN,
}
# What people read instead of the sentences that legacy clients know.
ON_PAGES: dict[type[QueueError], str] = {
    SessionClosed: N_("This line has closed."),
    UnknownParty: N_("That party is no longer in this line."),
    QueueFull: N_("The line is full right now. Please ask the host."),
}
UNAVAILABLE_RETRY_AFTER_S = 2
HISTORY_AWAY = (
    "The history can't be reached right now. The line goes on as usual, and nothing is lost."
)
TOO_MANY = "Too many requests. Please wait a moment and try again."

# Headers for our own scripts.
OURS = "X-QueueUp"  # on every answer: what lacks it came from something in between
MARK = "1"
NOTICE = "X-QueueUp-Notice"  # a sentence, percent-encoded
REFUSED = "X-QueueUp-Refused"  # the name of the refusal, for a page that can do something about it
ADDED = "X-QueueUp-Added"  # the id of the party that was added
TOTAL = "X-QueueUp-Total"  # how many rows an export has


# The extension that counts failures.
FAILURES = "queueup.failures"


class BadField(Exception):
    """A field that cannot be accepted, and why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def init_app(app: Flask) -> None:
    """Register the handlers for every refusal and failure."""
    app.register_error_handler(QueueError, _refused)
    app.register_error_handler(BadField, _bad_field)
    app.register_error_handler(BotCheckFailed, _bot_check_failed)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HistoryUnavailable, _history_unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_say_when)
    app.after_request(mark)


def mark(response: Response) -> Response:
    """Mark a response as ours."""
    response.headers[OURS] = MARK
    return response


def is_api() -> bool:
    """Return whether the request is for the API, and not for a page."""
    return request.path.startswith("/api/")


def text(sentence: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a plain text response, as legacy clients expect."""
    return Response(sentence, status, content_type="text/plain; charset=utf-8")


def sentence_for_people(error: QueueError) -> str:
    """Return a refusal as pages put it, in English."""
    return ON_PAGES.get(type(error), str(error))


def too_many(response_class: type[R], retry_after_s: int) -> R:
    """Return the small response to one request too many."""
    if is_api():
        body, mimetype = codec.dumps({"error": TOO_MANY}), "application/json"
    else:
        body, mimetype = render_template("too_many.html"), "text/html"
    response = response_class(body, HTTPStatus.TOO_MANY_REQUESTS, mimetype=mimetype)
    response.headers["Retry-After"] = str(retry_after_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def refusal_of_failure(status: HTTPStatus) -> Response | None:
    """Return the response in place of one failure too many, before anything is rendered for it."""
    check = current_app.extensions.get(FAILURES)
    found: Response | None = check(status) if check else None
    return found


def _refused(error: QueueError) -> ResponseReturnValue:
    # Rate limits count some refusals when the response is ready.
    g.refusal_code = error.code
    status = STATUS[type(error)]
    if isinstance(error, UnknownQueue) and is_api():
        return text(str(error), status)
    return _answer(str(error) if is_api() else sentence_for_people(error), status)


def _bad_field(error: BadField) -> ResponseReturnValue:
    return _answer(str(error), HTTPStatus.BAD_REQUEST)


def _bot_check_failed(error: BotCheckFailed) -> ResponseReturnValue:
    if is_api():
        return jsonify(error=str(error), errors=error.codes), HTTPStatus.BAD_REQUEST
    return _answer(str(error), HTTPStatus.BAD_REQUEST)


def _unavailable(error: Unavailable) -> ResponseReturnValue:
    return _answer(
        "We can't reach the waitlist right now. Please try again.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _history_unavailable(error: HistoryUnavailable) -> ResponseReturnValue:
    log.warning("the history is unavailable: %s", error)
    return _answer(HISTORY_AWAY, HTTPStatus.SERVICE_UNAVAILABLE)


def _say_when(response: Response) -> Response:
    # Overrides the value of the rate limiter, which may be up to a minute.
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(UNAVAILABLE_RETRY_AFTER_S)
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:  # a redirect
        return error.response
    status = HTTPStatus(error.code or 500)
    # The API answers 404, not 405, to a wrong method.
    unknown = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    if is_api() and status in unknown:
        return text("Not found", HTTPStatus.NOT_FOUND)
    # The title of a page with this status may be about something else.
    title = getattr(error, "title", None)
    return _answer(error.description or status.phrase, status, title)


def _answer(sentence: str, status: HTTPStatus, title: str | None = None) -> Response:
    if refusal := refusal_of_failure(status):
        return refusal
    if is_api():
        response = jsonify(error=sentence)
    else:
        response = Response(
            render_template("error.html", sentence=sentence, status=status, title=title)
        )
    response.status_code = status
    if title:
        # Scripts show it, too: it is not what they say of this status.
        response.headers[NOTICE] = quote(sentence)
    return response
