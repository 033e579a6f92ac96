"""The ways in which a queue refuses a command, each with a sentence for people.

Some sentences are part of the JSON API. Code tells refusals apart by class, and where one class has
several reasons by `code`; never by sentence.
"""


class QueueError(Exception):
    """A rule of the queue refuses the command."""

    code = "refused"
    sentence = "That's not possible."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class UnknownQueue(QueueError):
    """No queue has this code."""

    sentence = "Session not found"


class SessionClosed(QueueError):
    """The queue has been closed."""

    sentence = "Session closed"


class AlreadyInQueue(QueueError):
    """A party of the same name is in line already, and the request has no idempotency key."""

    code = "already_in_queue"
    sentence = "You are already in this queue"


class QueueFull(QueueError):
    """The people waiting and called, together with this party, exceed the capacity."""

    sentence = "Queue is full"


class UnknownParty(QueueError):
    """No active party of this queue has this id."""

    sentence = "Party not found"


class NextPartyNotWaiting(QueueError):
    """The party to be called next is not waiting in this queue."""

    sentence = "nextParty not found in queue"


class ServedPartyNotCalled(QueueError):
    """The party to be marked as served has not been called."""

    sentence = "servedParty does not match current"


class IllegalMove(QueueError):
    """The party's status does not allow this move (`model.MOVES`)."""

    sentence = "That party is no longer where you saw it."


class NotJoinable(QueueError):
    """Guests cannot join at the moment; `why` is a code for the reason."""

    sentence = "No one can join right now."

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


class SomebodyWasFaster(IllegalMove):
    """The party has been changed since, by another host, its guest or a timer."""


class TableTaken(QueueError):
    """Another party sits at that table; repeat the command with `sure` to seat this one too."""


class NothingToUndo(QueueError):
    """The action is no longer the last one, or the party has been changed since."""

    sentence = "That can no longer be undone."


class NotPossibleNow(QueueError):
    """The present state of the party or the queue rules the command out; `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class LastDevice(QueueError):
    """The last device of a queue cannot be removed."""

    sentence = "This is the line's only device. Add another one first."


class InvitationSpent(QueueError):
    """The link for another device has been used or has expired."""

    sentence = "This link has been used or has expired. Ask for a new one."


class WrongPin(QueueError):
    """The PIN is wrong."""

    sentence = "Wrong PIN."
