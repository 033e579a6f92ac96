"""Whatever a client sends, each parser returns what it declares or refuses it by name.

Each test tries INPUTS generated inputs: 4,300 in all, and ten times as many by
HYPOTHESIS_PROFILE=more. `pytest -s` says how many there were.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from queueup import ids
from queueup.domain.change import Command
from queueup.domain.errors import QueueError
from queueup.domain.model import Device, Queue, QueueSettings
from queueup.domain.replay import replay
from queueup.i18n.catalog import NAMES, spoken
from queueup.notifications.push_services import is_known_service
from queueup.notifications.subscriptions import BadSubscription, Subscription, read_subscription
from queueup.services import EXTENSION, Services
from queueup.signing_keys import hash_secret
from queueup.typed import read_code
from queueup.web import home
from queueup.web.api.openapi import actions, legacy
from queueup.web.auth import hosts
from queueup.web.errors import BadField
from queueup.web.input import fields, forms, guest_actions, host_actions, idempotency, json_body
from queueup.web.input import settings as settings_input
from queueup.web.input.fields import read_party, read_queue
from queueup.web.polling import conditional_get
from tests.web.api.restaurant import Restaurant

pytestmark = pytest.mark.long

INPUTS = bounded().max_examples
BAD = (BadField, QueueError)
SUBSCRIPTION = ["endpoint", "keys", "p256dh", "auth"]

NAMES_OF_FIELDS = sorted(
    {name for _, body in (*actions.OF_HOST.values(), *actions.OF_GUEST.values()) for name in body}
    | {*actions.ADD, *legacy.CREATE, *legacy.JOIN, "exactSize", "key", "sure", *SUBSCRIPTION}
)
# Texts that parsers have stumbled over elsewhere: other scripts' digits, separators, control
# characters, halves of a pair, numbers that are none, and expressions that never end.
HARD = ["١٢", "²", "\x00", "\r\nSet-Cookie: x=y", "\u2028", "\u202e", "1e3", "-0", "0x10", "NaN"]
HARD += ["x" * 100_000, "9" * 5_000, "12:00\n", "24:00", "٠١:٠٠", "/queue/" * 5_000, "aa:" * 20_000]
HARD += ["../../etc/passwd", "Europe/../Rome", "{0.__class__}", "%s%n", "=1+1", "<b>", "a.b.c.d"]
HARD += ["true", "on", "", " ", "more", "flag", "Europe/Rome", "ABC234", "en", "right", "called"]
TEXTS = st.text(max_size=30) | st.sampled_from(HARD)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(NAMES_OF_FIELDS)
RAWS = st.dictionaries(FIELDS, VALUES, max_size=10)
FORMS = st.lists(st.tuples(FIELDS, TEXTS), max_size=12).map(lambda pairs: MultiDict(pairs))
LATIN = st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60
) | st.sampled_from(["a.b", '"', "=;=", "x" * 8_000, "%00", "\\073", "ABC234-1.x"])

tried: Counter[str] = Counter()


def every(**strategies: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Try a test with many inputs, and count them."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        limited = bounded(
            max_examples=INPUTS, deadline=None, suppress_health_check=list(HealthCheck)
        )
        found: Callable[..., None] = limited(given(**strategies)(test))
        return found

    return decorate


@pytest.fixture(scope="module", autouse=True)
def said() -> Iterator[None]:
    """Say how many inputs there were."""
    yield
    sys.stdout.write(f"\n{tried.total()} inputs for parsers: {dict(tried)}\n")


@pytest.fixture
def line(lucia: Restaurant, app: Flask) -> Queue:
    """A line with somebody called and somebody waiting, as the rules see it."""
    lucia.join("Ana", 2)
    lucia.join("Ben", 3)
    lucia.call_next()
    parts: Services = app.extensions[EXTENSION]
    return parts.waitlist.queue(lucia.code)


def obeyed(command: Command, line: Queue) -> None:
    """Give a command to the rules, which may refuse it by name."""
    try:
        events = command(line, line.parties[0].joined_at + 1_000)
    except BAD:
        return
    assert isinstance(replay(events, line), Queue)


def with_true_ids(raw: dict[str, Any], line: Queue, number: int) -> dict[str, Any]:
    """Let some of the ids be those of parties that are there."""
    party_id = line.parties[number % len(line.parties)].id
    return raw | {name: party_id for name in ("partyId", "before")[: number % 3] if name in raw}


@pytest.mark.parametrize("action", host_actions.ACTIONS)
def test_a_hosts_action_becomes_a_command_or_a_bad_field(action: str, line: Queue) -> None:
    smallest: dict[str, Any] = dict.fromkeys(actions.OF_HOST[action][1], "1")

    @every(raw=RAWS, complete=st.booleans(), number=st.integers(0, 9))
    def read(raw: dict[str, Any], complete: bool, number: int) -> None:
        tried["host"] += 1
        raw = with_true_ids((smallest if complete else {}) | raw, line, number)
        try:
            command = host_actions.ACTIONS[action](raw)
        except BadField as bad:
            assert 5 < len(str(bad)) < 500
            return
        obeyed(command, line)

    read()


@pytest.mark.parametrize("action", guest_actions.ACTIONS)
def test_a_guests_action_becomes_a_command_or_a_bad_field(action: str, line: Queue) -> None:
    @every(raw=RAWS | FORMS.map(fields.of_form), number=st.integers(0, 2))
    def read(raw: dict[str, Any], number: int) -> None:
        tried["guest"] += 1
        party_id = [*(party.id for party in line.parties), "nobody"][number]
        try:
            command = guest_actions.ACTIONS[action](raw, party_id)
        except BadField:
            return
        obeyed(command, line)

    read()


@every(raw=RAWS | FORMS.map(fields.of_form))
def test_a_walk_in_is_read_or_a_bad_field(raw: dict[str, Any]) -> None:
    tried["walk-in"] += 1
    try:
        found = host_actions.details(raw)
        host_actions.quoted_ms(raw)
    except BadField:
        return
    assert found["size"] in range(1, 101)


@every(raw=RAWS)
def test_a_queue_and_a_party_are_read_or_a_bad_field(raw: dict[str, Any]) -> None:
    tried["queue and party"] += 1
    try:
        settings = read_queue(raw, 60_000, "flag")  # type: ignore[arg-type]
    except BadField:
        pass
    else:
        assert 1 <= len(settings.name) <= 120 and 1 <= settings.max_guests <= 100
    try:
        name, size = read_party(raw)
    except BadField:
        return
    assert size >= 1 and (name is None or 1 <= len(name) <= 120)


@every(form=FORMS)
def test_a_form_is_read_or_says_what_is_wrong(app: Flask, form: MultiDict[str, str]) -> None:
    tried["form"] += 1
    with app.test_request_context():
        queue, wrong = forms.read_queue(form)
        assert isinstance(queue, QueueSettings) != bool(wrong)
        party, wrong = forms.read_party(form)
        assert (party is not None) != bool(wrong)
    accepted, wrong = settings_input.read_form(fields.of_form(form))
    assert len(accepted) + len(wrong) == len(settings_input.SETTINGS)


@every(typed=TEXTS | st.text(st.sampled_from("/queueABC234 -\u2013\u200b"), max_size=40))
def test_what_was_typed_as_a_code_is_one_or_none(typed: str) -> None:
    tried["code"] += 1
    found = read_code(typed)
    assert found is None or ids.is_code(found)


@every(body=st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(body=b"[" * 100_000)
@example(body=b'{"a":' * 100_000)
@example(body=b'{"a":' + b"9" * 16_000 + b"}")
@example(body=b"\xef\xbb\xbf{}")
@example(body="{}".encode("utf-16"))
def test_a_body_is_an_object_of_text_or_a_bad_request(app: Flask, body: bytes) -> None:
    tried["body"] += 1
    with app.test_request_context(method="POST", data=body, content_type="application/json"):
        try:
            found = json_body.json_object()
        except HTTPException as refused:
            assert refused.code in (400, 413)
            return
        assert isinstance(found, dict)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


@every(texts=st.lists(LATIN, min_size=4, max_size=4))
def test_cookies_and_tokens_make_nobody_a_host(
    app: Flask, lucia: Restaurant, texts: list[str]
) -> None:
    tried["cookies and tokens"] += 1
    header, cookie, own, also = texts
    parts: Services = app.extensions[EXTENSION]
    views = parts.waitlist.snapshot(lucia.code).views
    cookies = f"queue_host_auth={cookie}; queue_host_auth_{lucia.code}={own}; {also}"
    headers = {"x-host-auth": header.strip(), "Cookie": cookies.strip()}
    with app.test_request_context(headers=headers):
        assert hosts.acting_device(lucia.code, views, also) is None
        home.lines_of_this_device()


@every(secret=LATIN, device_id=LATIN)
def test_a_device_is_known_by_its_secret_alone(
    app: Flask, lucia: Restaurant, secret: str, device_id: str
) -> None:
    tried["device"] += 1
    device = Device("tablet", "Tablet", hash_secret("the secret"), 0)
    views = {
        "devices": {device.id: {"secretHash": device.secret_hash, "locked": False}},
        "tokensRevoked": False,
        "sessionId": lucia.opened["sessionId"],
    }
    for pair in (f"tablet.{secret}", f"{device_id}.{secret}", device_id):
        cookie = f"queue_host_auth_{lucia.code}={pair}"
        with app.test_request_context(headers={"Cookie": cookie}):
            assert hosts.known_device(lucia.code, views) is None


@every(raw=VALUES | st.fixed_dictionaries({"endpoint": TEXTS, "keys": RAWS}))
def test_a_subscription_is_read_or_a_bad_one(raw: Any) -> None:
    tried["subscription"] += 1
    try:
        found = read_subscription(raw, "https://queueup.example", None)
    except BadSubscription:
        return
    assert isinstance(found, Subscription)


HOSTS = st.sampled_from(
    [
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "evil.example",
        "127.0.0.1",
        "[::1]",
    ]
)
GLUE = st.text(st.sampled_from("@:/\\?#.%0 \t\r\n\x00aA"), max_size=4)


@every(before=GLUE, host=HOSTS, between=GLUE, other=HOSTS, after=GLUE)
def test_an_endpoint_leads_to_a_known_service_or_nowhere(
    before: str, host: str, between: str, other: str, after: str
) -> None:
    tried["endpoint"] += 1
    endpoint = f"https://{before}{host}{between}{other}{after}/x"
    if is_known_service(endpoint, ()):
        authority = endpoint.removeprefix("https://").partition("/")[0]
        assert (
            authority.removesuffix(":443")
            .lower()
            .endswith(("googleapis.com", "push.services.mozilla.com"))
        )
        assert not set(authority) & set("@\\?# \t\r\n\x00%")


@every(text=LATIN)
def test_an_idempotency_key_is_kept_as_a_hash_or_refused(app: Flask, text: str) -> None:
    tried["key"] += 1
    wanted = QueueSettings("Lucia", 20, 60_000, "flag")  # type: ignore[arg-type]
    with app.test_request_context():
        for read in (idempotency.join_key, lambda given: idempotency.create_key(given, wanted)):
            try:
                found = read(text)
            except HTTPException as refused:
                assert refused.code == 400
            else:
                assert found is None or (found.isalnum() and len(found) in (24, 64))


@every(tag=TEXTS | VALUES)
def test_a_language_is_one_that_we_speak_or_none(tag: Any) -> None:
    tried["language"] += 1
    found = spoken(tag)
    assert found is None or found in NAMES


@every(path=TEXTS | LATIN.map(lambda text: f"/api/queue/{text}/snapshot"))
def test_a_polled_path_has_a_code_or_none(path: str) -> None:
    tried["path"] += 1
    found = conditional_get._polled_code({"REQUEST_METHOD": "GET", "PATH_INFO": path})
    assert found is None or path.upper().startswith(f"/API/QUEUE/{found}")
