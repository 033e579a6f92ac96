"""The pages of hosts and what they do on them."""

from . import actions, console, day, devices, lists, lock, party, poster, settings

blueprints = (
    console.bp,
    actions.bp,
    day.bp,
    devices.bp,
    lists.bp,
    lock.bp,
    party.bp,
    poster.bp,
    settings.bp,
)
