"""Guesses of codes: an address that has named too many wrong ones finds no more lines.

It still reaches the lines that it knows: those in which the browser is known, and those that were
reached from this address in the last days. So a whole wifi, or everybody behind a carrier's
address, can join while somebody there guesses. A few lines more an hour can be reached there for
the first time.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from flask import Response, request
from werkzeug.exceptions import TooManyRequests

from queueup.storage.known_lines import KnownLines
from queueup.storage.redis_client import Unavailable
from queueup.web.auth import hosts
from queueup.web.client_address import client

from .asker import asker
from .limit_rules import DISCOVERIES, WRONG_CODES, Rule

REMEMBERED = 10_000
PARTY_LETTERS = 64


class Counter(Protocol):
    """Counts what a rule counts."""

    def allows(self, rule: Rule, is_hit: bool) -> bool:
        """Return whether a rule allows one more, and count it if it is to be."""

    def too_many(self, rule: Rule) -> Response:
        """Return the response to one too many."""


class Guesses:
    """Tells strangers who guess from everybody else."""

    def __init__(self, known: KnownLines, counter: Counter, exists: Callable[[str], bool]) -> None:
        self._known = known
        self._counter = counter
        self._exists = exists
        self._named: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def refuse(self) -> None:
        """Raise TooManyRequests for a line that an address which guesses reaches newly."""
        found = asker()
        if found.code and not found.line and not found.is_unavailable:
            # Before anything is rendered that nobody would get.
            if not self._was_told(found.code) and not self._allows_guess(is_hit=False):
                raise TooManyRequests(response=self._counter.too_many(WRONG_CODES))
            return
        if not found.line or found.is_known:
            return
        try:
            if self._known.has(_client_mark(), found.line):
                return
        except Unavailable:
            return
        if self._allows_guess(is_hit=False):
            return
        if not self._counter.allows(DISCOVERIES, is_hit=True):
            raise TooManyRequests(response=self._counter.too_many(WRONG_CODES))

    def note(self, response: Response) -> Response:
        """Note which line was reached from where, and return the response."""
        found = asker()
        if found.line and response.status_code < 400:
            try:
                self._known.note(_client_mark(), found.line)
            except Unavailable:
                # It is noted with the next request.
                return response
        return response

    def count(self, response: Response) -> Response:
        """Count a wrong code, and return 429 in place of one too many.

        A page that keeps polling a line that is gone counts once, or it would use up the guesses
        of the whole wifi of the restaurant.
        """
        found = asker()
        is_wrong = response.status_code == 404 and found.code and not found.line
        if not is_wrong or found.is_unavailable:
            return response
        # Only a 404 that was given is given again, or asking twice would tell codes that exist.
        if not self._was_told(found.code) and not self._allows_guess(is_hit=True):
            return self._counter.too_many(WRONG_CODES)
        named = _named(client(request.remote_addr), found.code, request.args.get("partyId"))
        self._named[named] = None
        self._named.move_to_end(named)
        if len(self._named) > REMEMBERED:
            self._named.popitem(last=False)
        return response

    def is_guess(self, code: str, environ: WSGIEnvironment) -> bool:
        """Return whether this code is wrong, and was not found wrong before. Raises Unavailable."""
        party_id = parse_qs(environ.get("QUERY_STRING", "")).get("partyId", [None])[0]
        named = _named(client(environ.get("REMOTE_ADDR")), code, party_id)
        return named not in self._named and not self._exists(code)

    def _was_told(self, code: str) -> bool:
        named = _named(client(request.remote_addr), code, request.args.get("partyId"))
        return named in self._named

    def _allows_guess(self, is_hit: bool) -> bool:
        return self._counter.allows(WRONG_CODES, is_hit)


def _named(client: str, code: str, party_id: str | None) -> tuple[str, str, str]:
    return client, code, (party_id or "")[:PARTY_LETTERS]


def _client_mark() -> str:
    """Return what stands for the client for days: the address itself is not kept so long."""
    return hosts.derive_mark("client", client(request.remote_addr))
