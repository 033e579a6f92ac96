"""An operation of the API, and its OpenAPI description."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from queueup.web.input import fields
from queueup.web.input.idempotency import SHORTEST_CREATE_KEY

Schema = dict[str, Any]

JSON, TEXT, PAGE = "application/json", "text/plain", "text/html"
ANYBODY, GUEST, HOST = "anybody", "guest", "host"

# Responses of any operation: foreign origin, rate limit, and Redis unavailable or overload.
ALWAYS = (400, 403, 415, 429, 503)
WITH_BODY = (400, 413, 415)
ABOUT_QUEUE = (404,)
ABOUT_HOST = (401,)


@dataclass(frozen=True, slots=True)
class Field:
    """The schema of a field of a body."""

    schema: Schema
    is_required: bool = False


Fields = dict[str, Field]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    name: str
    summary: str
    who: str = ANYBODY
    body: Fields | None = None
    is_body_required: bool = True
    parameters: tuple[Schema, ...] = ()
    takes_key: bool = False
    # By status: the name of a schema in schemas.py, or None for plain text or no body.
    answers: dict[int, str | None] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    # Other types that a 200 may have, as plain text.
    media: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_about_queue(self) -> bool:
        """Return whether the path names a queue."""
        return "{code}" in self.path


CODE = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "The code of the queue, in upper or lower case.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9]{6}$"},
}


def query(name: str, schema: Schema, description: str) -> Schema:
    """Return a parameter of the query."""
    return {"name": name, "in": "query", "schema": schema, "description": description}


def header(name: str, schema: Schema, description: str) -> Schema:
    """Return a header of the request."""
    return {"name": name, "in": "header", "schema": schema, "description": description}


def described(operation: Operation) -> Schema:
    """Return the OpenAPI description of an operation."""
    said: Schema = {"operationId": operation.name, "summary": operation.summary}
    parameters = [CODE] if operation.is_about_queue else []
    parameters += operation.parameters
    if operation.takes_key:
        shortest = SHORTEST_CREATE_KEY if operation.name == "create" else 1
        parameters.append(_key(shortest))
    if parameters:
        said["parameters"] = parameters
    if operation.body is not None:
        said["requestBody"] = {
            "required": operation.is_body_required,
            "content": {JSON: {"schema": object_of(operation.body)}},
        }
    said["responses"] = {
        str(status): answer for status, answer in sorted(_responses(operation).items())
    }
    if operation.who == HOST:
        said["security"] = [{"hostToken": []}, {"hostCookie": []}]
    return said


def object_of(body: Fields) -> Schema:
    """Return the schema of a body."""
    schema: Schema = {
        "type": "object",
        "properties": {name: field.schema for name, field in body.items()},
    }
    if required := [name for name, field in body.items() if field.is_required]:
        schema["required"] = required
    return schema


def _key(shortest: int) -> Schema:
    schema = {"type": "string", "minLength": shortest, "maxLength": fields.KEY_LIMIT}
    return header("Idempotency-Key", schema, "Chosen by the client, new for each new request.")


def _responses(operation: Operation) -> dict[int, Schema]:
    refusals = {*ALWAYS, *operation.refusals}
    refusals |= {*WITH_BODY} if operation.body is not None else set()
    refusals |= {*ABOUT_QUEUE} if operation.is_about_queue else set()
    refusals |= {*ABOUT_HOST} if operation.who == HOST else set()
    is_api = operation.path.startswith("/api/")
    responses = {status: _refusal(status, is_api) for status in refusals - {*operation.answers}}
    for status, schema in operation.answers.items():
        responses[status] = _answer(status, schema)
        if operation.media and status == HTTPStatus.OK:
            text = {"schema": reference("Text")}
            responses[status]["content"] |= dict.fromkeys(operation.media, text)
        if operation.headers and status in (200, 304):
            responses[status]["headers"] = {
                name: {"schema": {"type": "string"}, "description": description}
                for name, description in operation.headers.items()
            }
    return responses


def _answer(status: int, schema: str | None) -> Schema:
    answer: Schema = {"description": HTTPStatus(status).phrase}
    if schema is not None:
        is_text = schema == "Text"
        answer["content"] = {TEXT if is_text else JSON: {"schema": reference(schema)}}
    return answer


def _refusal(status: int, is_api: bool) -> Schema:
    content: Schema = {JSON: {"schema": reference("Refusal")}} if is_api else {PAGE: {}}
    if status == HTTPStatus.NOT_FOUND:
        content[TEXT] = {"schema": reference("Text")}
    answer: Schema = {"description": HTTPStatus(status).phrase, "content": content}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        answer["headers"] = {
            "Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}
        }
    return answer


def reference(name: str) -> Schema:
    """Return a reference to a schema in schemas.py."""
    return {"$ref": f"#/components/schemas/{name}"}
