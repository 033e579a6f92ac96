"""The web app; run directly, it starts everything that an unconfigured machine needs."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def web() -> "Flask":
    """Make the app of one web process, subscribed to every commit."""
    from queueup import create_app
    from queueup.config import read_settings
    from queueup.services import EXTENSION

    app = create_app(read_settings(os.environ))
    app.extensions[EXTENSION].start()
    return app


if __name__ == "__main__":
    from queueup.server import supervisor

    sys.exit(supervisor.main())
