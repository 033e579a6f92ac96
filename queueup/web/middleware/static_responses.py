"""Static files, served by WhiteNoise with the headers and the entity tags of all our responses."""

from collections.abc import Iterable
from pathlib import Path
from wsgiref.headers import Headers
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from queueup.web import entity_tags
from queueup.web.errors import MARK, OURS

YEAR_S = 365 * 24 * 3600


class StaticFilesMiddleware(WhiteNoise):  # type: ignore[misc]  # whitenoise is not typed
    """WSGI middleware that serves the files of a folder, and passes on all other requests."""

    def __init__(self, app: WSGIApplication, folder: Path) -> None:
        super().__init__(
            app, root=folder, prefix="static/", max_age=YEAR_S, add_headers_function=_add_headers
        )

    @staticmethod
    def serve(
        static_file: StaticFile, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve a file, or answer 304."""
        header = environ.get(entity_tags.HEADER)
        # WhiteNoise compares the whole header with the tag, as one text.
        if header and entity_tags.lists(header, static_file.etag):
            environ[entity_tags.HEADER] = static_file.etag
        served: Iterable[bytes] = WhiteNoise.serve(static_file, environ, start_response)
        return served


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers[OURS] = MARK
