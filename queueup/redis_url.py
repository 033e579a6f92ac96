"""The address of Redis as an operator writes it: one server, or a primary that Sentinel names."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.connection import parse_url

SENTINEL, SENTINEL_TLS = "redis+sentinel", "rediss+sentinel"
SENTINEL_PORT = 26379
# What sentinels want to know of us, if anything; the rest of an address is for the servers.
FOR_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """Sentinels, the name under which they know the primary, and how to connect to both."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    options: dict[str, Any] = field(default_factory=dict)
    sentinel_options: dict[str, Any] = field(default_factory=dict)


def read_address(url: str) -> SentinelAddress | None:
    """Check an address, and return where the sentinels are if it names some. Raises ValueError."""
    if urlsplit(url).scheme not in (SENTINEL, SENTINEL_TLS):
        parse_url(url)
        return None
    return _sentinels(url)


def without_password(url: str) -> str:
    """Return an address as it may be shown and logged."""
    return url.rpartition("@")[2].partition("?")[0]


def _sentinels(url: str) -> SentinelAddress:
    # redis+sentinel://user:password@s1:26379,s2:26379/name/0
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("the name of the primary is missing")
    user, _, password = credentials.partition(":")
    options: dict[str, Any] = {"db": int(database or 0)}
    if user:
        options["username"] = unquote(user)
    if password:
        options["password"] = unquote(password)
    tls: dict[str, Any] = {"ssl": True} if parts.scheme == SENTINEL_TLS else {}
    sentinel_options = dict(tls)
    for name, value in parse_qsl(parts.query, strict_parsing=bool(parts.query)):
        if name not in FOR_SENTINELS:
            raise ValueError(f"{name} is not known")
        sentinel_options[FOR_SENTINELS[name]] = value
    found = tuple(_host(host) for host in hosts.split(","))
    return SentinelAddress(found, unquote(service), options | tls, sentinel_options)


def _host(text: str) -> tuple[str, int]:
    # As urlsplit reads it, which knows IPv6 addresses in brackets.
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a sentinel has no name")
    return parts.hostname, parts.port or SENTINEL_PORT
