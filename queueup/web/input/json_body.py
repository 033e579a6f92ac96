"""Reading JSON request bodies."""

import json
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

INVALID = "Invalid JSON body"
# fetch() sends a string as text/plain unless told otherwise.
ACCEPTED = ("", "application/json", "text/plain")


def json_object(sentence: str = INVALID) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises BadRequest with the sentence for anything else, UnsupportedMediaType, and
    RequestEntityTooLarge.
    """
    if request.mimetype not in ACCEPTED and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("Send JSON with Content-Type: application/json.")
    try:
        # NaN is not JSON (RFC 8259, section 6), and a lone surrogate cannot be encoded.
        found = json.loads(request.get_data(), parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest(sentence) from error
    if not isinstance(found, dict):
        raise BadRequest(sentence)
    return found


def optional_json_object() -> dict[str, Any]:
    """Return the JSON object in the body, and an empty one for an empty body."""
    return json_object() if request.get_data() else {}


def field(name: str) -> object:
    """Return a field of the body, None if the body is no JSON object.

    Raises UnsupportedMediaType, RequestEntityTooLarge.
    """
    try:
        return json_object().get(name)
    except BadRequest:
        return None


def required_text(body: dict[str, Any], name: str) -> str:
    """Return a text that must be there. Raises BadRequest."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is required")
    return value


def optional_text(body: dict[str, Any], name: str) -> str | None:
    """Return a text, or None when it is absent or empty. Raises BadRequest for another type."""
    if name not in body:
        return None
    if not isinstance(body[name], str):
        raise BadRequest(f"{name} must be a string")
    return body[name] or None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
