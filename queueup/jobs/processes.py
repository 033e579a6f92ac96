"""The names of the background processes, for code that starts them and must not import them."""

URGENT = "urgent"
LATER = "later"
SCHEDULER = "scheduler"
NAMES = (URGENT, LATER, SCHEDULER)
