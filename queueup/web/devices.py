"""The devices that run a line: adding one by a link that works once."""

from flask import request

# What a browser says of the thing that it runs on, in the order in which it is to be believed.
KINDS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Windows", "Windows computer"),
    ("Linux", "Computer"),
)


def suggested_name() -> str:
    """Name the device that asks by its kind, until its host gives it another name."""
    agent = request.user_agent.string
    kind = next((name for mark, name in KINDS if mark in agent), "Device")
    if kind == "Android":
        return "Android phone" if "Mobile" in agent else "Android tablet"
    return kind
