"""Pages go out compressed: a phone with one bar of signal feels every kilobyte."""

import gzip

from flask import Flask, Response, request

# Less than this fits into one packet anyway, bytes.
WORTHWHILE = 1_400
LEVEL = 6


def init_app(app: Flask) -> None:
    """Compress whole pages; what is polled is small, and tagged for what it is."""
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
