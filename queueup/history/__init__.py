"""The history in SQL: every event once, and for analysts one row per queue and party."""

from .database import HistoryAway
from .repository import History

__all__ = ["History", "HistoryAway"]
