"""The network of a client's address, by which its sockets are counted."""

import ipaddress

# A home or a restaurant is given an IPv6 network of this size (RFC 6177).
NETWORK_BITS = 56


def network(address: str | None) -> str:
    """Return the network of a client's address, or "nowhere" for what is no address."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "nowhere"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
