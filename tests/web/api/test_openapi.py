"""The OpenAPI document agrees with the API: its routes, its fields and their bounds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.web import errors
from queueup.web.api.openapi import actions, document, legacy, operations
from queueup.web.api.openapi.operations import Field, Fields
from queueup.web.errors import BadField
from queueup.web.input import guest_actions, host_actions
from queueup.web.input.fields import Raw, read_party, read_queue

DOCUMENT = document()
MACHINES = ("/healthz", "/readyz")
# What the framework and the limits refuse with, whatever the rules of a queue say.
BEFORE_THE_RULES = {400, 401, 403, 404, 413, 415, 429, 503}
# An upgrade, an answer, nothing new; no HTTP/2 for sockets; a push service's answer.
OUTCOMES = {101, 200, 304, 426, 410, 502}
PARTY = "p" * 20
# Sent by forms alone: a number that is not on a button.
FORM_ONLY = {"exactSize"}


def test_it_is_served_as_json(caller: FlaskClient) -> None:
    answer = caller.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json == DOCUMENT


def test_every_route_of_the_api_is_in_it_and_nothing_else(app: Flask) -> None:
    routes = {
        (method.lower(), re.sub("<code:code>", "{code}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") or rule.rule in MACHINES
    }
    described = {
        (method, path) for path, methods in DOCUMENT["paths"].items() for method in methods
    }
    assert described == routes


def test_the_sockets_are_in_it_only_while_they_are_open() -> None:
    assert "/api/queue/{code}/connect" in DOCUMENT["paths"]
    assert "/api/queue/{code}/connect" not in document(has_sockets=False)["paths"]


def test_every_action_is_in_it_and_nothing_else() -> None:
    assert set(actions.OF_HOST) == set(host_actions.ACTIONS)
    assert set(actions.OF_GUEST) == set(guest_actions.ACTIONS)


def test_every_status_is_one_that_a_refusal_or_an_answer_has() -> None:
    possible = BEFORE_THE_RULES | OUTCOMES | {status.value for status in errors.STATUS.values()}
    for path, methods in DOCUMENT["paths"].items():
        for said in methods.values():
            assert {int(status) for status in said["responses"]} <= possible, path


def test_every_status_of_the_rules_is_said_of_every_action() -> None:
    # An invitation is redeemed on a page, and only a test push finds a subscription gone.
    of_rules = {str(status.value) for status in errors.STATUS.values()} - {"410"}
    for operation in actions.operations():
        assert of_rules <= set(DOCUMENT["paths"][operation.path]["post"]["responses"])


def test_every_reference_leads_somewhere() -> None:
    names = set(re.findall("'#/components/schemas/(\\w+)'", str(DOCUMENT)))
    assert names == set(DOCUMENT["components"]["schemas"])


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.name for operation in operations(has_sockets=True)]
    assert len(names) == len(set(names))


class Recorder(dict[str, Any]):
    """A body that remembers which of its fields were looked at."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field."""
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


def read_add(raw: Raw) -> None:
    """Read a walk-in as the route does."""
    host_actions.details(raw)
    host_actions.quoted_ms(raw)


READERS = {
    "add": (read_add, actions.ADD),
    "create": (
        lambda raw: read_queue(raw, 1, "flag"),
        {name: field for name, field in legacy.CREATE.items() if name != "turnstileToken"},
    ),
    "join": (
        read_party,
        {name: field for name, field in legacy.JOIN.items() if name != "turnstileToken"},
    ),
    **{name: (host_actions.ACTIONS[name], body) for name, (_, body) in actions.OF_HOST.items()},
    **{
        f"guest's {name}": (lambda raw, n=name: guest_actions.ACTIONS[n](raw, PARTY), body)
        for name, (_, body) in actions.OF_GUEST.items()
    },
}


def examples(field: Field) -> tuple[list[Any], list[Any]]:
    """Return values that just pass by a field's schema, and some that just do not."""
    schema = field.schema
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    good: list[Any] = [None] if "null" in kinds else []
    bad: list[Any] = [] if "null" in kinds or not field.is_required else [None]
    if "enum" in schema:
        return good + schema["enum"], [*bad, "nonsense"]
    if "integer" in kinds and "maximum" in schema:
        low, high = schema["minimum"], schema["maximum"]
        return [*good, low, high], [*bad, low - 1, high + 1, low + 0.5, True, "x", []]
    if "string" in kinds and "maxLength" in schema:
        good += ["x", "x" * schema["maxLength"], f" {'x' * schema['maxLength']} "]
        bad += ["x" * (schema["maxLength"] + 1), 7, []]
        return good, bad + ([" "] if schema.get("pattern") else [])
    if "array" in kinds:
        inner_good, inner_bad = examples(Field(schema["items"], True))
        many = [inner_good[0]] * schema["maxItems"]
        return [[], inner_good, many], [inner_bad, [*many, inner_good[0]], 7]
    if "boolean" in kinds:
        return [True, False], [7, "maybe", []]
    if "examples" in schema:
        return good + schema["examples"], [*bad, "nonsense", 7]
    return good, bad


def least(body: Fields) -> dict[str, Any]:
    """Return the smallest body that is accepted."""
    known = {name: field for name, field in body.items() if field.is_required}
    return {name: next(v for v in examples(field)[0] if v) for name, field in known.items()}


def bodies_of(name: str, body: Fields) -> Iterator[dict[str, Any]]:
    """Yield smallest bodies; to call names either one party or several."""
    if name == "call":
        yield {"partyId": PARTY}
        yield {"partyIds": [PARTY]}
    else:
        yield least(body)


@pytest.mark.parametrize("name", READERS)
def test_the_described_fields_are_those_that_are_read(name: str) -> None:
    read, body = READERS[name]
    looked_at: set[str] = set()
    for fields in bodies_of(name, body):
        recorder = Recorder(fields)
        read(recorder)
        looked_at |= recorder.read
    assert looked_at - FORM_ONLY == set(body)


@pytest.mark.parametrize("name", READERS)
def test_the_described_bounds_are_those_that_are_checked(name: str) -> None:
    read, body = READERS[name]
    for field_name, field in body.items():
        if name == "call" and field_name in ("partyId", "partyIds"):
            rest: dict[str, Any] = {}
        else:
            rest = next(bodies_of(name, body))
        good, bad = examples(field)
        for value in good:
            read(rest | {field_name: value} if value != [] else rest | {"partyId": PARTY})
        for value in bad:
            with pytest.raises(BadField):
                read(rest | {field_name: value})
                pytest.fail(f"{field_name}={value!r} is accepted")
