"""Rate limits: enough for a restaurant's whole wifi, too few for guessing.

They are keyed by what the server knows: the client's address, a line that exists, a party in it, a
host's device. What succeeds is counted apart from what fails, and at most the failures of an
address are refused for the failures of others there: nobody uses up what the people next to them
need. Polls answered from memory are not counted. While Redis is unavailable, each web process
counts on its own. What is used up for all strangers at an address is refused before the app.
"""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit
from limits import RateLimitItem, parse_many

from queueup.services import EXTENSION, Services
from queueup.storage.known_lines import KnownLines
from queueup.storage.redis_client import Unavailable, redis_errors
from queueup.web import errors, ops
from queueup.web.auth import hosts
from queueup.web.client_address import WIDER, client, wider_network
from queueup.web.templating import locale

from .early_refusals import ANY_CODE, EarlyRefusals, Refusal, Spent, spent_path
from .guesses import Guesses
from .limit_rules import ADMITTING, BEFORE, FAILURES, WRONG_CODES, Rule
from .senders import TOKEN_HEADER, shown_in

log = logging.getLogger(__name__)

PREFIX = "queueup"


def init_app(app: Flask, refusals: EarlyRefusals) -> None:
    """Limit the endpoints, unless RATE_LIMITS=0."""
    found: Services = app.extensions[EXTENSION]
    if not found.settings.rate_limits:
        return
    limiter = Limiter(
        _client,
        app=app,
        # Whatever the address is, it is this pool that knows the way.
        storage_uri="redis://",
        storage_options={"connection_pool": found.redis.connection_pool},  # type: ignore[dict-item]
        strategy="fixed-window",
        key_prefix=PREFIX,
        headers_enabled=True,
        retry_after="delta-seconds",
        swallow_errors=True,
        in_memory_fallback_enabled=True,
    )
    failures = _Failures(limiter, app, refusals)
    guesses = Guesses(KnownLines(found.redis), failures, found.waitlist.exists)
    refusals.is_guess = guesses.is_guess
    refusals.may_pass = functools.partial(_may_pass, found.settings.host_auth_secret)
    app.extensions[errors.FAILURES] = failures.of_failure
    app.before_request(guesses.refuse)
    # The last one is asked first.
    app.after_request(guesses.note)
    app.after_request(guesses.count)
    app.after_request(failures.refuse)
    for endpoint in list(app.view_functions):
        _limit(app, limiter, failures, endpoint)


def _limit(app: Flask, limiter: Limiter, failures: "_Failures", endpoint: str) -> None:
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
                    on_breach=functools.partial(failures.refuse_before, rule),
                )(limited)
    if limited is not named:
        app.view_functions[endpoint] = limited


class _Failures:
    """Counts what fails, and refuses failures beyond the limit; what succeeds is not touched."""

    def __init__(self, limiter: Limiter, app: Flask, refusals: EarlyRefusals) -> None:
        self._limiter = limiter
        self._refusals = refusals
        self._rules = {
            endpoint: [rule for rule in FAILURES if rule.applies_to(endpoint)]
            for endpoint in app.view_functions
        }

    def refuse(self, response: Response) -> Response:
        """Return the response, or 429 in place of one failure too many."""
        return self.of_failure(response.status_code) or response

    def of_failure(self, status: int) -> Response | None:
        """Return 429 in place of one failure too many, and count each failure once."""
        if status < 400 or status == 429 or "is_failure_counted" in g:
            return None
        response = Response(status=status)
        g.is_failure_counted = True
        for rule in self._rules.get(request.endpoint or "", []):
            is_counted = rule.counts is not None and rule.counts(response)
            if (is_counted or rule.hides_all) and not self.allows(rule, is_counted):
                return self.too_many(rule, rule.is_blind and request.endpoint not in ADMITTING)
        return None

    def refuse_before(self, rule: Rule, _: RequestLimit) -> Response:
        """Return the response to a request that is refused before the view."""
        return self.too_many(rule, rule.is_blind)

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

    def too_many(self, rule: Rule, is_blind: bool = False) -> Response:
        """Return the response to one too many, with the time after which there is room again.

        If all strangers at this address are refused for this, the app is asked no more till then.
        """
        stats = self._limiter.limiter.get_window_stats
        try:
            with redis_errors():
                windows = [stats(item, *keys) for item, keys in _items(rule)]
        except Unavailable:
            windows = []
        until = max((window.reset_time for window in windows if not window.remaining), default=0)
        # The same in all lines: it is kept for others.
        locale.set_language(locale.of_no_line())
        response = errors.too_many(Refusal, max(1, int(until - time.time())))
        if rule is WRONG_CODES or is_blind:
            spent = (
                Spent(_client(), "", ANY_CODE)
                if rule is WRONG_CODES
                else spent_path(_client(), request.environ)
            )
            self._refusals.note(spent, until)
            response.keep = self._refusals.keep
        return response


def _may_pass(secret: str, code: str, environ: WSGIEnvironment) -> bool:
    """Return whether a request shows anything that a line, or the operator, may know."""
    if code:
        return any(
            shown != environ.get(TOKEN_HEADER) or hosts.is_token(shown, secret)
            for shown in shown_in(environ, code)
        )
    return ops.may_be_operators(environ)


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
