"""The ways in which a queue refuses a command, each in a sentence."""


class QueueError(Exception):
    """A rule of the queue says no."""

    sentence = "That is not possible."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class UnknownQueue(QueueError):
    """No queue has this code."""

    sentence = "Session not found"


class SessionClosed(QueueError):
    """The queue has been closed."""

    sentence = "Session closed"


class AlreadyInQueue(QueueError):
    """A party of the same name waits already, and the request carries no key of its own."""

    sentence = "You are already in this queue"


class QueueFull(QueueError):
    """The people waiting, the people called and this party exceed the capacity."""

    sentence = "Queue is full"


class UnknownParty(QueueError):
    """No active party of this queue has this id."""

    sentence = "Party not found"


class NextPartyNotWaiting(QueueError):
    """The chosen next party does not wait in this queue."""

    sentence = "nextParty not found in queue"


class ServedPartyNotCalled(QueueError):
    """The party to be marked served is not one of the called parties."""

    sentence = "servedParty does not match current"


class IllegalMove(QueueError):
    """The table of moves has no such move."""

    sentence = "That party is no longer where you saw it."


class NotJoinable(QueueError):
    """Guests cannot join at the moment; `why` names the reason for screens to word it."""

    sentence = "Nobody can join at the moment."

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


class SomebodyWasFaster(IllegalMove):
    """Another host, the guest or time has changed the party already; the sentence says what."""


class TableTaken(QueueError):
    """A party sits at that table already; the same command with `sure` seats this one too."""


class NothingToUndo(QueueError):
    """That action is not the last one any more, or things went on since."""

    sentence = "That can no longer be undone."


class NotPossibleNow(QueueError):
    """The command makes no sense in the party's or the queue's present state."""


class LastDevice(QueueError):
    """A queue needs one device that runs it."""

    sentence = "This is the only device of this line. Add another one first."


class InvitationSpent(QueueError):
    """The link for another device has been used, or is too old."""

    sentence = "This link has been used or is too old. Ask for a new one."


class WrongPin(QueueError):
    """The PIN is wrong, or was tried too often."""

    sentence = "That is not the PIN."
