"""Who a request comes from, as far as limits can tell: an address, and the networks around it."""

import ipaddress
import re

# IPv6 addresses count by network: each connection is given a whole one (RFC 6177).
CLIENT_BITS = 64
# Who has more networks than one counts by those as well, with so many times the limit.
WIDER = {56: 4, 48: 16}
# Stands for whatever is no address: a client cannot become another one by making something up.
NOBODY = "unknown"

_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")


def plain(given: str) -> str:
    """Return an address without its port, "" for what is no address."""
    address = _address(given)
    return str(address) if address else ""


def client(given: str | None, bits: int = CLIENT_BITS) -> str:
    """Return what counts as one client: an IPv4 address, or an IPv6 network of this size."""
    address = _address(given or "")
    if address is None:
        return NOBODY
    return str(address) if address.version == 4 else _network(address, bits)


def wider_network(given: str | None, bits: int) -> str | None:
    """Return the wider network of an IPv6 address, None for any other client."""
    address = _address(given or "")
    return _network(address, bits) if address and address.version == 6 else None


def _address(given: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    match = _WITH_PORT.fullmatch(given.strip())
    text = (match[1] or match[2]) if match else given.strip()
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A server that listens to both kinds sees an IPv4 address as an IPv6 one.
    return getattr(address, "ipv4_mapped", None) or address


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network((int(address), bits), strict=False))
