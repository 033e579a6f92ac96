"""The fingerprint of a poll, a key of the response cache: not the ETag, which is of the content."""

import hashlib
from urllib.parse import unquote_plus
from wsgiref.types import WSGIEnvironment

# Everything in a request that its response depends on, but for the path and the query.
DECIDES = (
    "HTTP_COOKIE",
    "HTTP_X_HOST_AUTH",
    "HTTP_HX_REQUEST",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_SEC_FETCH_MODE",
    "HTTP_SEC_FETCH_DEST",
    "HTTP_HOST",
    "wsgi.url_scheme",
)
# The parameters of the query that a poll reads. All others may be anything, and as many as somebody
# can invent.
PARAMETERS = ("partyId", "view", "spoken")
# Stands for what is absent: an empty header is something else, as an empty Origin is refused.
ABSENT = "\1"


def fingerprint(environ: WSGIEnvironment) -> bytes:
    """Return a short digest, so that a padded request takes no more memory than others."""
    said = [environ.get(name, ABSENT) for name in DECIDES]
    whole = "\0".join((_asked(environ.get("QUERY_STRING", "")), *said))
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _asked(query: str) -> str:
    """Return the parameters that are read, each as it is given first, as Werkzeug finds it."""
    if query.startswith("partyId=") and "&" not in query:
        # Nearly all polls are of this kind.
        return query
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if "%" in name or "+" in name:
            name = unquote_plus(name)
        if name in PARAMETERS and name not in found:
            found[name] = value
    return "&".join([f"{name}={found[name]}" for name in PARAMETERS if name in found])
