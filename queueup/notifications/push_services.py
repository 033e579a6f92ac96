"""The push services that requests may be sent to: the allow-list, and their names."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

# The push services of all browsers.
HOSTS = ("fcm.googleapis.com", "jmt17.google.com", "android.googleapis.com")
DOMAINS = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
# No user info, no other port, no character that two URL parsers could read differently.
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ENDPOINT = re.compile(
    rf"https://((?:{_LABEL}\.)+{_LABEL})(?::443)?/[!-\[\]-~]*", re.IGNORECASE | re.ASCII
)


def is_known_service(endpoint: str, extra_origins: Iterable[str]) -> bool:
    """Tell whether an endpoint belongs to a push service that we may send requests to."""
    if any(endpoint.startswith(f"{origin}/") for origin in extra_origins):
        return True
    match = _ENDPOINT.fullmatch(endpoint)
    if match is None:
        return False
    host = match[1].lower()
    return host in HOSTS or host.endswith(DOMAINS)


def origin_of(endpoint: str) -> str:
    """Return the origin of an endpoint as browsers write it: without the default port."""
    parts = urlsplit(endpoint)
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"


def service_of(endpoint: str) -> str:
    """Return the domain of a push service, such as `apple.com`, or its IP address."""
    host = urlsplit(endpoint).hostname or ""
    return host if host[-1:].isdigit() else ".".join(host.split(".")[-2:])
