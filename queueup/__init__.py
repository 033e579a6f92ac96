"""QueueUp: a restaurant's waitlist."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .config import Settings

__version__ = "0.3.0"


def create_app(settings: "Settings") -> "Flask":
    """Build the web app; only this call loads the web framework."""
    from .factory import create_app as build

    return build(settings)
