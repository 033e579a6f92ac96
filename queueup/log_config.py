"""The logging configuration of every process: one line a record, to standard error.

Logs contain ids and times but never who the guests are. A party's id lets anyone act for the party,
so logs contain a hash of it instead.
"""

import hashlib
import logging
from typing import Protocol

from pythonjsonlogger.json import JsonFormatter

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
JSON = "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s"
NAMES = {"asctime": "at", "levelname": "level", "name": "logger", "process": "pid"}

# Libraries that log at INFO what our own lines say in fewer words.
QUIET = ("rq", "alembic", "flask-limiter")
# At DEBUG it logs the full URL of each push, with which anyone can send to that phone.
ALWAYS_QUIET = ("urllib3",)

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Writer(Protocol):
    """Something that lines can be written to."""

    def write(self, text: str, /) -> object:
        """Write lines."""


class NoArguments(logging.Filter):
    """Removes the arguments that RQ adds to the record of a failed job: they have party ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove them, and let the record pass."""
        for name in ("arguments", "kwargs"):
            vars(record).pop(name, None)
        return True


class TextFormatter(logging.Formatter):
    """Formats a line for people, with the fields of a record after its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback of an exception."""
        fields = [(name, value) for name, value in vars(record).items() if name not in _KNOWN]
        words = [record.getMessage(), *(f"{name}={value}" for name, value in fields)]
        plain = logging.makeLogRecord(vars(record) | {"msg": " ".join(words), "args": None})
        return super().format(plain)


def configure(level: str, as_json: bool = False, to: Writer | None = None) -> None:
    """Log from this level up, as text or as one JSON object a line, to standard error."""
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        JsonFormatter(JSON, rename_fields=NAMES, json_ensure_ascii=False)
        if as_json
        else TextFormatter(TEXT)
    )
    handler.addFilter(NoArguments())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in ALWAYS_QUIET if level == "DEBUG" else (*QUIET, *ALWAYS_QUIET):
        logging.getLogger(name).setLevel(logging.WARNING)


def party_hash(party_id: str) -> str:
    """Return the hash that stands for a party in logs; the id cannot be derived from it."""
    return hashlib.blake2b(party_id.encode(), digest_size=5).hexdigest()
