"""The API's description of itself (OpenAPI 3.1), made of the limits that its readers have.

A plain dictionary: the libraries that write such documents (apispec, flask-smorest) want views and
fields declared their way, and would be a second truth beside our readers. The tests compare the
document with the routes, the readers and the answers instead.
"""

from functools import cache

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from queueup import __version__
from queueup.services import services

from . import actions, legacy, schemas
from .operations import Operation, Schema, described

bp = Blueprint("openapi", __name__, url_prefix="/api")

TITLE = "QueueUp"
ABOUT = """The waitlist of a restaurant, for programs.

Times are milliseconds since the Unix epoch, UTC; other durations say so. A queue's code is taken
in any case. A refusal is `{"error": "<sentence>"}`, or text where no queue or path is known. The
host is known by the header `x-host-auth`, by the cookie `queue_host_auth`, or by the cookie of a
device; a guest by the id of its party, which nobody else is told. Requests that change something
take an `Idempotency-Key`: the same key again changes nothing and is answered like the first time.
Fields may be added to answers; clients ignore what they do not know."""


@bp.get("/openapi.json")
def served() -> ResponseReturnValue:
    """Return the description of this API."""
    return jsonify(document(services().settings.legacy_sockets))


@cache
def document(has_sockets: bool = True) -> Schema:
    """Return the whole description, with the route of the old screens' sockets if it is open."""
    paths: dict[str, Schema] = {}
    for operation in operations(has_sockets):
        paths.setdefault(operation.path, {})[operation.method] = described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.SCHEMAS,
            "securitySchemes": {
                "hostToken": {"type": "apiKey", "in": "header", "name": "x-host-auth"},
                "hostCookie": {"type": "apiKey", "in": "cookie", "name": "queue_host_auth"},
            },
        },
    }


def operations(has_sockets: bool) -> list[Operation]:
    """List everything that the API can be asked."""
    sockets = [legacy.CONNECT] if has_sockets else []
    return [*legacy.OPERATIONS, *sockets, *actions.operations()]
