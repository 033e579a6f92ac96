"""The length of a listening socket's accept queue (Linux only)."""

import socket
import sys

# tcpi_unacked of tcp_info (linux/tcp.h): for a listening socket, its connections not yet accepted.
UNACCEPTED = slice(24, 28)


def accept_queue_length(listener: socket.socket) -> int:
    """Count the connections not yet accepted; 0 where the system does not say."""
    if not hasattr(socket, "TCP_INFO"):
        return 0
    try:
        info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACCEPTED.stop)
    except OSError:  # a Unix socket
        return 0
    return int.from_bytes(info[UNACCEPTED], sys.byteorder)
