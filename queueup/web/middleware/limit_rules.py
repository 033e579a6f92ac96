"""The rate limits: of what, for whom, and how much."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, g, request

from queueup.domain.errors import AlreadyInQueue
from queueup.web import ops
from queueup.web.input import guest_actions

from .asker import asker


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit on one kind of action: where, for whom, and which responses it counts.

    `who` is added to the client's address, or stands alone if the limit is not `by_address`.
    """

    kind: str
    limit: str
    endpoints: tuple[str, ...]
    who: Callable[[], str]
    by_address: bool = True
    counts: Callable[[Response], bool] | None = None
    exempt: Callable[[], bool] | None = None
    # Beyond the limit, other failures must not tell what the counted ones would.
    hides_all: bool = False
    # Beyond the limit, every stranger at this address is refused, whatever the request says.
    is_blind: bool = False

    def applies_to(self, endpoint: str) -> bool:
        """Tell whether an endpoint has this limit; a name that ends in . or _ is a beginning."""
        return any(
            endpoint.startswith(name) if name.endswith((".", "_")) else endpoint == name
            for name in self.endpoints
        )


def _anybody() -> str:
    return ""


def _line() -> str:
    return asker().line


def _party() -> str:
    named = asker().party_id or ""
    return hashlib.blake2b(named.encode(), digest_size=12).hexdigest()


def _device() -> str:
    return f"{asker().line} {asker().device}"


def _has_no_party() -> bool:
    return asker().party_id is None


def _has_party() -> bool:
    return asker().party_id is not None


def _has_no_device() -> bool:
    return asker().device is None


def _has_device() -> bool:
    return asker().device is not None


def _is_no_new_line() -> bool:
    return not asker().is_new_line


def _is_no_hosts_tap() -> bool:
    return request.method != "POST" or asker().device is None


def _costs_no_hash() -> bool:
    if asker().device is None:
        return True
    action = (request.view_args or {}).get("action") or request.form.get("do")
    return request.endpoint in PIN_AMONG_OTHERS and action != "set-pin"


def _succeeds(response: Response) -> bool:
    return response.status_code < 400


def _fails(response: Response) -> bool:
    return 400 <= response.status_code < 500


def _is_refused(response: Response) -> bool:
    return response.status_code in (401, 403, 410)


def _is_taken(response: Response) -> bool:
    refused: str | None = g.get("refusal_code")
    return refused == AlreadyInQueue.code


# Endpoints of all host actions on pages, one of which sets the PIN.
PIN_AMONG_OTHERS = ("host_acting.act", "host_devices.act")
GUESTS_OWN = (
    "api.leave",
    "api.declare_nearby",
    "guest.leave",
    "guest.nearby",
    "guest_acting.act",
    *(f"api_actions.act_as_guest-{name}" for name in guest_actions.ACTIONS),
)
CREATING = ("api.create", "host.create")
JOINING = ("api.join", "guest.submit_join", "kiosk.submit_ticket")
# Host-only endpoints.
HOSTS_OWN = (
    "host_",
    "host.end_day",
    "host.close_for_good",
    "host.ended",
    "host.sheet",
    "lock_screen.",
    "screens.",
    "api_actions.",
    "api_reports.",
    "api.advance",
    "api.kick",
    "api.close",
)

# Of all these, the ones that let in whoever has something in the body.
ADMITTING = ("host_devices.redeem_invitation", *GUESTS_OWN)

# Checked before the view, which then does nothing.
BEFORE = (
    # A restaurant opens one on an evening, at most; each is kept for weeks (docs/limits.md).
    Rule(
        "create", "60 per minute; 200 per day", CREATING, _anybody, True, _succeeds, is_blind=True
    ),
    # A queue holds 100 people: the whole line may come through one wifi within a minute.
    Rule("join", "120 per minute; 600 per hour", JOINING, _line, True, _succeeds, is_blind=True),
    # For all devices of a line together: each tap is an event that is kept for good. A large
    # restaurant makes some thousand on a long day.
    Rule(
        "host's tap",
        "600 per minute; 20000 per day",
        HOSTS_OWN,
        _line,
        False,
        exempt=_is_no_hosts_tap,
    ),
    # Lines that are established take most joins, also through a carrier's address. Parties are kept
    # for weeks, and new lines the longer, the more of them are seated.
    Rule("joins", "20000 per day", JOINING, _anybody, True, _succeeds, is_blind=True),
    Rule("joins of new lines", "1000 per day", JOINING, _anybody, True, _succeeds, _is_no_new_line),
    # Each is shown to the host, who has to look up.
    Rule("claim", "10 per minute; 60 per hour", ("guest.claim",), _line, is_blind=True),
    # Each tap is an event, and is sent to every page of the line.
    Rule("guest's tap", "30 per minute", GUESTS_OWN, _party, False, exempt=_has_no_party),
    Rule("guests' taps", "600 per minute", GUESTS_OWN, _line, exempt=_has_no_party),
    Rule("subscribe", "20 per minute", ("push.subscribe",), _party, False, exempt=_has_no_party),
    Rule("subscribes", "600 per minute", ("push.subscribe",), _line, exempt=_has_no_party),
    Rule("ring test", "10 per minute", ("push.test",), _party, False, exempt=_has_no_party),
    Rule("ring tests", "60 per minute", ("push.test",), _line, exempt=_has_no_party),
    # Each reads many rows; a host who looks at one day after another needs a few a minute.
    Rule(
        "report",
        "60 per minute; 1000 per day",
        ("host_reports.", "api_reports."),
        _line,
        False,
        exempt=_has_no_device,
    ),
    Rule("track", "600 per minute; 20000 per day", ("track.track",), _anybody, is_blind=True),
    # Checking a PIN takes a tenth of a second, right or wrong. Only devices of the line may try.
    Rule(
        "PIN",
        "20 per minute; 200 per hour",
        (
            "api_actions.unlock",
            "lock_screen.unlock",
            "api_actions.act_as_host-set-pin",
            *PIN_AMONG_OTHERS,
        ),
        _device,
        False,
        exempt=_costs_no_hash,
    ),
    # People choose this password, so the right one is refused, too, but not where it was right
    # before.
    Rule(
        "operator",
        "10 per minute; 60 per hour",
        ("ops.page",),
        _anybody,
        True,
        _is_refused,
        ops.is_operators_browser,
        is_blind=True,
    ),
    Rule(
        "metrics",
        "10 per minute; 60 per hour",
        ("ops.figures",),
        _anybody,
        True,
        _is_refused,
        ops.has_long_token,
        is_blind=True,
    ),
)

# Checked after the view: what succeeds is never refused for the failures of others.
FAILURES = (
    Rule("failed create", "120 per minute", CREATING, _anybody, True, _fails),
    # Stricter than the limit on joins, or one could find out which names are in line.
    Rule(
        "taken name",
        "10 per minute; 60 per hour",
        ("api.join",),
        _line,
        True,
        _is_taken,
        hides_all=True,
    ),
    Rule("failed join", "120 per minute", JOINING, _line, True, _fails),
    Rule("strangers' taps", "120 per minute", GUESTS_OWN, _line, True, _fails, _has_party),
    Rule(
        "strangers' push",
        "60 per minute",
        ("push.subscribe", "push.test"),
        _line,
        True,
        _fails,
        _has_party,
    ),
    # Tokens and invitations are long random numbers: a right one is no guess. Most of these
    # endpoints say no to strangers, whatever they send; those of all other rules do not.
    Rule(
        "wrong token",
        "30 per minute; 200 per hour",
        HOSTS_OWN,
        _line,
        True,
        _is_refused,
        _has_device,
        is_blind=True,
    ),
)

WRONG_CODES = Rule("wrong code", "30 per 10 minutes; 200 per day", (), _anybody)
# Lines that strangers reach for the first time from where somebody guesses codes.
DISCOVERIES = Rule("line reached", "6 per hour", (), _anybody)
