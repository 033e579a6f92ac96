"""The names that periodic jobs had in 0.2.0: runs that it has planned wait in Redis under them."""

from queueup.jobs.periodic import erase_old_guests, record_waiting

__all__ = ["erase_old_guests", "record_waiting"]
