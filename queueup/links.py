"""The links that leave the program: in messages, QR codes, API responses and terminals."""


def join_url(origin: str, code: str) -> str:
    """Return the address at which guests join a line."""
    return f"{origin}/queue/{code}"


def place_url(origin: str, code: str, party_id: str) -> str:
    """Return the address of a guest's own page."""
    return f"{join_url(origin, code)}/place?partyId={party_id}"


def board_url(origin: str, code: str) -> str:
    """Return the address of a line's board."""
    return f"{origin}/board/{code}"


def kiosk_url(origin: str, code: str) -> str:
    """Return the address of a line's kiosk."""
    return f"{origin}/kiosk/{code}"


def invitation_url(origin: str, code: str, secret: str) -> str:
    """Return the link that adds a device to a line.

    The secret is in the fragment, which browsers send to no server.
    """
    return f"{origin}/host/{code}/device#{secret}"
