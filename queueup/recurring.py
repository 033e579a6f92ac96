"""The periodic jobs under the names of 0.2.0, under which Redis still holds runs that it planned."""

from queueup.jobs.periodic import erase_old_guests, record_waiting

__all__ = ["erase_old_guests", "record_waiting"]
