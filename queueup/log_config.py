"""How every process of this program logs: one line each, to its standard error.

A line says ids and times and never who the guests are: whoever knows a party's id may act for it,
so lines name a party by a mark that leads nowhere.
"""

import hashlib
import logging

from pythonjsonlogger.json import JsonFormatter

from queueup.server.stdio import Output

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
JSON = "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s"
NAMES = {"asctime": "at", "levelname": "level", "name": "logger", "process": "pid"}

# Libraries that describe at INFO what our own lines say in fewer words.
QUIET = ("rq", "alembic", "flask-limiter")
# At DEBUG it writes the whole address of each push: who knows it can send to that phone.
ALWAYS_QUIET = ("urllib3",)

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class NoArguments(logging.Filter):
    """Takes away what RQ adds to the record of a failed job: the ids of its parties are in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without them."""
        for name in ("arguments", "kwargs"):
            vars(record).pop(name, None)
        return True


class TextFormatter(logging.Formatter):
    """Writes a line for people, with the fields of a record after its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it what an exception says."""
        fields = [(name, value) for name, value in vars(record).items() if name not in _KNOWN]
        words = [record.getMessage(), *(f"{name}={value}" for name, value in fields)]
        plain = logging.makeLogRecord(vars(record) | {"msg": " ".join(words), "args": None})
        return super().format(plain)


def configure(level: str, as_json: bool = False, to: Output | None = None) -> None:
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


def mark(party_id: str) -> str:
    """Return what a line calls a party: the same for the same party, and no way to its id."""
    return hashlib.blake2b(party_id.encode(), digest_size=5).hexdigest()
