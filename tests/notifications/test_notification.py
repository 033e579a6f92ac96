"""What phones show of all that a full evening brings, beside calls and places in line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from queueup.domain.change import Command
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.model import MINUTE, OnExpiry
from queueup.storage.job_queues import LATER, URGENT
from queueup.waitlist import Waitlist
from tests.support.push_service import Device, PushService, Received
from tests.support.scenario import Evening, Guest, queue, work


class House:
    """An evening of a restaurant that keeps calls for ten minutes and decides itself."""

    def __init__(self, redis: Redis, evening: Evening, service: PushService, waitlist: Waitlist):
        self.evening = evening
        self._redis, self._service, self._waitlist = redis, service, waitlist
        self.settle(hold_ms=10 * MINUTE, on_expiry=OnExpiry.FLAG)

    def settle(self, **changes: Any) -> None:
        """Change the settings."""
        now = self._waitlist.queue(self.evening.code).settings
        wanted = replace(now, **changes)
        self.host(lambda queue, at: session_commands.change_settings(queue, at, wanted))

    def host(self, command: Command) -> None:
        """Do something at the stand."""
        self._waitlist.act(self.evening.code, command, "stand")

    def does(self, rule: Callable[..., Any], guest: Guest, *more: Any) -> None:
        """Do something at the stand with one party."""
        self.host(lambda queue, now: rule(queue, guest.id, now, *more))

    def asks(self, rule: Callable[..., Any], guest: Guest, *more: Any) -> None:
        """Do something on a guest's phone."""
        self._waitlist.act(self.evening.code, lambda queue, now: rule(queue, guest.id, now, *more))

    def undo(self) -> None:
        """Take back the last action."""
        self.host(
            lambda queue, now: undo_commands.undo(
                queue, now, undo_commands.last_undoable(queue)[0].number
            )
        )

    def guest(self, name: str, device: Device | None = None) -> Guest:
        """Let a party join; with a device it has heard so."""
        guest = self.evening.guest(name)
        if device is not None:
            guest.subscribe(device)
            self.heard()
        return guest

    def heard(self) -> list[Received]:
        """Work everything off, and return what phones have got since the last time."""
        work(self._redis)
        return self._service.taken()

    def said(self) -> list[tuple[str, str]]:
        """Return kind and words of what phones have got since the last time."""
        return [(m.payload["kind"], m.payload["body"]) for m in self.heard()]


@pytest.fixture
def house(redis, client, service, waitlist) -> House:
    return House(redis, Evening(client), service, waitlist)


@pytest.fixture
def phone(service) -> Device:
    return service.device()


class TestMessages:
    """What the host writes comes as it was written, and stands beside the call."""

    def test_a_message_says_what_the_host_wrote(self, house, phone):
        anna = house.guest("Anna", phone)
        text = "The kitchen is a little slow tonight."
        house.host(lambda queue, now: host_commands.message(queue, now, text, anna.id))
        (message,) = house.heard()
        assert (message.payload["kind"], message.payload["body"]) == ("message", text)
        assert message.payload["title"] == "Trattoria Lucia"
        assert (message.headers["urgency"], message.ttl) == ("normal", 600)

    def test_a_message_takes_no_call_off_the_screen_or_out_of_the_post(self, house, phone):
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        (call,) = house.heard()
        house.host(lambda queue, now: host_commands.message(queue, now, "By the door", anna.id))
        (message,) = house.heard()
        assert message.headers["topic"] != call.headers["topic"]
        assert message.payload["notification"]["tag"]
        assert "tag" not in call.payload["notification"]

    def test_of_two_messages_in_the_backlog_the_last_is_told(self, house, phone):
        anna = house.guest("Anna", phone)
        for text in ("Ten minutes", "Sorry, twenty"):
            house.host(
                lambda queue, now, text=text: host_commands.message(queue, now, text, anna.id)
            )
        assert house.said() == [("message", "Sorry, twenty")]

    def test_a_message_to_everybody_is_worked_off_in_small_jobs(self, redis, house, service):
        phones = [service.device() for _ in range(3)]
        for number, device in enumerate(phones):
            house.guest(f"Party {number}", device)
        for number in range(30):
            house.guest(f"Party without a phone {number}")
        house.heard()
        house.host(lambda queue, now: host_commands.message(queue, now, "Last orders"))
        assert len(queue(redis, LATER).job_ids) == 2
        assert {message.device for message in house.heard()} == set(phones)

    def test_jobs_do_not_carry_what_was_written(self, redis, house, phone):
        anna = house.guest("Anna", phone)
        house.host(lambda queue, now: host_commands.message(queue, now, "Secretly", anna.id))
        jobs = [redis.hgetall(key) for key in redis.scan_iter("rq:job:*")]
        assert jobs
        assert not any(b"Secretly" in value for job in jobs for value in job.values())

    def test_who_has_gone_gets_no_message(self, house, phone):
        anna = house.guest("Anna", phone)
        house.host(lambda queue, now: host_commands.message(queue, now, "Still there?", anna.id))
        anna.leave()
        assert house.said() == []

    @pytest.mark.parametrize("letter", ["a", "ü", "席", "🍝"])
    def test_the_longest_message_fits_in_any_script(self, house, phone, letter):
        anna = house.guest("Anna", phone)
        text = letter * 240
        house.host(lambda queue, now: host_commands.message(queue, now, text, anna.id))
        ((_, said),) = house.said()
        assert text.startswith(said.rstrip("…"))
        assert len(said) >= 140


class TestNudges:
    """A queue may tell its guests other places than the fifth and the second, or minutes."""

    def line(self, house, service, length: int) -> list[tuple[Guest, Device]]:
        devices = [service.device() for _ in range(length)]
        line = [(house.guest(f"Party {n}", device), device) for n, device in enumerate(devices)]
        house.heard()
        return line

    def test_any_place_can_be_told(self, house, service):
        house.settle(nudge_places=(4, 3))
        line = self.line(house, service, 5)
        line[0][0].leave()
        told = {m.device: (m.payload["kind"], m.payload["body"]) for m in house.heard()}
        assert told == {
            line[3][1]: ("pos_3", "You're 3rd. Please start heading back."),
            line[4][1]: ("pos_4", "You're 4th. Please start heading back."),
        }

    def test_of_many_places_crossed_at_once_the_nearest_is_told(self, house, service):
        house.settle(nudge_places=(5, 3, 1))
        line = self.line(house, service, 6)
        for guest, _ in line[:5]:
            guest.leave()
        told = [
            (m.payload["kind"], m.payload["body"]) for m in house.heard() if m.device is line[5][1]
        ]
        assert told == [("pos_1", "You're next. Please stay close to the host stand.")]

    def test_minutes_can_be_told_instead_of_places(self, house, service):
        house.settle(nudge_places=(), nudge_minutes=10)
        line = self.line(house, service, 6)
        line[0][0].leave()
        line[1][0].leave()
        told = [m for m in house.heard() if m.device is line[5][1]]
        assert [m.payload["kind"] for m in told] == ["soon"]
        assert told[0].payload["body"].startswith("About ")
        assert "minutes left. Please start heading back." in told[0].payload["body"]
        assert (told[0].headers["urgency"], told[0].ttl) == ("normal", 300)

    def test_who_is_told_a_place_is_not_told_minutes_at_the_same_moment(self, house, service):
        house.settle(nudge_places=(5,), nudge_minutes=60)
        line = self.line(house, service, 6)
        line[0][0].leave()
        assert [m.payload["kind"] for m in house.heard() if m.device is line[5][1]] == ["pos_5"]

    def test_minutes_are_not_told_to_who_has_been_called(self, house, service):
        house.settle(nudge_places=(), nudge_minutes=60)
        line = self.line(house, service, 2)
        line[0][0].leave()
        house.does(host_commands.call, line[1][0])
        assert [m.payload["kind"] for m in house.heard() if m.device is line[1][1]] == ["called"]


class TestMistakes:
    """Who has heard of something that was a mistake hears that it was; nobody else does."""

    def test_a_call_that_is_taken_back_is_taken_back_on_the_phone(self, house, phone):
        house.guest("Zoe")
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        (call,) = house.heard()
        house.undo()
        (undone,) = house.heard()
        assert undone.payload["kind"] == "call_undone"
        assert undone.payload["body"] == (
            "Sorry, we called you by mistake. You keep your spot: you're 2nd."
        )
        assert undone.headers["urgency"] == "high"
        # It replaces the call, in the post and on the screen.
        assert undone.headers["topic"] == call.headers["topic"]
        assert "tag" not in undone.payload["notification"]

    def test_a_call_that_nobody_has_heard_is_taken_back_in_silence(self, house, phone):
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        house.undo()
        assert house.said() == []

    def test_who_is_called_again_hears_the_call_and_not_the_mistake(self, house, phone):
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        house.heard()
        house.undo()
        house.does(host_commands.call, anna)
        ((kind, _),) = house.said()
        assert kind == "called"

    def test_taking_back_anything_else_rings_nobody(self, house, phone):
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        house.heard()
        house.does(host_commands.seat, anna)
        house.undo()
        house.does(host_commands.extend, anna, 5 * MINUTE)
        house.undo()
        house.does(host_commands.call, anna)
        assert [kind for kind, _ in house.said()] == ["called"]
        house.undo()
        # The first call still stands.
        assert house.said() == []

    def test_a_longer_hold_is_not_news_and_a_later_call_lives_as_long(self, house, phone):
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        house.does(host_commands.extend, anna, 20 * MINUTE)
        (call,) = house.heard()
        assert 29 * 60 < call.ttl <= 30 * 60
        assert "within 30 min" in call.payload["body"]


class TestMissedCalls:
    """A no-show hears how to come back, and what becomes of it."""

    @pytest.fixture
    def anna(self, house, phone) -> Guest:
        anna = house.guest("Anna", phone)
        house.does(host_commands.call, anna)
        house.heard()
        house.does(host_commands.no_show, anna)
        return anna

    def test_a_no_show_hears_that_it_can_ask_for_its_place(self, house, anna):
        (message,) = house.heard()
        assert message.payload["kind"] == "no_show"
        assert "within 10 min" in message.payload["body"]
        assert 590 <= message.ttl <= 600

    def test_who_has_asked_already_is_not_told_how(self, house, anna):
        house.asks(guest_commands.ask_back, anna)
        assert house.said() == []

    def test_who_gets_the_place_back_hears_so(self, house, anna):
        house.asks(guest_commands.ask_back, anna)
        house.does(undo_commands.put_back, anna)
        assert house.said() == [("place_back", "You have your spot back: you're 1st.")]

    def test_who_does_not_get_the_place_back_hears_so(self, house, anna):
        house.asks(guest_commands.ask_back, anna)
        house.does(undo_commands.decline_back, anna)
        assert house.said() == [("place_declined", "Sorry, we couldn't give you your spot back.")]

    @pytest.mark.parametrize("how", ["restored", "undone"])
    def test_who_was_a_no_show_by_mistake_hears_that_the_table_is_held(self, house, anna, how):
        house.heard()
        if how == "restored":
            house.does(undo_commands.restore, anna)
        else:
            house.undo()
        ((kind, body),) = house.said()
        assert kind == "held_again"
        assert body.startswith("We're still holding your table.")

    def test_a_no_show_that_nobody_heard_of_is_undone_in_silence(self, house, anna):
        house.undo()
        assert house.said() == []

    def test_a_party_that_left_by_mistake_and_comes_back_is_called_as_any_other(self, house, phone):
        anna = house.guest("Anna", phone)
        anna.leave()
        house.does(undo_commands.restore, anna)
        assert house.said() == []
        house.does(host_commands.call, anna)
        assert [kind for kind, _ in house.said()] == ["called"]


def test_calls_do_not_wait_behind_messages(redis, house, service, phone):
    anna = house.guest("Anna", phone)
    house.host(lambda queue, now: host_commands.message(queue, now, "Hello", anna.id))
    house.does(host_commands.call, anna)
    work(redis, URGENT)
    assert [message.payload["kind"] for message in service.taken()] == ["called"]
    assert [kind for kind, _ in house.said()] == ["message"]
