"""The pages of guests and what they do on them."""

from . import actions, pages

blueprints = (pages.bp, actions.bp)
