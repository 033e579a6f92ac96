"""The OpenAPI 3.1 document of the API, built from the limits of its readers.

It is a plain dictionary: the libraries that generate such documents (apispec, flask-smorest) need
views and fields to be declared a second time, in their own way. Tests compare the document with
the routes, the readers and the responses.
"""

from functools import cache

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from queueup import __version__
from queueup.services import services

from . import actions, legacy, reports, schemas
from .operations import Operation, Schema, described

bp = Blueprint("openapi", __name__, url_prefix="/api")

TITLE = "QueueUp"
ABOUT = """The JSON API of a restaurant's waitlist.

Times are milliseconds since the Unix epoch, UTC; fields in other units say so. The code of a queue
is accepted in upper or lower case. A refusal is `{"error": "<sentence>"}`, or plain text for an
unknown queue or path. Hosts authenticate with the header `x-host-auth`, the cookie
`queue_host_auth`, or the cookie of a device; guests with the id of their party, which is disclosed
to nobody else. Requests that change something take an `Idempotency-Key`: repeating one with the
same key changes nothing and returns the first response. Fields may be added to responses; clients
must ignore unknown ones."""


@bp.get("/openapi.json")
def served() -> ResponseReturnValue:
    """Return the OpenAPI document."""
    return jsonify(document(services().settings.legacy_sockets))


@cache
def document(has_sockets: bool = True) -> Schema:
    """Return the document, with the WebSocket route of legacy clients if it is on."""
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
            "schemas": schemas.SCHEMAS | reports.SCHEMAS,
            "securitySchemes": {
                "hostToken": {"type": "apiKey", "in": "header", "name": "x-host-auth"},
                "hostCookie": {"type": "apiKey", "in": "cookie", "name": "queue_host_auth"},
            },
        },
    }


def operations(has_sockets: bool) -> list[Operation]:
    """Return all operations of the API."""
    sockets = [legacy.CONNECT] if has_sockets else []
    return [*legacy.OPERATIONS, *sockets, *actions.operations(), *reports.OPERATIONS]
