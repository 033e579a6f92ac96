"""Everything in a request that decides the answer to a poll is part of its fingerprint."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict

from queueup import create_app
from queueup.config import Settings
from queueup.web.polling import response_cache
from queueup.web.polling.request_fingerprint import DECIDES, PARAMETERS, fingerprint
from queueup.web.polling.response_cache import ResponseCache
from tests.web.api.restaurant import Restaurant

LISTED = "https://board.example"

# Keys of the environ that are read on the way to an answer and are no part of the fingerprint.
DECIDE_NOTHING = {
    "PATH_INFO": "the line is found by the code in it",
    "REQUEST_METHOD": "only GET is answered from memory",
    "HTTP_IF_NONE_MATCH": "is compared with the tag of the answer",
    "REMOTE_ADDR": "limits the rate of what is not answered from memory",
    "SCRIPT_NAME": "is refused unless it is empty",
    "SERVER_NAME": "is our own, in place of a Host that is missing",
    "SERVER_PORT": "is our own, in place of a Host that is missing",
    "HTTP_CONTENT_ENCODING": "is refused, and a refusal is not cached",
    "HTTP_CONNECTION": "with an upgrade, leads to the socket of legacy clients only",
    "HTTP_X_FORWARDED_FOR": "is noted, and decides nothing without TRUSTED_PROXIES",
    "HTTP_UPGRADE": "leads to the socket of legacy clients only",
}
# Parameters of the query that are read and are no part of the fingerprint.
ASK_NOTHING = {"lang": "is for pages only"}
ODD = {
    "SCRIPT_NAME": "/odd",
    "PATH_INFO": "/api/queue/ABC234/snapshot",
    "REQUEST_METHOD": "HEAD",
    "SERVER_PORT": "8443",
    "SERVER_PROTOCOL": "HTTP/1.0",
    "wsgi.url_scheme": "https",
    "HTTP_HOST": "odd.example",
    "SERVER_NAME": "odd.example",
    "REMOTE_ADDR": "192.0.2.1",
    "HTTP_ACCEPT_LANGUAGE": "zh",
}


class Environ(dict[str, Any]):
    """An environ that notes which of its keys are read."""

    read: set[str]

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.read.add(str(key))
        return super().__contains__(key)

    def everything(self) -> Any:
        """Fail: such a reader depends on every key."""
        raise AssertionError("reads the whole environ")

    items = keys = values = copy = __iter__ = everything


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """A service with another site in ALLOWED_ORIGINS."""
    return env | {"ALLOWED_ORIGINS": LISTED}


@pytest.fixture
def app(settings: Settings) -> Flask:
    """An app for each test, with caches of its own."""
    return create_app(settings)


@pytest.fixture
def read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The keys of the environ that the app reads behind the cache."""

    def getlist(headers: EnvironHeaders, name: str) -> list[str]:
        # Werkzeug looks at all headers for those of one name.
        return [headers[name]] if name in headers else []

    monkeypatch.setattr(EnvironHeaders, "getlist", getlist)
    keys: set[str] = set()
    cache: Any = app.wsgi_app
    inner = cache._app

    def noting(environ: dict[str, Any], start: Any) -> Any:
        noted = Environ(environ)
        noted.read = keys
        return inner(noted, start)

    cache._app = noting
    return keys


def polls(lucia: Restaurant) -> list[dict[str, Any]]:
    """Return a poll of every kind of reader, as JSON and as a fragment."""
    ana, ben, cleo = (lucia.join(name) for name in ("Ana", "Ben", "Cleo"))
    lucia.call_next()
    assert lucia.post("leave", json={"partyId": cleo}).status_code == 200
    token = str(lucia.opened["hostAuthToken"])
    found: list[dict[str, Any]] = []
    for query, headers in (
        ("", {}),
        ("view=public", {}),
        ("view=board", {"Accept-Language": "de-AT, en;q=0.5"}),
        ("view=kiosk&spoken=fr", {"Cookie": "queueup_language=es"}),
        (f"partyId={ana}", {"Cookie": f"queueup_party_{lucia.code}={ana}"}),
        (f"partyId={ben}", {"Origin": LISTED}),
        (f"partyId={cleo}", {"Accept-Language": "it"}),
        ("partyId=nobody", {}),
        ("", {"x-host-auth": token}),
        ("view=host", {"Cookie": f"queue_host_auth={token}", "Sec-Fetch-Site": "same-origin"}),
        ("view=host", {}),
        # A link on another site, which is the only one whose purpose is looked at.
        ("view=public", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
    ):
        for more in ({}, {"HX-Request": "true"}):
            found.append({"query_string": query, "headers": headers | more})
    return found


def test_every_key_that_is_read_is_part_of_the_question_or_decides_nothing(
    app: Flask, lucia: Restaurant, read: set[str]
) -> None:
    asked = polls(lucia)
    read.clear()
    for poll in asked:
        lucia.caller.get(f"{lucia.path}/snapshot", **poll)
    found = {key for key in read if not key.startswith("werkzeug.")}
    # Only read if there is no Host; and then it is part of the question that there is none.
    found.discard("SERVER_PROTOCOL")
    assert found - {"QUERY_STRING", *DECIDES} == set(DECIDE_NOTHING)


def test_every_parameter_that_is_read_is_part_of_the_question_or_asks_nothing(
    app: Flask, lucia: Restaurant, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()

    class Query(ImmutableMultiDict[str, str]):
        def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
            read.add(key)
            return super().get(key, *args, **kwargs)

    asked = polls(lucia)
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Query)
    for poll in asked:
        lucia.caller.get(f"{lucia.path}/snapshot", **poll)
    assert read == set(PARAMETERS) | set(ASK_NOTHING)


def test_no_request_of_one_client_is_seen_in_the_answer_to_another(
    app: Flask, lucia: Restaurant
) -> None:
    asked = polls(lucia)
    path = f"{lucia.path}/snapshot"
    expected = [lucia.caller.get(path, **poll) for poll in asked]
    cache: ResponseCache = app.extensions[response_cache.EXTENSION]
    for key in ("QUERY_STRING", *DECIDES, *DECIDE_NOTHING):
        cache._lines.clear()
        for poll in asked:
            lucia.caller.get(path, **poll, environ_overrides={key: ODD.get(key, "odd")})
        for poll, answer in zip(asked, expected, strict=True):
            found = lucia.caller.get(path, **poll)
            assert (found.status_code, found.text) == (answer.status_code, answer.text), key
            assert found.headers.to_wsgi_list() == answer.headers.to_wsgi_list(), key


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("partyId=ana&view=host", "view=host&partyId=ana&utm=1"),
        ("partyId=ana", "%70arty%49d=ana"),
        ("partyId=ana", "partyId=ana&partyId=ben"),
        ("", "&&=&a&b=c&party%20Id=ana"),
    ],
)
def test_a_parameter_that_no_poll_reads_changes_no_question(query: str, same: str) -> None:
    assert fingerprint({"QUERY_STRING": query}) == fingerprint({"QUERY_STRING": same})


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("", "partyId="),
        ("partyId=ana", "partyId=ben"),
        ("partyId=ana", "%70artyId=ben"),
        ("partyId=ana", "party%49d=ben&partyId=ana"),
        ("view=board", "spoken=board"),
    ],
)
def test_a_parameter_that_a_poll_reads_makes_another_question(query: str, other: str) -> None:
    assert fingerprint({"QUERY_STRING": query}) != fingerprint({"QUERY_STRING": other})
