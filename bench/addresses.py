"""Where the clients of a load come from: addresses of this machine that stand for networks.

Every address in 127.0.0.0/8 is this machine's. Half of the guests use the wifi of the restaurant,
as its host does; one in ten has the address of a mobile carrier, which guests of all lines share.
"""

CARRIER = "127.2.0.1"
CARRIER_EVERY = 10


def wifi(line: int) -> str:
    """Return the address of a restaurant, by the number of its line."""
    return _address(1, line)


def guest(line: int, place: int) -> str:
    """Return the address of a guest, by the numbers of the line and of the guest in it."""
    if place % CARRIER_EVERY == 0:
        return CARRIER
    return wifi(line) if place % 2 else _address(3, line * 97 + place)


def stranger(number: int) -> str:
    """Return one of the addresses that no honest client has."""
    return _address(9, number)


def _address(network: int, number: int) -> str:
    return f"127.{network}.{number // 250 % 250}.{number % 250 + 1}"
