"""The ready-made words that a host gives guests as a reason; guests read them in their language.

Everybody whom a move concerns reads its reason: whoever moves up, and whoever is overtaken.
"""

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
