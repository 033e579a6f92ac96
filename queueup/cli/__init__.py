"""The operator's commands: backup, restore, and an invitation for a device."""

import argparse
import importlib
import os
import signal
import sys

from queueup.errors import OperatorError

# Each is a module of this package, loaded only to be run: its argument, what it does, and what to
# say when the argument is missing.
COMMANDS = {
    "backup": (
        "FILE.tar.gz",
        "back up the data folder, whether or not QueueUp is running",
        "Say where the backup goes: make backup TO=queueup.tar.gz",
    ),
    "restore": (
        "FILE.tar.gz",
        "make a data folder from a backup",
        "Say which backup to restore: make restore FROM=queueup.tar.gz",
    ),
    "invite": (
        "CODE",
        "let a new device manage a line whose own devices are all lost",
        "Say which line to let a device run: make invite CODE=K7M4XQ",
    ),
}


def main(arguments: list[str]) -> int:
    """Run the command in these arguments; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m queueup", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, (metavar, what, _) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("arguments", metavar=metavar, nargs="*")
    given = parser.parse_args(arguments)
    # Checked here: argparse would say in two lines less than this sentence does.
    argument = given.arguments[0].strip() if len(given.arguments) == 1 else ""
    if not argument:
        sys.stderr.write(f"{COMMANDS[given.command][2]}\n")
        return 2
    # Raises SystemExit, so that a command that is stopped leaves no half of its work behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        shown = importlib.import_module(f".{given.command}", __name__).run(argument, os.environ)
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or argument}: {error.strerror or error}.\n")
        return 1
    sys.stdout.write(f"{shown}\n")
    return 0
