"""Rate limits: enough for a restaurant's whole wifi, too few for guessing.

They are keyed by what the server knows: the client's address, a line that exists, a party in it, a
host's device. What succeeds is counted apart from what fails, and at most the failures of an
address are refused for the failures of others there: nobody uses up what the people next to them
need. Polls answered from memory are not counted. While Redis is unavailable, each web process
counts on its own.
"""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many

from queueup.services import EXTENSION, Services
from queueup.storage.known_lines import KnownLines
from queueup.storage.redis_client import Unavailable, redis_errors
from queueup.web.client_address import WIDER, client, wider_network
from queueup.web.errors import TOO_MANY, too_many

from .guesses import Guesses
from .limit_rules import BEFORE, FAILURES, Rule

log = logging.getLogger(__name__)

PREFIX = "queueup"


def init_app(app: Flask) -> None:
    """Limit the endpoints, unless RATE_LIMITS=0."""
    found: Services = app.extensions[EXTENSION]
    if not found.settings.rate_limits:
        return
    limiter = Limiter(
        _client,
        app=app,
        storage_uri=found.settings.redis_url.replace("unix://", "redis+unix://", 1),
        storage_options={"connection_pool": found.redis.connection_pool},  # type: ignore[dict-item]
        strategy="fixed-window",
        key_prefix=PREFIX,
        headers_enabled=True,
        retry_after="delta-seconds",
        swallow_errors=True,
        in_memory_fallback_enabled=True,
    )
    failures = _Failures(limiter, app)
    guesses = Guesses(KnownLines(found.redis), failures)
    app.before_request(guesses.refuse)
    # The last one is asked first.
    app.after_request(guesses.note)
    app.after_request(guesses.count)
    app.after_request(failures.refuse)
    for endpoint in list(app.view_functions):
        _limit(app, limiter, endpoint)


def _limit(app: Flask, limiter: Limiter, endpoint: str) -> None:
    """Limit one endpoint before it does anything."""
    view = app.view_functions[endpoint]

    @functools.wraps(view)
    def named(*args: Any, **arguments: Any) -> Any:
        return view(*args, **arguments)

    # Flask-Limiter tells views apart by their names, and many endpoints share one function: each
    # of them would have the limits of all.
    named.__qualname__ = f"endpoint {endpoint}"
    limited: Callable[..., Any] = named
    for rule in BEFORE:
        if rule.applies_to(endpoint):
            for bits, limit in _sizes(rule):
                limited = limiter.shared_limit(
                    limit,
                    _scope(rule, bits),
                    key_func=functools.partial(_key, rule, bits),
                    deduct_when=rule.counts,
                    exempt_when=functools.partial(_is_exempt, rule, bits),
                    error_message=TOO_MANY,
                )(limited)
    if limited is not named:
        app.view_functions[endpoint] = limited


class _Failures:
    """Counts what fails, and refuses failures beyond the limit; what succeeds is not touched."""

    def __init__(self, limiter: Limiter, app: Flask) -> None:
        self._limiter = limiter
        self._rules = {
            endpoint: [rule for rule in FAILURES if rule.applies_to(endpoint)]
            for endpoint in app.view_functions
        }

    def refuse(self, response: Response) -> Response:
        """Return the response, or 429 in place of one failure too many."""
        if response.status_code < 400 or response.status_code == 429:
            return response
        for rule in self._rules.get(request.endpoint or "", []):
            is_counted = rule.counts is not None and rule.counts(response)
            if (is_counted or rule.hides_all) and not self.allows(rule, is_counted):
                return self.too_many(rule)
        return response

    def allows(self, rule: Rule, is_hit: bool) -> bool:
        """Return whether a rule allows one more, and count it if it is to be."""
        counter = self._limiter.limiter
        ask = counter.hit if is_hit else counter.test
        try:
            with redis_errors():
                # All of them count, whatever the first one says.
                allowed = [ask(item, *keys) for item, keys in _items(rule)]
        except Unavailable as error:
            log.warning("rate limits are not counted, Redis is unreachable: %s", error)
            return True
        return all(allowed)

    def too_many(self, rule: Rule) -> Response:
        """Return the response to one too many, with the time after which there is room again."""
        stats = self._limiter.limiter.get_window_stats
        try:
            with redis_errors():
                windows = [stats(item, *keys) for item, keys in _items(rule)]
        except Unavailable:
            windows = []
        resets = [window.reset_time for window in windows if not window.remaining]
        return too_many(max(1, int(max(resets, default=0) - time.time())))


def _items(rule: Rule) -> list[tuple[RateLimitItem, list[str]]]:
    return [
        (item, [PREFIX, _key(rule, bits), _scope(rule, bits)])
        for bits, limit in _sizes(rule)
        if not _is_exempt(rule, bits)
        for item in parse_many(limit)
    ]


def _sizes(rule: Rule) -> list[tuple[int | None, str]]:
    """Return a rule's limit for one client, and those for the wider networks it may have."""
    wider = [
        (
            bits,
            "; ".join(
                f"{item.amount * times} per {item.multiples} {item.GRANULARITY.name}"
                for item in parse_many(rule.limit)
            ),
        )
        for bits, times in WIDER.items()
    ]
    return [(None, rule.limit), *(wider if rule.by_address else [])]


def _scope(rule: Rule, bits: int | None) -> str:
    return f"{rule.kind} /{bits}" if bits else rule.kind


def _key(rule: Rule, bits: int | None) -> str:
    address = wider_network(request.remote_addr, bits) if bits else _client()
    return f"{address} {rule.who()}" if rule.by_address else rule.who()


def _is_exempt(rule: Rule, bits: int | None) -> bool:
    if bits and wider_network(request.remote_addr, bits) is None:
        return True
    return rule.exempt is not None and rule.exempt()


def _client() -> str:
    return client(request.remote_addr)
