"""Guests' pages and their actions."""

from . import actions, pages

blueprints = (pages.bp, actions.bp)
