"""Gzip compression of whole pages, for phones on slow networks."""

import gzip

from flask import Flask, Response, request

# Bytes; smaller responses fit into one packet anyway.
WORTHWHILE = 1_400
LEVEL = 6


def init_app(app: Flask) -> None:
    """Compress whole pages; polled fragments are small, and have the ETag of the plain text."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    is_page = response.mimetype == "text/html" and not response.direct_passthrough
    if not is_page or "ETag" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip"):
        page = response.get_data()
        if len(page) >= WORTHWHILE:
            response.set_data(gzip.compress(page, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    return response
