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
