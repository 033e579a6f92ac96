"""Clients that misbehave: slow bodies, dead push services, guesses and floods.

python -m bench.abuse KIND runs one kind until its input ends, and then prints as JSON what it was
answered, and how often. The first line of the input is a Target as JSON.

All that is sent is slow, wrong or too much, and nothing of it leaves this machine.
"""

import asyncio
import dataclasses
import json
import random
import sys
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench import addresses
from bench.browser_keys import subscription
from bench.client import Answer, Client
from queueup.ids import new_code

HERE = "127.0.0.1"
STARTS_WITHIN_S = 2
PAUSE_S = (2.0, 6.0)
SOCKETS_EVERY_S = 1.0
# Of the longest form most is sent at once, of any other nothing; the rest comes byte by byte.
LONG_FORM, SENT_AT_ONCE, FORM = 60_000, 20_100, 10_000
DRIP_S = 1.0
# As many devices as are kept of a party, and parties for each host who calls them all the time.
DEVICES, PARTIES = 5, 50
CALLS_EVERY_S = 8
# Fewer than an address may have, or its neighbours would have none.
ALONE = 10


@dataclass(frozen=True, slots=True)
class Target:
    """A service, the lines of honest people, push services that are dead, and how many clients."""

    port: int
    codes: list[str]
    clients: int
    hanging: str
    refusing: str


class Abuse:
    """Clients that misbehave in one way, and what they were answered."""

    def __init__(self, target: Target, first: int = 0) -> None:
        self.target = target
        self._first = first
        self.answered: Counter[str] = Counter()
        self._lines: dict[int, asyncio.Task[dict[str, str]]] = {}

    def address(self, number: int) -> str:
        """Return a client's address: a restaurant's wifi, a carrier's, or one of its own."""
        if number % 4 == 0:
            return addresses.wifi(0)
        if number % 4 == 1:
            return addresses.CARRIER
        return addresses.stranger(self._first + number % ALONE)

    def client(self, number: int) -> Client:
        """Return a browser at the address of this client."""
        return Client(HERE, self.target.port, self.address(number))

    def code(self) -> str:
        """Return the code of an honest line, as posters show it."""
        return random.choice(self.target.codes)

    async def ask(self, what: str, request: Awaitable[Answer]) -> Answer | None:
        """Return the answer, None if there is none, and count what came of it."""
        try:
            answer = await request
        except (OSError, TimeoutError) as error:
            self.answered[f"{what}: {type(error).__name__}"] += 1
            return None
        self.answered[f"{what}: {answer.status}"] += 1
        return answer

    async def device_line(self, number: int) -> tuple[str, dict[str, str]] | None:
        """Open a line on its page, and return its code and the cookie of the device."""
        client = self.client(number)
        form = urlencode({"eventName": "Nobody's", "maxGuests": 100}).encode()
        answer = await self.ask("open", client.post("/new", form))
        client.close()
        if answer is None or answer.status != 303:
            return None
        cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        return answer.headers["location"].rpartition("/")[2], cookie

    async def shared_line(self, number: int) -> dict[str, str]:
        """Return the line of so many of these clients, opened by the first that asks."""
        if number not in self._lines:
            self._lines[number] = asyncio.create_task(self._open(number))
        return await self._lines[number]

    async def _open(self, number: int) -> dict[str, str]:
        address = addresses.stranger(1_000 + self._first + number)
        client = Client(HERE, self.target.port, address)
        body = {"eventName": "Nobody's", "maxGuests": 100}
        while True:
            answer = await self.ask("open", client.post("/api/queue/create", body))
            if answer is not None and answer.status == 200:
                return {**answer.json(), "address": address}
            await pause()

    async def join(self, client: Client, line: dict[str, str]) -> str:
        """Join an own line, and return the id of the party."""
        body = {"name": token_hex(6), "size": 1}
        while True:
            answer = await self.ask("join", client.post(f"/api/queue/{line['code']}/join", body))
            if answer is not None and answer.status == 200:
                return answer.json()["partyId"]
            await pause()


async def pause() -> None:
    """Wait as long as a client waits that is not patient."""
    await asyncio.sleep(random.uniform(*PAUSE_S))


async def slow_bodies(abuse: Abuse, number: int) -> None:
    """Begin a form and go on byte by byte: the longest that there is, or a guest's."""
    path, length, start, who = f"/queue/{abuse.code()}", FORM, 0, {}
    own = await abuse.device_line(number) if number % 8 == 2 else None
    if own or number % 2:
        code, who = own or (abuse.code(), {})
        path, length, start = f"/host/{code}/settings", LONG_FORM, SENT_AT_ONCE
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {HERE}:{abuse.target.port}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in who.items()),
    ]
    sent = "\r\n".join(lines).encode() + b"\r\n\r\nname=" + b"a" * start
    while True:
        try:
            abuse.answered[f"slow form: {await _send_slowly(abuse, number, sent)}"] += 1
        except OSError as error:
            abuse.answered[f"slow form: {type(error).__name__}"] += 1
            await pause()


async def _send_slowly(abuse: Abuse, number: int, start: bytes) -> str:
    reader, writer = await asyncio.open_connection(
        HERE, abuse.target.port, local_addr=(abuse.address(number), 0)
    )
    answer = asyncio.create_task(reader.readline())
    try:
        writer.write(start)
        while not answer.done():
            writer.write(b"a")
            await asyncio.wait([answer], timeout=DRIP_S)
        return answer.result()[9:12].decode() or "hung up"
    finally:
        answer.cancel()
        writer.close()


async def dead_push(abuse: Abuse, number: int) -> None:
    """Be called again and again, on devices of dead push services, and make up more of them."""
    party, rest = divmod(number, DEVICES)
    if rest:
        return
    line = await abuse.shared_line(party // PARTIES)
    async with asyncio.TaskGroup() as both:
        both.create_task(_subscribe(abuse, abuse.client(number), line))
        if party % PARTIES == 0:
            both.create_task(_call_everybody(abuse, line))


async def _subscribe(abuse: Abuse, client: Client, line: dict[str, str]) -> None:
    who = {"sessionId": line["sessionId"], "partyId": await abuse.join(client, line)}
    made = 0
    while True:
        origin = (abuse.target.hanging, abuse.target.refusing)[made % 2]
        device = subscription(f"{origin}/p/{token_hex(8)}")
        # An invented query, too: it was what a limit was once counted by.
        path = f"/api/push/subscribe?code={token_hex(3)}"
        await abuse.ask("subscribe", client.post(path, {**who, "subscription": device}))
        made += 1
        if made >= DEVICES:
            await pause()


async def _call_everybody(abuse: Abuse, line: dict[str, str]) -> None:
    client = Client(HERE, abuse.target.port, line["address"])
    who, path = {"x-host-auth": line["hostAuthToken"]}, f"/api/queue/{line['code']}"
    while True:
        await asyncio.sleep(CALLS_EVERY_S)
        answer = await abuse.ask("look", client.get(f"{path}/snapshot", who))
        if answer is None or answer.status != 200:
            continue
        view = answer.json()
        for party in view["queue"] + view["called"]:
            await abuse.ask("call", client.post(f"{path}/call", {"partyId": party["id"]}, who))


async def guesses(abuse: Abuse, number: int) -> None:
    """Guess codes, parties, tickets and names, tokens, invitations and PINs; or change PINs."""
    own = await abuse.device_line(number) if number % 8 == 2 else None
    make = (lambda: _own_guesses(*own)) if own else (lambda: _guesses(abuse.code()))
    await _try_for_ever(abuse, number, make)


async def floods(abuse: Abuse, number: int) -> None:
    """Poll with invented questions, join with invalid forms, report taps, or open sockets."""
    if number % 16 in (3, 8, 13):
        await _open_sockets(abuse, number)
    await _try_for_ever(abuse, number, lambda: _flood(abuse.code()))


@dataclass(frozen=True, slots=True)
class _Try:
    """One request: a post if it has a body, which is a form or JSON."""

    what: str
    path: str
    body: dict[str, Any] | bytes | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


async def _try_for_ever(abuse: Abuse, number: int, make: Callable[[], list[_Try]]) -> None:
    client = abuse.client(number)
    while True:
        for one in make():
            if one.body is None:
                request = client.get(one.path, one.headers)
            else:
                request = client.post(one.path, one.body, one.headers)
            await abuse.ask(one.what, request)
            await pause()


def _guesses(code: str) -> list[_Try]:
    api, pin = f"/api/queue/{code}", {"pin": f"{random.randrange(10_000):04}"}
    claim = urlencode({"ticket": random.randint(1, 60), "name": "Anna"}).encode()
    invited = urlencode({"invitation": token_hex(16), "name": "iPad"}).encode()
    return [
        _Try("code on a page", f"/queue/{new_code()}"),
        _Try("code in the API", f"/api/queue/{new_code()}/snapshot"),
        _Try("party", f"{api}/snapshot?partyId={uuid.uuid4()}"),
        _Try("PIN", f"/host/{code}/unlock", urlencode(pin).encode()),
        _Try("PIN in the API", f"{api}/unlock", pin),
        _Try("token", f"{api}/advance", {}, {"x-host-auth": token_hex(32)}),
        _Try("invitation", f"/host/{code}/device", invited),
        _Try("ticket", f"/queue/{code}/claim", claim),
    ]


def _own_guesses(code: str, who: dict[str, str]) -> list[_Try]:
    """On a device of the line PINs are hashed and compared, which takes a tenth of a second."""
    api, pin = f"/api/queue/{code}", {"pin": f"{random.randrange(10_000):04}"}
    return [
        _Try("own PIN set", f"{api}/set-pin", pin, who),
        _Try("own lock", f"{api}/lock", {}, who),
        _Try("own PIN", f"{api}/unlock", {"pin": f"{random.randrange(10_000):04}"}, who),
        _Try("own PIN", f"{api}/unlock", pin, who),
    ]


def _flood(code: str) -> list[_Try]:
    api, invented = f"/api/queue/{code}", f"{token_hex(4)}={token_hex(4)}"
    language = {"Accept-Language": f"en-{token_hex(1)}", "HX-Request": "true"}
    report = {"type": "tap", "sessionId": f"{code}-{token_hex(8)}", "partyId": str(uuid.uuid4())}
    return [
        _Try("poll with a query", f"{api}/snapshot?{invented}"),
        _Try("poll in a language", f"{api}/snapshot", None, language),
        _Try("poll with a tag", f"{api}/snapshot", None, {"If-None-Match": f'"{token_hex(8)}"'}),
        _Try("poll with a cookie", f"{api}/snapshot", None, {"Cookie": invented}),
        _Try("board", f"/board/{code}?{invented}"),
        _Try("join with a long name", f"{api}/join", {"name": "a" * 500, "size": 2}),
        _Try("join form", f"/queue/{code}", urlencode({"size": "many"}).encode()),
        _Try("track", "/api/track", report),
    ]


async def _open_sockets(abuse: Abuse, number: int) -> None:
    """Open socket after socket for one party, and keep those that are admitted."""
    line = await abuse.shared_line(number // 400)
    path = f"/api/queue/{line['code']}/connect"
    url = f"ws://{HERE}:{abuse.target.port}{path}?partyId="
    party_id = await abuse.join(abuse.client(number), line)
    options: dict[str, Any] = {"proxy": None, "ping_interval": None}
    options["local_addr"] = abuse.address(number), 0
    async with asyncio.TaskGroup() as kept:
        while True:
            # One of five is for a party that does not exist.
            named = uuid.uuid4() if random.random() < 0.2 else party_id
            try:
                socket = await connect(f"{url}{named}", **options)
            except InvalidHandshake as refusal:
                abuse.answered[f"socket: {_status(refusal)}"] += 1
            except (OSError, TimeoutError) as error:
                abuse.answered[f"socket: {type(error).__name__}"] += 1
            else:
                abuse.answered["socket: 101"] += 1
                kept.create_task(_listen(socket))
            await asyncio.sleep(SOCKETS_EVERY_S)


async def _listen(socket: Any) -> None:
    try:
        async for _ in socket:
            pass
    except ConnectionClosed:
        return


def _status(refusal: InvalidHandshake) -> str:
    response = getattr(refusal, "response", None)
    return str(response.status_code) if response else type(refusal).__name__


Kind = Callable[[Abuse, int], Awaitable[None]]
KINDS: dict[str, Kind] = {
    "slow bodies": slow_bodies,
    "dead push services": dead_push,
    "guesses": guesses,
    "floods": floods,
}


async def _run(name: str) -> Counter[str]:
    kind = KINDS[name]
    lines = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    # Not those of another kind, which may be refused everything by now.
    first = list(KINDS).index(name) * ALONE
    abuse = Abuse(Target(**json.loads(await lines.readline())), first)
    clients = [
        asyncio.create_task(_later(kind, abuse, number)) for number in range(abuse.target.clients)
    ]
    await lines.read()
    for client in clients:
        client.cancel()
    for ending in await asyncio.gather(*clients, return_exceptions=True):
        if not isinstance(ending, asyncio.CancelledError | None):
            raise ending
    return abuse.answered


async def _later(kind: Kind, abuse: Abuse, number: int) -> None:
    await asyncio.sleep(random.uniform(0, STARTS_WITHIN_S))
    await kind(abuse, number)


def main(kind: str) -> None:
    """Run one kind, and print what it was answered."""
    print(json.dumps(asyncio.run(_run(kind))))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
