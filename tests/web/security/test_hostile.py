"""Malformed requests to the running program: each gets a bounded response, and it goes on."""

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies

from queueup.web.api.openapi import document
from tests.support.running_service import Service
from tests.web.security.hostile import (
    CLOSE,
    CREATE,
    HANGS_S,
    HOST,
    connect,
    heard,
    port_of,
    request,
    told,
)

# A frame that never ends is waited for until its sender leaves a ping without an answer.
PATIENCE = {"LEGACY_SOCKETS_PING_S": "2"}
REFUSED = {400, 404, 405, 408, 413, 414, 415, 417, 422, 426, 431, 501}
INJECTED = "x\x00\r\nX-Injected: yes\u2028\u0085"
CHUNKED = CREATE + b"Transfer-Encoding: chunked\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole program; at the end nothing of it has failed."""
    with Service(tmp_path_factory.mktemp("hostile") / "data", **PATIENCE) as running:
        yield running
        assert not [line for line in running.lines if "Traceback" in line or "status=500" in line]


@pytest.fixture
def port(program: Service) -> Iterator[int]:
    """Where it listens; after each test it still answers."""
    yield port_of(program.url)
    assert requests.get(f"{program.url}/healthz", timeout=HANGS_S).status_code == 200


@pytest.fixture(scope="module")
def opened(program: Service) -> dict[str, Any]:
    """A line with one guest."""
    body = {"eventName": "Lucia", "maxGuests": 100}
    found = requests.post(f"{program.url}/api/queue/create", json=body, timeout=HANGS_S).json()
    url = f"{program.url}/api/queue/{found['code']}/join"
    joined = requests.post(url, json={"name": "Ana", "size": 2}, timeout=HANGS_S).json()
    return dict(found) | {"partyId": joined["partyId"]}


SMUGGLED = {
    "length and chunks": CREATE
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": CREATE
    + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX",
    "two codings": CREATE
    + b"Transfer-Encoding: xchunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": CREATE + b"Transfer-Encoding: cow\r\n\r\n0\r\n\r\n",
    "a space before the colon": CREATE + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a tab in the coding": CREATE + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "two lengths": CREATE + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a list of lengths": CREATE + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": CREATE + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": CREATE + b"Content-Length: -1\r\n\r\n{}",
    "a length in hex": CREATE + b"Content-Length: 0x2\r\n\r\n{}",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\r\n c\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "one bare line feed": b"GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n",
    "a null in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "a null in the path": b"GET /a\x00b HTTP/1.1\r\n" + HOST + b"\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a line feed in a chunk's extension": CHUNKED + b"\r\n2;a\nX\r\n{}\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a chunk in 0x": CHUNKED + b"\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk without its end": CHUNKED + b"\r\n2\r\n{}XX0\r\n\r\n",
    "a trailer that names a host": CHUNKED + b"\r\n2\r\n{}\r\n0\r\nHost: y\r\n\r\n",
    "a trailer with a null": CHUNKED + b"\r\n2\r\n{}\r\n0\r\nX: y\x00\r\n\r\n",
    "an endless line of a chunk": CHUNKED + b"\r\n" + b"1" * 20_000,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "no HTTP": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("shape", SMUGGLED)
def test_what_two_servers_could_read_differently_is_refused_once(port: int, shape: str) -> None:
    answer = told(port, SMUGGLED[shape] + HIDDEN)
    assert len(answer.statuses) == 1
    assert answer.statuses[0] in REFUSED


def test_honest_chunks_are_read_with_their_extensions(port: int) -> None:
    body = b'{"eventName":"Lucia","maxGuests":9}'
    chunk = f"{len(body):x};name=value\r\n".encode() + body + b"\r\n0\r\n\r\n"
    answer = told(port, CHUNKED + CLOSE + b"\r\n" + chunk)
    assert answer.statuses == [200]


def test_whoever_waits_to_be_asked_for_the_body_is_asked_once(port: int) -> None:
    body = b'{"eventName":"Lucia","maxGuests":9}'
    length = f"Content-Length: {len(body)}\r\n".encode()
    answer = told(port, CREATE + CLOSE + length + b"Expect: 100-continue\r\n\r\n" + body)
    assert answer.statuses == [100, 200]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (request("GET /", "X: " + "a" * 100_000), 431),
        (request("GET /", *(f"X{number}: a" for number in range(5_000))), 431),
        (request("GET /", *(f"X{number}: " + "a" * 16_000 for number in range(50))), 431),
        # Without its end, which nobody waits for.
        (request("GET /", *(f"X{number}: " + "a" * 8_000 for number in range(8)))[:-2], 431),
        # The cookies of many lines reach the page that deletes some.
        (
            request(
                "GET /", "Cookie: " + "a" * 16_000, *(f"X{n}: " + "a" * 1_500 for n in range(9))
            ),
            200,
        ),
        (request("GET /" + "a" * 100_000), 414),
        (request("GET /?code=" + "a" * 4_000), 404),
        (request("POST /new", body=b"a" * 2_000_000), 413),
        (request("POST /api/track", "Content-Type: application/json", body=b"[" * 200_000), 413),
        (request("POST /api/track", "Content-Type: application/json", body=b"[" * 16_000), 400),
        (request("POST /api/track", "Content-Type: application/json", body=b'{"a":' * 3_000), 400),
        (request("POST /api/track", "Expect: everything", body=b"{}"), 417),
    ],
    ids=[
        "header",
        "headers",
        "all headers",
        "endless headers",
        "cookies",
        "path",
        "query",
        "form",
        "deepest",
        "deep",
        "objects",
        "expectation",
    ],
)
def test_what_is_too_much_is_refused(port: int, said: bytes, status: int) -> None:
    assert told(port, said).statuses[:1] == [status]


@pytest.mark.parametrize("path", ["/api/queue/create", "/new", "/api/track", "/queue/ABC234"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x"])
def test_a_compressed_body_is_not_unpacked(port: int, path: str, coding: str) -> None:
    bomb = gzip.compress(b"0" * 5_000_000, 9)
    for body in (bomb, bomb[:1_000]):
        said = request(f"POST {path}", f"Content-Encoding: {coding}", body=body)
        assert told(port, said).statuses == [415]


TRICKS = (
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/..%5capp.py"]
    + ["/static/....//app.py", "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/.%00./x"]
    + [
        "/static/style.css%00.png",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..;/app.py",
        "/;/",
        "/\\..\\app.py",
    ]
    + ["//evil.example", "//evil.example/..", "///evil.example", "/%2f%2fevil.example", "/%5cevil"]
    + ["/queue//evil.example", "/queue/ABC234;x=1", "/queue/ABC234%00", "/queue/ABC234%0d%0aX:y"]
    + ["/host/ABC234/../../new/..", "/api/../new/.", "/api/queue/%F0%9F%8D%95/snapshot"]
    + [
        "/api/queue/ABC234/snapshot%0a",
        "/%",
        "/%zz",
        "/%c0%ae%c0%ae/",
        "/%ff%fe",
        "/" * 3_000 + "x",
    ]
    + ["/" + "a/" * 2_000, "/" + "%2e%2e/" * 500, "/.git/config", "/.env", "/queueup/config.py"]
)


@pytest.mark.parametrize("path", TRICKS, ids=range(len(TRICKS)))
def test_a_tricky_path_leads_nowhere(port: int, path: str) -> None:
    answer = told(port, request(f"GET {path}"))
    assert len(answer.statuses) == 1
    assert answer.statuses[0] in REFUSED | {301, 302, 303, 307, 308}
    assert b"import " not in answer.body and b"root:" not in answer.body
    for line in answer.head.splitlines():
        if line.lower().startswith("location:"):
            assert line.split()[1].startswith(("http://localhost/", "/"))
            assert not line.split()[1].startswith("//")
            assert "localhost//" not in line


@pytest.mark.parametrize(
    "host",
    ["", "a b", "evil.example/path", "user@evil.example", "a<b>", "\xff\xfe", "x:99999999", "[::1"]
    + ["a,b", "a\tb", "a;b", "a?b", "x:y", '"x"']
    + ["x:0", "x:65536", "[::1]x", "[1]"],
)
def test_a_host_that_is_none_is_refused(port: int, host: str) -> None:
    for path in ("/", "/api/push/vapid", "/queue/ABC234"):
        assert told(port, request(f"GET {path}", f"Host: {host}")).statuses == [400]


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "PATH_INFO", "X_FORWARDED_FOR", "Host_"])
def test_a_header_that_would_be_taken_for_another_key_is_refused(port: int, header: str) -> None:
    assert told(port, request("GET /", f"{header}: /odd")).statuses == [400]


def test_the_longest_host_that_can_be_has_a_qr_code(opened: dict[str, Any], port: int) -> None:
    host = ".".join(["a" * 49] * 5) + ":65535"
    answer = told(port, request(f"GET /board/{opened['code']}", f"Host: {host}"))
    assert answer.statuses == [200]
    assert host.encode() in answer.body


@given(text=strategies.from_regex(r"[a-z0-9.:\[\]-]{1,80}", fullmatch=True))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_host_makes_a_page_fail(app: Flask, text: str) -> None:
    assert app.test_client().get("/", headers={"Host": text}).status_code in (200, 400)


def test_a_request_must_name_its_host(port: int) -> None:
    assert told(port, b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n").statuses == [400]
    # A load balancer of the old kind asks without.
    assert told(port, b"GET /healthz HTTP/1.0\r\n\r\n").statuses == [200]


def test_links_are_not_made_of_what_the_client_says(program: Service, port: int) -> None:
    body = json.dumps({"eventName": "Lucia", "maxGuests": 9}).encode()
    forged = ("X-Forwarded-Host: evil.example", "Forwarded: host=evil.example")
    more = ("X-Original-URL: /evil", "X-Rewrite-URL: /evil", "X-Forwarded-Prefix: /evil")
    # Only with TRUSTED_PROXIES, even from this machine.
    more += ("X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "X-Forwarded-Port: 1")
    said = request(
        "POST /api/queue/create", *forged, *more, "Content-Type: application/json", body=body
    )
    answer = told(port, said)
    assert b"evil" not in answer.text and b"https:" not in answer.text
    assert b"Secure" not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "COW"])
def test_every_route_bears_every_method(
    app: Flask, opened: dict[str, Any], port: int, method: str
) -> None:
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<code:code>", opened["code"]).replace("<action>", "call")
        if rule.websocket or "<" in path:
            continue
        answer = told(port, request(f"{method} {path}"))
        assert len(answer.statuses) == 1, path
        assert answer.statuses[0] < 500, path
        if method == "OPTIONS":
            assert answer.statuses == [204], path
        elif method != "HEAD":
            assert answer.statuses[0] in (404, 405), path
        else:
            assert answer.body == b"", path


def test_no_header_turns_a_method_into_another_one(opened: dict[str, Any], port: int) -> None:
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    overriding = [f"{name}: POST" for name in names]
    for path in (f"/api/queue/{opened['code']}/close", "/api/queue/create"):
        assert told(port, request(f"GET {path}?_method=POST", *overriding)).statuses == [404]
    assert told(port, request(f"GET /api/queue/{opened['code']}/snapshot")).statuses == [200]


@pytest.mark.parametrize("value", [INJECTED, "\x00", "\x00" * 500, "\ud800"])
def test_no_field_of_the_api_bears_a_null_or_starts_a_header(
    program: Service, opened: dict[str, Any], port: int, value: str
) -> None:
    headers = {"x-host-auth": opened["hostAuthToken"]}
    for path, methods in document()["paths"].items():
        said = methods.get("post", {}).get("requestBody")
        if said is None:
            continue
        url = program.url + path.replace("{code}", opened["code"])
        fields = said["content"]["application/json"]["schema"]["properties"]
        true = {name: opened[name] for name in fields if name in ("partyId", "sessionId")}
        for bodies in ([true | {name: value} for name in fields], [dict.fromkeys(fields, value)]):
            for body in bodies:
                answer = requests.post(url, json=body, headers=headers, timeout=HANGS_S)
                assert answer.status_code < 500, (path, body)
                assert "X-Injected" not in answer.headers


def test_no_field_of_a_page_starts_a_header(
    program: Service, opened: dict[str, Any], port: int
) -> None:
    session = requests.Session()
    code, text = opened["code"], INJECTED
    pages = ["/", f"/queue/{code}", f"/queue/{code}/place", f"/board/{code}", f"/kiosk/{code}"]
    for name in ("code", "partyId", "view", "speak", "language", "lang", "next", "url", "key"):
        for page in pages:
            answer = session.get(
                program.url + page, params={name: text}, allow_redirects=False, timeout=HANGS_S
            )
            assert answer.status_code < 500, (page, name)
            assert "X-Injected" not in answer.headers
            assert answer.headers.get("Location", "/").startswith("/")
    for page in ("/new", f"/queue/{code}", f"/kiosk/{code}", f"/queue/{code}/do/size"):
        names = ("name", "size", "eventName", "maxGuests", "key", "partyId", "timeZone", "next")
        form = dict.fromkeys(names, text)
        answer = session.post(program.url + page, form, allow_redirects=False, timeout=HANGS_S)
        assert answer.status_code < 500, page
        assert "X-Injected" not in answer.headers


BOMBS = {
    "Accept-Language": "en;q=0." + "1" * 5_000,
    "Accept": ",".join(["a/b;c=d;q=0.1"] * 500),
    "If-None-Match": '"a",' * 1_800,
    "Cookie": "a=" * 3_500,
    "Range": "bytes=" + "0-1," * 1_800,
    "Origin": "http://" + "a." * 3_500,
    "Authorization": "Basic " + "A" * 7_000,
    "Content-Type": "multipart/form-data; boundary=" + "-" * 5_000 + ";a=" * 900,
    "X-Host-Auth": "." * 7_000,
    "Referer": "http://" + "%" * 7_000,
    "Idempotency-Key": "(" * 7_000,
    "Sec-Fetch-Site": "cross-site, " * 500,
    "User-Agent": "Mozilla/5.0 " * 500,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_header_keeps_it_busy(opened: dict[str, Any], port: int, name: str) -> None:
    code = opened["code"]
    for path in ("/", f"/queue/{code}", f"/api/queue/{code}/snapshot", "/static/style.css", "/ops"):
        answer = told(port, request(f"GET {path}", f"{name}: {BOMBS[name]}"))
        assert answer.statuses and answer.statuses[0] < 500
    body = b"a" * 10_000
    for path in ("/api/queue/create", "/new", f"/queue/{code}"):
        answer = told(port, request(f"POST {path}", f"{name}: {BOMBS[name]}", body=body))
        assert answer.statuses and answer.statuses[0] in REFUSED | {403}


def test_no_field_keeps_it_busy(program: Service, opened: dict[str, Any], port: int) -> None:
    bombs = ["1" * 15_000, " " * 15_000 + "x", "12:" * 5_000, "/queue/" * 2_000, "a" * 15_000 + "!"]
    bombs += ["https://" + "a." * 7_000, "((((" * 3_000, "\u0301" * 5_000, "\u202e\u200d" * 1_500]
    headers = {"x-host-auth": opened["hostAuthToken"]}
    for bomb in bombs:
        for action in ("create", f"{opened['code']}/settings", f"{opened['code']}/add"):
            names = ("eventName", "maxGuests", "openTime", "closeTime", "timeZone", "size", "phone")
            for name in names:
                body = {"eventName": "Lucia", "maxGuests": 9, "size": 2} | {name: bomb}
                url = f"{program.url}/api/queue/{action}"
                answer = requests.post(url, json=body, headers=headers, timeout=HANGS_S)
                assert answer.status_code < 500
        url = f"{program.url}/new"
        answer = requests.post(url, {"eventName": bomb, "openTime": bomb}, timeout=HANGS_S)
        assert answer.status_code in (413, 422)


KEY = base64.b64encode(b"0123456789abcdef").decode()
GARBAGE = {
    "noise": bytes(range(255, 0, -1)) * 20,
    "a frame without a mask": b"\x81\x05hello",
    "a frame without end": b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"mask" + b"x" * 100,
    "reserved bits": b"\xf1\x85mask\x00\x00\x00\x00\x00",
    "text that is none": b"\x81\x82mask" + bytes((0xFF ^ ord("m"), 0xFE ^ ord("a"))),
    "a long ping": b"\x89\xfe\x01\x00mask" + b"x" * 256,
    "another request": HIDDEN,
}


@pytest.mark.parametrize("noise", GARBAGE)
def test_a_socket_full_of_garbage_is_closed(opened: dict[str, Any], port: int, noise: str) -> None:
    path = f"/api/queue/{opened['code']}/connect?hostToken={opened['hostAuthToken']}"
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    head = [f"GET {path} HTTP/1.1", "Host: localhost", *upgrade, f"Sec-WebSocket-Key: {KEY}"]
    with connect(port) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        assert b" 101 " in connection.recv(65_536)
        connection.sendall(GARBAGE[noise])
        heard(connection)


@pytest.mark.parametrize(
    "headers",
    [
        ["Upgrade: websocket", "Sec-WebSocket-Version: 99", "Sec-WebSocket-Key: x"],
        ["Upgrade: websocket", "Sec-WebSocket-Version: 13"],
        ["Upgrade: websocket, h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
        ["Upgrade: " + "x" * 5_000],
    ],
    ids=range(4),
)
def test_an_upgrade_to_nonsense_is_refused(
    opened: dict[str, Any], port: int, headers: list[str]
) -> None:
    path = f"/api/queue/{opened['code']}/connect?hostToken={opened['hostAuthToken']}"
    said = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nConnection: Upgrade\r\n"
    answer = told(port, said.encode() + "\r\n".join([*headers, "", ""]).encode())
    assert len(answer.statuses) == 1
    assert answer.statuses[0] in REFUSED
