"""Spans of time in milliseconds, the unit of every time in this program."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
