"""Rate limits per IP address: enough for a restaurant's whole wifi, too few for guessing.

The address is that of the connection, or what a configured proxy sends (TRUSTED_PROXIES): a forged
X-Forwarded-For has no effect. IPv6 addresses count by network, as each connection is given a whole
one (RFC 6177). Polls answered from memory are not counted. While Redis is unavailable, each web
process counts on its own.
"""

import hashlib
import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter

from queueup.domain.errors import AlreadyInQueue, UnknownQueue
from queueup.domain.view_types import Views
from queueup.services import EXTENSION, Services, waitlist
from queueup.storage.redis_client import Unavailable
from queueup.web.auth import guests as guest_auth
from queueup.web.auth import hosts
from queueup.web.input import guest_actions

TOO_MANY = "Too many requests. Please wait a moment and try again."
KNOWN_WRONG = 10_000
NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit on endpoints of one kind: for whom it counts, and whether only failures do."""

    kind: str
    limit: str
    endpoints: tuple[str, ...]
    who: Callable[[], str]
    counts: Callable[[Response], bool] | None = None
    exempt: Callable[[], bool] | None = None


def init_app(app: Flask) -> None:
    """Limit the endpoints, unless RATE_LIMITS=0."""
    found: Services = app.extensions[EXTENSION]
    if not found.settings.rate_limits:
        return
    limiter = Limiter(
        _address,
        app=app,
        storage_uri=found.settings.redis_url.replace("unix://", "redis+unix://", 1),
        storage_options={"connection_pool": found.redis.connection_pool},  # type: ignore[dict-item]
        strategy="fixed-window",
        key_prefix="queueup",
        headers_enabled=True,
        retry_after="delta-seconds",
        swallow_errors=True,
        in_memory_fallback_enabled=True,
        application_limits=["30 per 10 minutes", "200 per day"],
        application_limits_exempt_when=_guesses_no_code(KNOWN_WRONG),
        application_limits_deduct_when=_is_not_found,
    )
    hosts_own = tuple(name for name in app.view_functions if name.startswith(HOSTS_OWN))
    tokens = Rule("wrong token", WRONG_TOKENS, hosts_own, _address_and_code, _is_refused, _is_host)
    taps = Rule("host's tap", HOSTS_TAPS, _changing(app, hosts_own), _code, exempt=_is_no_host)
    for rule in (*RULES, tokens, taps):
        for endpoint in rule.endpoints:
            view = app.view_functions[endpoint]
            limited: Any = limiter.shared_limit(
                rule.limit,
                rule.kind,
                key_func=rule.who,
                deduct_when=rule.counts,
                exempt_when=rule.exempt,
                error_message=TOO_MANY,
            )(view)
            app.view_functions[endpoint] = limited


def _address() -> str:
    given = request.remote_addr or "nowhere"
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given
    if isinstance(address, ipaddress.IPv4Address):
        return given
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), NETWORK_BITS), strict=False))


def _address_and_code() -> str:
    return f"{_address()} {_code()}"


def _party() -> str:
    body = request.get_json(silent=True)
    party_id = (
        body.get("partyId")
        if isinstance(body, dict)
        else request.form.get("partyId") or guest_auth.remembered_party(_code())
    )
    # Hashed, so that the key is short and valid whatever was sent.
    named = hashlib.blake2b(str(party_id).encode(errors="replace"), digest_size=12)
    return f"{_address()} {named.hexdigest()}"


def _code() -> str:
    code: str = (request.view_args or {}).get("code") or request.args.get("code") or ""
    return code.upper()


def _guesses_no_code(remembered: int) -> Callable[[], bool]:
    """Return a function that tells whether a request cannot be a guess at a code.

    Hosts and guests of the queue do not guess. A phone that keeps polling a queue that is gone
    counts once, or it would block the whole wifi of the restaurant.
    """
    asked: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def is_exempt() -> bool:
        code, party_id = _code(), request.args.get("partyId", "")
        try:
            views = waitlist().snapshot(code).views if code else None
        except UnknownQueue:
            return is_repeated(code, party_id)
        except Unavailable:
            return True
        if views is None or _is_known(code, views):
            return True
        return bool(party_id) and is_repeated(code, party_id)

    def is_repeated(code: str, party_id: str) -> bool:
        question = (_address(), code, party_id[:64])
        if question in asked:
            return True
        asked[question] = None
        if len(asked) > remembered:
            asked.popitem(last=False)
        return False

    return is_exempt


def _is_known(code: str, views: Views) -> bool:
    guests: dict[str, Any] = views["guests"]
    party_ids = (request.args.get("partyId"), guest_auth.remembered_party(code))
    return any(party_id in guests for party_id in party_ids) or hosts.is_host(code, views)


def _is_host() -> bool:
    try:
        return hosts.is_host(_code(), waitlist().snapshot(_code()).views)
    except (UnknownQueue, Unavailable):
        return False


def _is_no_host() -> bool:
    return not _is_host()


def _changing(app: Flask, endpoints: tuple[str, ...]) -> tuple[str, ...]:
    rules = app.url_map.iter_rules()
    posts = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
    return tuple(name for name in endpoints if name in posts)


def _is_not_found(response: Response) -> bool:
    return response.status_code == 404


def _is_refused(response: Response) -> bool:
    return response.status_code in (401, 403, 410)


def _is_taken(response: Response) -> bool:
    refused: str | None = g.get("refusal_code")
    return refused == AlreadyInQueue.code


def _sets_no_pin() -> bool:
    action = (request.view_args or {}).get("action") or request.form.get("do")
    return request.endpoint in PIN_AMONG_OTHERS and action != "set-pin"


# Endpoints of all host actions, one of which sets the PIN.
PIN_AMONG_OTHERS = ("host_acting.act", "host_devices.act")
GUESTS_OWN = (
    "api.leave",
    "api.declare_nearby",
    "guest.leave",
    "guest.nearby",
    "guest_acting.act",
    *(f"api_actions.act_as_guest-{name}" for name in guest_actions.ACTIONS),
)

RULES = (
    # A queue holds 100 people: the whole line may come through one wifi within a minute.
    Rule(
        "create",
        "60 per minute; 600 per hour; 2000 per day",
        ("api.create", "host.create"),
        _address,
    ),
    Rule(
        "join",
        "120 per minute; 600 per hour",
        ("api.join", "guest.submit_join", "kiosk.submit_ticket"),
        _address_and_code,
    ),
    # Each is shown to the host, who has to look up.
    Rule("claim", "10 per minute; 60 per hour", ("guest.claim",), _address_and_code),
    Rule("subscribe", "120 per minute", ("push.subscribe",), _address_and_code),
    # Stricter than the limit on joins, or one could find out which names are in line.
    Rule("taken name", "10 per minute; 60 per hour", ("api.join",), _address_and_code, _is_taken),
    # Each tap is an event, and is sent to every page of the line.
    Rule("guest's tap", "30 per minute", GUESTS_OWN, _party),
    Rule("guests' taps", "600 per minute", GUESTS_OWN, _address_and_code),
    Rule("ring test", "10 per minute", ("push.test",), _party),
    Rule("ring tests", "60 per minute", ("push.test",), _address),
    Rule("track", "600 per minute; 20000 per day", ("track.track",), _address),
    # Checking a PIN takes a tenth of a second, right or wrong.
    Rule(
        "PIN",
        "20 per minute; 200 per hour",
        (
            "api_actions.unlock",
            "lock_screen.unlock",
            "api_actions.act_as_host-set-pin",
            *PIN_AMONG_OTHERS,
        ),
        _address,
        exempt=_sets_no_pin,
    ),
    Rule(
        "operator", "10 per minute; 60 per hour", ("ops.page", "ops.figures"), _address, _is_refused
    ),
)
# Host-only endpoints: devices of the line do not count; wrong tokens, links and PINs do.
HOSTS_OWN = (
    "host_",
    "host.end_day",
    "host.close_for_good",
    "host.ended",
    "host.sheet",
    "lock_screen.",
    "api_actions.",
    "api.advance",
    "api.kick",
    "api.close",
)
# For all devices of a line together: each tap is an event that is kept for good. A large restaurant
# makes some thousand on a long day.
HOSTS_TAPS = "600 per minute; 20000 per day"
WRONG_TOKENS = "30 per minute; 200 per hour"
