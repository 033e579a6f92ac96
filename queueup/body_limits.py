"""The largest request bodies (bytes): the server reads a whole body before it asks the app."""

# Real ones are forms of a few hundred bytes.
BODY_LIMIT = 16 * 1024
# The settings of a line: twelve replies in four-byte characters, and everything else.
SETTINGS_LIMIT = 64 * 1024

# What the server reads: one byte more than any route accepts, so that the app knows a longer body.
READ_AHEAD = max(BODY_LIMIT, SETTINGS_LIMIT) + 1
