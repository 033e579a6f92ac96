"""How every process of this program logs: one line each, to its standard error."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# Libraries that describe at INFO what our own lines say in fewer words.
QUIET = ("rq", "alembic", "urllib3", "flask-limiter")


def configure(level: str) -> None:
    """Log from this level up."""
    logging.basicConfig(level=level, format=FORMAT)
    logging.captureWarnings(True)
    if level != "DEBUG":
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
