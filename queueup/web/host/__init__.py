"""Hosts' pages and their actions."""

from . import actions, console, devices, lock, party, poster, screens, settings

blueprints = (
    console.bp,
    actions.bp,
    devices.bp,
    lock.bp,
    party.bp,
    poster.bp,
    screens.bp,
    settings.bp,
)
