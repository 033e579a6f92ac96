"""Canned replies and reasons that a host sends with one tap; guests read them in their language.

The reason for a move is shown to the party that moves up and to every party that it passes.
"""

QUICK_REPLIES = (
    "The kitchen is a little slow tonight. Thank you for waiting.",
    "We're clearing your table now.",
    "Please come to the host stand when you can.",
    "You're welcome to wait at the bar.",
)

PAUSED = (
    "The kitchen needs a moment.",
    "All our tables are taken.",
    "We have a private event tonight.",
    "We are closing soon.",
)
MOVED = (
    "A table for that party size opened up",
    "Reservation",
    "Someone needs seating close by",
    "We got the order wrong",
)
SET_ASIDE = (
    "Stepped out for a moment",
    "Party not complete yet",
    "Wants to wait a little longer",
    "Waiting for a specific table",
)
REMOVED = (
    "Asked to be taken off the list",
    "Was on the list twice",
    "We couldn't reach you",
    "We can't take more guests tonight",
)

# Stored by earlier releases: lines that still run, and the history, may hold them.
FORMER_QUICK_REPLIES = (
    "Your table is being cleared now.",
    "You are welcome to wait at the bar.",
)
FORMER_REASONS = (
    "A table came free for that party size",
    "A booked party",
    "Somebody needs a seat nearby",
    "We mixed up the order",
    "Not everybody is here yet",
    "Waits for a certain table",
    "We could not reach you",
    "We cannot take more guests tonight",
)

READ_BY_GUESTS = PAUSED + MOVED + SET_ASIDE + REMOVED + FORMER_REASONS
