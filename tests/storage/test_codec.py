"""Queues and events as JSON and back."""

import dataclasses
import typing
from typing import Any

import pytest

from queueup.domain import events
from queueup.domain.change import Change
from queueup.domain.commands.guest import Join, join
from queueup.domain.commands.session import create
from queueup.domain.events import Event, QueueOpened
from queueup.domain.model import OnExpiry, Phase, QueueSettings
from queueup.storage import codec
from tests.domain.lines import done

SETTINGS = QueueSettings("Lucía 🐟 שלום", 40, 120_000, OnExpiry.RELEASE, "Pier 3", None, "18:00")


def kinds() -> list[type[Event]]:
    found = [cls for cls in vars(events).values() if isinstance(cls, type)]
    return [cls for cls in found if issubclass(cls, Event) and dataclasses.fields(cls)]


def sample(cls: type[Event]) -> Event:
    """Return an event with a fitting value in every field."""
    values = {
        int: 7,
        str: "text",
        bool: True,
        QueueSettings: SETTINGS,
        Phase: Phase.LAST_CALL,
        tuple[str, ...]: ("vip",),
        dict[str, Any]: {"status": "waiting", "flags": ["vip"]},
    }
    hints = typing.get_type_hints(cls)
    return cls(**{f.name: values.get(hints[f.name]) for f in dataclasses.fields(cls)})


@pytest.mark.parametrize("cls", kinds())
def test_every_event_comes_back_as_it_went(cls: type[Event]) -> None:
    event = sample(cls)
    assert codec.decode_event(codec.encode_event(event)) == event


def test_a_queue_comes_back_as_it_went() -> None:
    change: Change = create("ABC234", "ABC234-session", SETTINGS, 1)
    queue = done(join, change.queue, Join("a", "👩‍👩‍👧 \u202eאבי <b>", 3, "key"), 2).queue
    found = codec.decode_queue(codec.encode_queue(queue))
    assert found == queue
    assert type(found.settings.on_expiry) is OnExpiry
    assert type(found.parties) is tuple


def test_an_event_names_its_type() -> None:
    assert codec.loads(codec.encode_event(QueueOpened(1, "c", "s", SETTINGS)))["type"] == (
        "QueueOpened"
    )
