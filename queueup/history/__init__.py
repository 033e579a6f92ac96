"""The history in SQL: every event once, and for analysts one row per queue and party."""

from .database import HistoryUnavailable
from .repository import History

__all__ = ["History", "HistoryUnavailable"]
