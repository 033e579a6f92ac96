"""The name of `python -m queueup invite` in 0.2.0, for cron jobs and scripts."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main(["invite", *sys.argv[1:]]))
