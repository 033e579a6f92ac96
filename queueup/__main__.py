"""The operator's commands: python -m queueup backup FILE, restore FILE or invite CODE."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
