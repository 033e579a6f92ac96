"""Ports for what tests start, none of them given out twice."""

import os
import socket
from itertools import count

# Below those that the system gives to outgoing connections: a server that lets go of one of these
# and comes back would find it taken.
FIRST, LAST = 20_000, 32_000
# Each process of a test run takes its own part of them.
A_PROCESS = 1_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_numbers = count(os.getpid())


def free_port() -> int:
    """Return a port that nobody uses, and that this test run gives to nobody else."""
    first = FIRST + _WORKER * A_PROCESS % (LAST - FIRST)
    while not _is_free(port := first + next(_numbers) % A_PROCESS):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As a server does; otherwise the last connections to an earlier one would stand in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
