"""Entity tags that have been through proxies: weakened, and named after a compression."""

import re
from wsgiref.types import WSGIEnvironment

HEADER = "HTTP_IF_NONE_MATCH"
# Apache appends "-gzip" to the tag of what it has compressed, Jetty "--gzip", others ";br".
_ADDED = re.compile(
    r'(?:[^\w"]+(?:x-)?(?:gzip|br|zstd|deflate|compress|identity))+(?=")', re.IGNORECASE
)


def plain(header: str) -> str:
    """Return an If-None-Match header with its tags as we wrote them.

    Every tag of ours is of the content, whatever a proxy does to its bytes on the way.
    """
    return _ADDED.sub("", header.replace("W/", ""))


def make_plain(environ: WSGIEnvironment) -> None:
    """Let the app see the tags of a request as it wrote them."""
    header = environ.get(HEADER)
    if header:
        environ[HEADER] = plain(header)


def lists(header: str, tag: str) -> bool:
    """Return whether a plain header lists this tag, or any (RFC 9110, section 13.1.2)."""
    return tag in header or header.strip() == "*"
