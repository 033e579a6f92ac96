"""The actions of guests by name: from the fields of a request to a command."""

from collections.abc import Callable

from queueup.domain.change import Command, Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.model import Queue

from . import fields
from .fields import Raw

VERDICTS = ("right", "too_short", "too_long")

Reader = Callable[[Raw, str], Command]


def _on_my_way(raw: Raw, party_id: str) -> Command:
    minutes = fields.number(raw, "minutes", *fields.WALK_MINUTES)
    return lambda queue, now: guest_commands.on_my_way(queue, party_id, now, minutes)


def _not_coming(raw: Raw, party_id: str) -> Command:
    return lambda queue, now: guest_commands.leave(queue, party_id, now, guest_commands.NOT_COMING)


def _size(raw: Raw, party_id: str) -> Command:
    size = fields.required_number(raw, "size", *fields.SIZES)
    return lambda queue, now: guest_commands.change_size(queue, party_id, now, size)


def _judge(raw: Raw, party_id: str) -> Command:
    verdict = fields.choice(raw, "verdict", VERDICTS) or VERDICTS[0]
    return lambda queue, now: guest_commands.judge(queue, party_id, now, verdict)


def _of_party(rule: Callable[[Queue, str, int], Events]) -> Reader:
    return lambda raw, party_id: lambda queue, now: rule(queue, party_id, now)


ACTIONS: dict[str, Reader] = {
    "on-my-way": _on_my_way,
    "more-time": _of_party(guest_commands.more_time),
    "not-coming": _not_coming,
    "let-pass": _of_party(guest_commands.let_pass),
    "size": _size,
    "ask-back": _of_party(guest_commands.ask_back),
    "judge": _judge,
}
