"""Canned replies and reasons that a host sends with one tap; guests read them in their language.

The reason for a move is shown to the party that moves up and to every party that it passes.
"""

QUICK_REPLIES = (
    "The kitchen is a little slow tonight. Thank you for waiting.",
    "Your table is being cleared now.",
    "Please come to the host stand when you can.",
    "You are welcome to wait at the bar.",
)

PAUSED = (
    "The kitchen needs a moment.",
    "All our tables are taken.",
    "We have a private event tonight.",
    "We are closing soon.",
)
MOVED = (
    "A table came free for that party size",
    "A booked party",
    "Somebody needs a seat nearby",
    "We mixed up the order",
)
SET_ASIDE = (
    "Stepped out for a moment",
    "Not everybody is here yet",
    "Wants to wait a little longer",
    "Waits for a certain table",
)
REMOVED = (
    "Asked to be taken off the list",
    "Was on the list twice",
    "We could not reach you",
    "We cannot take more guests tonight",
)

READ_BY_GUESTS = PAUSED + MOVED + SET_ASIDE + REMOVED
