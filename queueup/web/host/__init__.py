"""Hosts' pages and their actions."""

from . import actions, console, devices, lock, party, poster, reports, screens, settings

blueprints = (
    console.bp,
    actions.bp,
    devices.bp,
    lock.bp,
    party.bp,
    poster.bp,
    reports.bp,
    screens.bp,
    settings.bp,
)
