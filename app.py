"""The web app; run directly, it starts everything that an unconfigured machine needs."""

import os
import sys

from flask import Flask

from queueup import create_app
from queueup.config import read_settings
from queueup.services import services


def web() -> Flask:
    """Make the app of one web process, listening to every commit."""
    app = create_app(read_settings(os.environ))
    with app.app_context():
        services().start()
    return app


if __name__ == "__main__":
    from queueup.server import supervisor

    sys.exit(supervisor.main())
