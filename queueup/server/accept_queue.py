"""How many connections wait at the door of the web server, as Linux tells it."""

import socket
import sys

# tcpi_unacked of tcp_info (linux/tcp.h): for a listening socket, its connections not yet accepted.
UNACCEPTED = slice(24, 28)


def accept_queue_length(listener: socket.socket) -> int:
    """Count the connections that wait to be accepted; 0 where the system does not say."""
    if not hasattr(socket, "TCP_INFO"):
        return 0
    try:
        told = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACCEPTED.stop)
    except OSError:  # a socket of the file system
        return 0
    return int.from_bytes(told[UNACCEPTED], sys.byteorder)
