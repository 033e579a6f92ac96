"""The fingerprint of a poll, a key of the response cache: not the ETag, which is of the content."""

import hashlib
from wsgiref.types import WSGIEnvironment

# Everything in a request that its response depends on.
DECIDES = (
    "QUERY_STRING",
    "HTTP_COOKIE",
    "HTTP_X_HOST_AUTH",
    "HTTP_HX_REQUEST",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_HOST",
    "wsgi.url_scheme",
)
# Stands for a header that is absent: an empty one is something else, as an empty Origin is refused.
ABSENT = "\1"


def fingerprint(environ: WSGIEnvironment) -> bytes:
    """Return a short digest, so that a padded request takes no more memory than others."""
    whole = "\0".join(environ.get(name, ABSENT) for name in DECIDES)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()
