"""Says which setting is missing when a proxy stands before the server, and the settings differ."""

import logging
import re

from flask import Flask, current_app, request
from werkzeug.exceptions import Forbidden

from queueup import metrics
from queueup.services import services
from queueup.web.errors import is_api

log = logging.getLogger(__name__)

SAID = "queueup.proxy_hints"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,260}")

NO_PROXIES = (
    "X-Forwarded-For comes in, but TRUSTED_PROXIES=0: everybody behind the proxy counts as one "
    "client. Set TRUSTED_PROXIES to the number of your proxies."
)


class WrongOwnAddress(Forbidden):
    """A form of our own page that looks like another site's, as the address is not configured."""

    title = "A setting is missing"


def init_app(app: Flask) -> None:
    """Look at the headers of every request."""
    app.extensions[SAID] = set()
    app.before_request(_notice_forwarded)


def explain_origin(origin: str) -> WrongOwnAddress | None:
    """Return the refusal of a form that is ours, None if it may be another site's."""
    is_same = request.headers.get("Sec-Fetch-Site") == "same-origin"
    # Browsers send no Sec-Fetch-Site to http://, nor do older ones; but who else has our host?
    is_https = not is_api() and origin == f"https://{request.host}" and not request.is_secure
    if not (is_same or is_https) or not _ORIGIN.fullmatch(origin):
        return None
    own = services().settings.app_base_url or request.host_url.rstrip("/")
    sentence = (
        f"Your browser has opened this page at {origin}, but the server takes {own} for its own "
        f"address. Whoever runs the server: set APP_BASE_URL={origin}."
    )
    _say_once("APP_BASE_URL", sentence)
    return WrongOwnAddress(sentence)


def _notice_forwarded() -> None:
    if "X-Forwarded-For" in request.headers and not services().settings.trusted_proxies:
        metrics.FORWARDED_IGNORED.inc()
        _say_once("TRUSTED_PROXIES", NO_PROXIES)


def _say_once(setting: str, sentence: str) -> None:
    said: set[str] = current_app.extensions[SAID]
    if setting not in said:
        said.add(setting)
        log.warning(sentence)
