"""How a line is opened and how parties join it: past the bot check, once for each key."""

from collections.abc import Callable

from queueup.domain.commands import host as host_commands
from queueup.domain.commands.guest import Join, party_with_key
from queueup.domain.commands.guest import correct as correct_party
from queueup.domain.events import DeviceAdded, PartyEdited
from queueup.domain.model import Party, Queue, QueueSettings
from queueup.ids import new_party_id
from queueup.services import services, waitlist

from . import bot_check_once, host_actions
from .fields import Raw
from .idempotency import host_form_key, host_key


def open_line(
    settings: QueueSettings, key: str | None, token: object, device: DeviceAdded | None = None
) -> Queue:
    """Open a line, or return the one that the same key opened. Raises BotCheckFailed."""
    if key is None or waitlist().created(key) is None:
        bot_check_once.require(key, token)
    return waitlist().create(settings, device, key)


def join_line(code: str, wish: Join, token: object) -> Party:
    """Let a party join, or return the one that joined with the same key.

    Raises BotCheckFailed, and what `Waitlist.add` raises.
    """
    require_bot_check(code, wish.key, lambda: token)
    return waitlist().add(code, wish)[1]


def correct(code: str, party: Party, wish: Join) -> None:
    """Change what the form says anew of a party that had joined with the same key.

    Raises what `guest.correct` raises.
    """
    if party.id == wish.party_id or not party.is_active:
        return
    waitlist().act(
        code, lambda queue, now: correct_party(queue, party.id, now, wish.name, wish.size)
    )


def require_bot_check(code: str, key: str | None, token: Callable[[], object]) -> None:
    """Raise BotCheckFailed for a join that does not pass the bot check, if that is on.

    A token is good for one check: a request that is repeated after its party joined needs none.
    """
    if services().bot_check.is_on and not has_joined(code, key):
        bot_check_once.require(f"{code.upper()} {key}" if key else None, token())


def bot_check_key() -> str | None:
    """Return the public key of the bot check's widget, None if the check is off."""
    return services().settings.turnstile_site_key if services().bot_check.is_on else None


def has_joined(code: str, key: str | None) -> bool:
    """Tell whether a party has joined with this key already."""
    return party_with_key(waitlist().queue(code), key) is not None


def add_walk_in(code: str, raw: Raw, device: str) -> Party:
    """Let a host add a party, or correct the one that the same form added before.

    Raises BadField, and what `Waitlist.add` and `host.correct` raise.
    """
    details, quoted_ms = host_actions.details(raw), host_actions.quoted_ms(raw)
    key, form = host_key(device), host_form_key(device)
    wish = Join(new_party_id(), **details, key=form or key, origin="host", quoted_ms=quoted_ms)
    party = waitlist().add(code, wish, device, key if form else None)[1]
    if form and party.id != wish.party_id:
        # The same form sent twice has the same key, and changes nothing.
        waitlist().act(
            code,
            lambda queue, now: host_commands.correct(
                queue, PartyEdited(now, party.id, **details), quoted_ms
            ),
            device,
            key,
        )
    return party
