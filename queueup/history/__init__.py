"""The past in SQL: every event once, and what analysts ask about queues and parties."""

from .database import HistoryAway
from .repository import History, upgrade

__all__ = ["History", "HistoryAway", "upgrade"]
