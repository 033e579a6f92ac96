"""Generated requests for every page there is: nonsense never ends in a 500.

Routes are read from the app, so that new ones take part by themselves; those of the API have
test_described_requests.py. Each gets 25 generated inputs, and 300 more go to generated paths, every
one by GET and by POST: about 3,100 requests for 50 routes. HYPOTHESIS_PROFILE=more sends ten times
as many.
"""

import json
import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from queueup.web.api.openapi import document
from tests.web.api.restaurant import Restaurant

pytestmark = pytest.mark.long

TIMES = max(1, settings().max_examples // 100)

FIELDS = st.sampled_from(
    ["name", "size", "partyId", "eventName", "maxGuests", "openTime", "closeTime", "location"]
    + ["servedParty", "nextParty", "sessionId", "subscription", "endpoint", "keys", "type", "meta"]
    + ["contact", "contactInfo", "title", "body", "url", "turnstileToken", "kind", "view", "code"]
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["18:00", "5", "-1", "called", "notif_click", "https://fcm.googleapis.com/x", "<b>", "x" * 500]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | TEXTS, inner, max_size=4),
    max_leaves=8,
)
BODIES = st.one_of(
    st.dictionaries(FIELDS, VALUES, max_size=8).map(lambda body: ("application/json", body)),
    VALUES.map(lambda body: ("application/json", body)),
    st.dictionaries(FIELDS, TEXTS, max_size=8).map(lambda body: ("form", body)),
    st.tuples(
        st.sampled_from(["application/json", "text/plain", "multipart/form-data; boundary=x", ""]),
        st.binary(max_size=200),
    ),
)
HEADER_TEXTS = st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40
) | st.sampled_from(['"x"', "W/", "*", "null", "true", "http://localhost", "cross-site"])
HEADERS = st.dictionaries(
    st.sampled_from(
        ["x-host-auth", "If-None-Match", "Origin", "HX-Request", "HX-Target", "Idempotency-Key"]
        + ["Accept", "Accept-Language", "Sec-Fetch-Site", "Range", "Referer", "Cookie", "Host"]
        + ["Content-Encoding", "Authorization", "X-Forwarded-For", "X-Forwarded-Proto", "Upgrade"]
        + ["Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "HX-Current-URL"]
    ),
    HEADER_TEXTS,
    max_size=5,
)
QUERIES = st.dictionaries(FIELDS, TEXTS, max_size=3)
SEGMENTS = st.text(string.ascii_letters + string.digits + "-_.~%/#é\x00\u2603", max_size=12)


ARGUMENT = re.compile("<(?:[^:>]+:)?(?P<name>[^>]+)>")


@pytest.fixture(scope="module")
def fuzzed(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app for all requests."""
    folder = tmp_path_factory.mktemp("fuzz")
    env = {"REDIS_URL": redis_url, "QUEUEUP_DATA": str(folder), "RATE_LIMITS": "0"}
    app = create_app(read_settings(env))
    # A report is a 503 until a worker has made the tables.
    app.extensions[EXTENSION].recorder.upgrade()
    yield app
    app.extensions[EXTENSION].redis.close()


@pytest.fixture(scope="module")
def open_queue(fuzzed: Flask) -> Restaurant:
    """A queue that some requests really find, with its host and a guest."""
    lucia = Restaurant(fuzzed.test_client(use_cookies=False), maxGuests=100)
    lucia.opened["partyId"] = lucia.join("Ana")
    return lucia


def known(open_queue: Restaurant, argument: str) -> str | None:
    """Return a true value for the argument of a route, or None."""
    return {
        "code": open_queue.code,
        "party_id": open_queue.opened["partyId"],
        "session_id": open_queue.opened["sessionId"],
    }.get(argument)


def path_of(rule: Rule, open_queue: Restaurant, draw: Any) -> str:
    """Return a path that leads to this route, mostly with true values in it."""

    def value(argument: re.Match[str]) -> str:
        true = known(open_queue, argument["name"])
        return draw(SEGMENTS) if true is None or draw(st.integers(0, 9)) == 0 else true

    return ARGUMENT.sub(value, rule.rule)


def send(caller: FlaskClient, draw: Any, path: str, known_headers: dict[str, str]) -> None:
    """Send a generated request by both methods, and accept anything but a failure."""
    content_type, body = draw(BODIES)
    headers = {name: text.strip() for name, text in draw(HEADERS).items()}
    headers |= known_headers
    more: dict[str, Any] = {"headers": headers, "query_string": draw(QUERIES)}
    if content_type == "form":
        more["data"] = {name: text.encode(errors="replace") for name, text in body.items()}
    else:
        more |= {
            "content_type": content_type,
            "data": body if isinstance(body, bytes) else json.dumps(body),
        }
    for method in ("GET", "POST"):
        answer = caller.open(path, method=method, **more)
        assert answer.status_code < 500, (method, path, more, answer.text)
        answer.close()


def test_no_route_ends_in_a_500(fuzzed: Flask, open_queue: Restaurant) -> None:
    described = {path.replace("{code}", "<code:code>") for path in document()["paths"]}
    routes = [rule for rule in fuzzed.url_map.iter_rules() if rule.rule not in described]
    routes.sort(key=lambda rule: rule.rule)
    true_token = st.just(open_queue.opened["hostAuthToken"])
    for rule in routes:

        @given(st.data())
        @settings(max_examples=25 * TIMES, suppress_health_check=list(HealthCheck))
        def attack(data: st.DataObject) -> None:
            path = path_of(rule, open_queue, data.draw)  # noqa: B023
            # A closed queue would make everything after it too easy.
            token = HEADER_TEXTS if path.endswith("/close") else HEADER_TEXTS | true_token
            headers = {"x-host-auth": data.draw(token).strip()}
            send(fuzzed.test_client(use_cookies=False), data.draw, path, headers)

        attack()


@given(st.data())
@settings(max_examples=300 * TIMES, suppress_health_check=list(HealthCheck))
def test_no_path_ends_in_a_500(fuzzed: Flask, open_queue: Restaurant, data: st.DataObject) -> None:
    starts = ["/", "/api/", "/api/queue/", f"/queue/{open_queue.code}/"]
    path = data.draw(st.sampled_from(starts))
    path += "/".join(data.draw(st.lists(SEGMENTS, max_size=3)))
    send(fuzzed.test_client(use_cookies=False), data.draw, path, {})
