"""Which browser the scripts, the measurements and the tests drive: the system's Chromium."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without a screen, without a sandbox in containers, and quiet: it would look for its maker's hosts.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    """Return the program: CHROMIUM of the environment, else the first one that is installed."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise SystemExit("No Chromium was found: install it, or name it in CHROMIUM.")
    return found
