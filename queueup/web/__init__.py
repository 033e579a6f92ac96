"""The web: one module an audience, and what they share."""

from pathlib import Path

from flask import Flask
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter
from whitenoise import WhiteNoise

from queueup.services import EXTENSION, Parts

from . import (
    api,
    api_actions,
    board,
    compression,
    errors,
    guest,
    guest_acting,
    headers,
    health,
    home,
    host,
    host_acting,
    host_day,
    host_devices,
    host_lists,
    host_party,
    host_settings,
    host_words,
    installed_app,
    joining,
    kiosk,
    languages,
    limits,
    lock_screen,
    malformed,
    openapi,
    ops,
    origins,
    polling,
    poster,
    push,
    shedding,
    short_cut,
    sockets,
    track,
    words,
)

# What a request may carry: the largest honest body is a form of a few hundred bytes.
BODY_LIMIT = 16 * 1024
YEAR_S = 365 * 24 * 3600


class CodeConverter(BaseConverter):
    """A queue's code in a path, in any case."""

    regex = "[A-Za-z0-9]{6}"

    def to_python(self, value: str) -> str:
        """Return the code as it is kept."""
        return value.upper()


def init_app(app: Flask, static: Path) -> None:
    """Hang all routes and what they share onto the app."""
    found: Parts = app.extensions[EXTENSION]
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    app.url_map.converters["code"] = CodeConverter
    Htmx(app)
    ops.init_app(app)
    malformed.init_app(app)
    origins.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    compression.init_app(app)
    words.init_app(app)
    host_words.init_app(app)
    languages.init_app(app)
    joining.init_app(app)
    for module in (
        api,
        api_actions,
        board,
        guest,
        guest_acting,
        health,
        home,
        host,
        host_acting,
        host_day,
        host_devices,
        host_lists,
        host_party,
        host_settings,
        installed_app,
        kiosk,
        lock_screen,
        openapi,
        ops,
        polling,
        poster,
        push,
        track,
    ):
        app.register_blueprint(module.bp)
    if found.settings.legacy_sockets:
        sockets.init_app(app)
    limits.init_app(app)

    @app.template_global()
    def static_url(name: str) -> str:
        """Return the address of a static file; it names the release, so it may be kept for ever."""
        return f"/static/{name}?v={found.release}"

    # From the inside out: pages, how many at once, static files, polls answered from memory, the
    # proxy's word.
    shed = shedding.Shedding(app.wsgi_app, found.settings.requests_at_once)
    app.extensions[shedding.EXTENSION] = shed
    wsgi = WhiteNoise(
        shed,
        root=static,
        prefix="static/",
        max_age=YEAR_S,
        add_headers_function=headers.for_static,
    )
    wsgi = short_cut.AnswerFromMemory(wsgi, found.waitlist.memory, found.reach)
    if count := found.settings.trusted_proxies:
        # Not X-Forwarded-Host: not every proxy sets it, and what a client says there goes through.
        wsgi = ProxyFix(wsgi, x_for=count, x_proto=count)
    app.wsgi_app = wsgi  # type: ignore[method-assign]
