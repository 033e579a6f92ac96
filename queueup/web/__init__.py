"""The web app: a package for each audience, and what they share."""

from pathlib import Path
from wsgiref.types import WSGIApplication

from flask import Flask, appcontext_pushed, g
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from queueup.body_limits import BODY_LIMIT
from queueup.services import EXTENSION, Services, current

from . import api, board, errors, guest, health, home, host, kiosk, mistyped_urls, ops, pwa
from .legacy_sockets import routes as legacy_sockets
from .middleware import (
    compression,
    cross_origin,
    early_refusals,
    load_shedding,
    plain_address,
    proxy_hints,
    rate_limits,
    request_guard,
    request_log,
    security_headers,
    senders,
    static_responses,
)
from .polling import conditional_get, response_cache, snapshot
from .templating import filters, join_status, line_clock, locale


class CodeConverter(BaseConverter):
    """A queue's code in a path, in upper or lower case."""

    regex = "[A-Za-z0-9]{6}"

    def to_python(self, value: str) -> str:
        """Return the code in upper case, as it is stored."""
        return value.upper()


def create_app(services: Services, root: Path) -> Flask:
    """Build the web app on these services, with the templates and static files of this folder."""
    app = Flask(__name__, template_folder=root / "templates", static_folder=None)
    app.extensions[EXTENSION] = services
    _make_current(app, services)
    _init_app(app, services, root / "static")
    return app


def _make_current(app: Flask, services: Services) -> None:
    """Make the services those of each of the app's contexts: a process may have several apps."""

    def pushed(_: Flask, **__: object) -> None:
        g.services_before = current.set(services)

    @app.teardown_appcontext
    def popped(_: BaseException | None) -> None:
        current.reset(g.services_before)

    appcontext_pushed.connect(pushed, app, weak=False)


def _init_app(app: Flask, found: Services, static: Path) -> None:
    """Register all routes and what they share."""
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    app.url_map.converters["code"] = CodeConverter
    Htmx(app)
    for part in (
        request_log,
        request_guard,
        proxy_hints,
        cross_origin,
        mistyped_urls,
        errors,
        security_headers,
        compression,
        filters,
        line_clock,
        locale,
        join_status,
    ):
        part.init_app(app)
    for blueprint in (
        *api.blueprints,
        *guest.blueprints,
        *host.blueprints,
        *(module.bp for module in (board, health, home, kiosk, ops, pwa, snapshot)),
    ):
        app.register_blueprint(blueprint)
    if found.settings.legacy_sockets:
        legacy_sockets.init_app(app)
    refusals = early_refusals.EarlyRefusals()
    app.extensions[early_refusals.EXTENSION] = refusals
    rate_limits.init_app(app, refusals)
    known = senders.Senders()
    senders.init_app(app, known)

    @app.template_global()
    def static_url(name: str) -> str:
        """Return the URL of a static file, with the release so that it can be cached for ever."""
        return f"/static/{name}?v={found.release}"

    # From the inside out: views, host check, load shedding, used-up limits, static files,
    # conditional GET, and the headers of proxies.
    guarded = request_guard.HostGuard(app.wsgi_app)
    shed = load_shedding.LoadSheddingMiddleware(guarded, found.settings.requests_at_once, known)
    app.extensions[load_shedding.EXTENSION] = shed
    refusing = early_refusals.EarlyRefusalMiddleware(shed, refusals)
    files = static_responses.StaticFilesMiddleware(refusing, static)
    responses = response_cache.ResponseCache(found.settings.cache_bytes)
    app.extensions[response_cache.EXTENSION] = responses
    wsgi: WSGIApplication = conditional_get.ConditionalGetMiddleware(
        files, found.snapshots, responses, found.reachability
    )
    if count := found.settings.trusted_proxies:
        # Not X-Forwarded-Host: a proxy that does not set it passes on what the client sent.
        wsgi = plain_address.PlainAddressMiddleware(wsgi)
        wsgi = ProxyFix(wsgi, x_for=count, x_proto=count)
    app.wsgi_app = wsgi  # type: ignore[method-assign, assignment]
