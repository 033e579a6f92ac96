"""Run the measurements named on the command line, or all of them, and print a table.

The exit code is 1 if a promise that one of them judges is broken.
"""

import importlib
import sys

ALL = (
    "imports",
    "estimates",
    "polls",
    "commits",
    "servers",
    "pages",
    "pushes",
    "sockets",
    "reports",
    "hybrid",
)


def main(names: list[str]) -> int:
    """Print a table of what was measured, and return how many promises were broken."""
    broken = 0
    for name in names or ALL:
        module = importlib.import_module(f"bench.{name}")
        print(f"\n{module.__doc__.splitlines()[0]}")  # noqa: T201
        # A row that judges a promise also says whether it was kept.
        for what, how_much, *judged in module.run():
            said = "".join(": kept" if kept else ": BROKEN" for kept in judged)
            broken += judged.count(False)
            print(f"  {what:<52} {how_much}{said}", flush=True)  # noqa: T201
    return broken


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
