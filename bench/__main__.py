"""Run the measurements named on the command line, or all of them, and print a table."""

import importlib
import sys

ALL = ("imports", "estimates", "polls", "commits", "pages", "pushes", "sockets", "hybrid")


def main(names: list[str]) -> None:
    """Print a table of what was measured."""
    for name in names or ALL:
        module = importlib.import_module(f"bench.{name}")
        print(f"\n{module.__doc__.splitlines()[0]}")  # noqa: T201
        for what, how_much in module.run():
            print(f"  {what:<52} {how_much}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
