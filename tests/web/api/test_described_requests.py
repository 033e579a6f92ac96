"""Requests made of the served description, right and wrong ones: every answer is as described.

Each operation of the API gets INPUTS of them, about half against the description; a true code,
token and party stand in for most invented ones. That is 1,450 requests; HYPOTHESIS_PROFILE=more
sends ten times as many, new ones each time. `pytest -s` says how they were answered.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from queueup.web.api.openapi import document
from tests.web.api.restaurant import Restaurant

pytestmark = pytest.mark.long

INPUTS = settings().max_examples // 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
# A push service that does not answer, and workers that do not run, are described as such.
NOT_OURS = {("/api/push/test", 502), ("/readyz", 503)}
RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def described(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app for all requests."""
    folder = str(tmp_path_factory.mktemp("described"))
    env = {"REDIS_URL": redis_url, "QUEUEUP_DATA": folder, "RATE_LIMITS": "0"}
    app = create_app(read_settings(env))
    # A report is a 503 until a worker has made the tables.
    app.extensions[EXTENSION].recorder.upgrade()
    yield app
    app.extensions[EXTENSION].redis.close()


@pytest.fixture(scope="module")
def schema(described: Flask) -> Any:
    """What schemathesis makes of the description."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", described)


@pytest.fixture(scope="module")
def sent() -> Iterator[Counter[int]]:
    """Count the answers by status, and say at the end how many there were."""
    found: Counter[int] = Counter()
    yield found
    sys.stdout.write(f"\n{found.total()} described requests: {dict(sorted(found.items()))}\n")


def busy_line(app: Flask) -> tuple[Restaurant, list[str]]:
    """Open a line with somebody waiting, somebody called, a no-show, and one that left."""
    lucia = Restaurant(app.test_client(use_cookies=False), maxGuests=100)
    parties = [lucia.join(name, 2) for name in ("Ana", "Ben", "Cleo", "Dev", "Eve")]
    for action, party_id in (("call", parties[0]), ("no-show", parties[0]), ("call", parties[1])):
        assert lucia.post(action, as_host=True, json={"partyId": party_id}).status_code == 200
    assert lucia.post("leave", json={"partyId": parties[2]}).status_code == 200
    return lucia, parties


def made_true(case: Any, lucia: Restaurant, parties: list[str], draw: Any) -> None:
    """Put what is true in the place of most of what is invented."""

    def seldom() -> bool:
        return bool(draw(st.sampled_from([False] * 7 + [True])))

    if "code" in case.path_parameters and not seldom():
        case.path_parameters["code"] = lucia.code
    if not seldom():
        case.headers["x-host-auth"] = lucia.opened["hostAuthToken"]
    for named in (case.body, case.query):
        if not isinstance(named, dict):
            continue
        for name in ("partyId", "before", "nextParty", "servedParty"):
            if name in named and not seldom():
                named[name] = draw(st.sampled_from(parties))
        if "partyIds" in named and not seldom():
            named["partyIds"] = draw(st.lists(st.sampled_from(parties), max_size=3))
        if "sessionId" in named and not seldom():
            named["sessionId"] = lucia.opened["sessionId"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(
    described: Flask, schema: Any, sent: Counter[int], method: str, path: str
) -> None:
    operation = schema[path][method]
    lucia, parties = busy_line(described)
    right = operation.as_strategy(generation_mode=RIGHT)
    said = schema.raw_schema["paths"][path][method]
    takes_something = "parameters" in said or "requestBody" in said
    wrong = operation.as_strategy(generation_mode=WRONG) if takes_something else right

    @given(st.data())
    @settings(
        max_examples=INPUTS if takes_something else 2,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def ask(data: st.DataObject) -> None:
        case = data.draw(st.one_of(right, wrong))
        made_true(case, lucia, parties, data.draw)
        answer = case.call()
        sent[answer.status_code] += 1
        if (path, answer.status_code) in NOT_OURS:
            return
        case.validate_response(answer, checks=CHECKS)

    ask()
