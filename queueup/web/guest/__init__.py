"""Guests' pages and their actions."""

from . import actions, place

# Their routes are on the blueprint of `place`.
from . import claims as claims
from . import joining as joining

blueprints = (place.bp, actions.bp)
