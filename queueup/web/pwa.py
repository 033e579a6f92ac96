"""The progressive web app: manifest, service worker and offline page."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import Environment, meta, nodes

from queueup.i18n.catalog import N_, tag
from queueup.ids import is_code
from queueup.services import services
from queueup.web.templating.locale import current
from queueup.web.templating.locale import gettext as _

bp = Blueprint("installed_app", __name__)

STATIC = Path(__file__).parents[2] / "static"
SERVICE_WORKER = STATIC / "sw.js"
# The names that the worker shares with the pages' scripts.
NAMES = STATIC / "js" / "names.js"
BACKGROUND = "#f6f4ee"
THEME = "#f6f4ee"

# The pages that must work without a network, and the images of notifications.
KEPT_PAGES = ("guest/place.html", "offline.html")
KEPT_IMAGES = ("icons/icon-192.png", "icons/badge.png")
# Scripts that the base page loads for the host alone.
OF_HOST = "js/host/"

ICONS = (
    ("icons/icon-192.png", 192, "any"),
    ("icons/icon-512.png", 512, "any"),
    ("icons/maskable-512.png", 512, "maskable"),
)
SCREENSHOTS = (
    ("screenshots/host.png", "1180x820", "wide", N_("The host's list and the called parties")),
    ("screenshots/guest.png", "390x844", "narrow", N_("A guest's spot in line")),
)
# Apps of the unattended screens, which start in full screen.
SCREENS = {"board": ("Board", "board.board"), "kiosk": ("Kiosk", "kiosk.start")}
SHORTCUTS = ((N_("Open a line"), "host.new"), (N_("Join with a code"), "home.home"))


@cache
def shell(environment: Environment) -> list[str]:
    """Return the static files that the kept pages load, as their templates name them."""
    loader = environment.loader
    assert loader is not None
    found = set(KEPT_IMAGES)
    waiting, seen = list(KEPT_PAGES), set(KEPT_PAGES)
    while waiting:
        template = environment.parse(loader.get_source(environment, waiting.pop())[0])
        for call in template.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "static_url":
                found.add(call.args[0].as_const())
        parts = {name for name in meta.find_referenced_templates(template) if name} - seen
        waiting += parts
        seen |= parts
    return sorted(name for name in found if not name.startswith(OF_HOST))


@bp.get("/sw.js")
def service_worker() -> ResponseReturnValue:
    """Return the service worker, which is replaced when the release or the language changes."""
    constants = {
        "RELEASE": services().release,
        "SHELL_FILES": [_static_url(name) for name in shell(current_app.jinja_env)],
        # Shown for a push message that cannot be read.
        "UNREADABLE": {
            "title": _("News about your spot in line"),
            "body": _("Tap to see what has changed."),
        },
        "ICONS": {
            "large": _static_url("icons/icon-192.png"),
            "badge": _static_url("icons/badge.png"),
        },
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    head = "\n".join(['"use strict";', *lines, ""])
    script = head + NAMES.read_text() + SERVICE_WORKER.read_text()
    response = Response(script, mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    return _revalidated(response)


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Return the manifest (W3C Web Application Manifest)."""
    description: dict[str, Any] = {
        "name": "QueueUp",
        "short_name": "QueueUp",
        "lang": tag(current()),
        "description": _(
            "A restaurant's waitlist: join with a code and get notified when your table is ready."
        ),
        "id": "/",
        "start_url": _start_url(),
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "categories": ["food", "productivity"],
        "icons": [
            _image(name, f"{size}x{size}") | {"purpose": purpose} for name, size, purpose in ICONS
        ],
        "shortcuts": [
            {
                "name": _(name),
                "url": url_for(view),
                "icons": [_image("icons/icon-192.png", "192x192")],
            }
            for name, view in SHORTCUTS
        ],
        "screenshots": [
            _image(name, size) | {"form_factor": form, "label": _(label)}
            for name, size, form, label in SCREENSHOTS
        ],
    }
    description |= _screen()
    response = _revalidated(Response(json.dumps(description), mimetype="application/manifest+json"))
    # It may name the place of a guest.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/offline")
def offline() -> ResponseReturnValue:
    """Return the page that the service worker shows when offline."""
    return _revalidated(Response(render_template("offline.html")))


def _screen() -> dict[str, Any]:
    """Return the manifest fields that differ for a board or a kiosk."""
    code, screen = request.args.get("code", ""), request.args.get("screen", "")
    if screen not in SCREENS or not is_code(code):
        return {}
    name, view = SCREENS[screen]
    address = url_for(view, code=code)
    return {
        "name": f"{name} {code}",
        "short_name": name,
        "id": address,
        "start_url": address,
        "display": "fullscreen",
    }


def _start_url() -> str:
    """Return the URL that the app opens: the place of a guest in line, or the front page."""
    code, party_id = request.args.get("code", ""), request.args.get("partyId", "")
    # On iOS an installed app has its own cookies, so the URL must identify the guest.
    if is_code(code) and party_id:
        return url_for("guest.place", code=code, partyId=party_id)
    return "/"


def _image(name: str, size: str) -> dict[str, Any]:
    return {"src": _static_url(name), "sizes": size, "type": "image/png"}


def _static_url(name: str) -> str:
    url: str = current_app.jinja_env.globals["static_url"](name)  # type: ignore[operator]
    return url


def _revalidated(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(("Accept-Language", "Cookie"))
    response.add_etag()
    response.make_conditional(request)
    return response
