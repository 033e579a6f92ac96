"""What makes the pages an app: its manifest, its service worker, and a page for no network."""

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from queueup.i18n.catalog import N_, tag
from queueup.ids import is_code
from queueup.services import services
from queueup.web.templating.locale import current
from queueup.web.templating.locale import gettext as _

bp = Blueprint("installed_app", __name__)

SERVICE_WORKER = Path(__file__).parents[2] / "static" / "sw.js"
BACKGROUND = "#f6f4ee"
THEME = "#f6f4ee"

# What the guest's page and the offline page need to look and work right without the server.
SHELL = (
    "css/base.css",
    "css/guest.css",
    "vendor/htmx.min.js",
    "js/trusted-types.js",
    "js/relative-times.js",
    "js/poll.js",
    "js/form-guard.js",
    "js/guest/ring.js",
    "js/chime.js",
    "js/guest/attention.js",
    "js/install-prompt.js",
    "js/guest/offline-copy.js",
    "js/guest/push-subscription.js",
    "js/offline.js",
    "js/share.js",
    "icons/icon-192.png",
    "icons/badge.png",
)

ICONS = (
    ("icons/icon-192.png", 192, "any"),
    ("icons/icon-512.png", 512, "any"),
    ("icons/maskable-512.png", 512, "maskable"),
)
SCREENSHOTS = (
    ("screenshots/host.png", "1180x820", "wide", N_("The host's list and the called parties")),
    ("screenshots/guest.png", "390x844", "narrow", N_("A guest's spot in line")),
)
# The screens of the room start by themselves, and fill the device that they stand on.
SCREENS = {"board": ("Board", "board.board"), "kiosk": ("Kiosk", "kiosk.start")}
SHORTCUTS = ((N_("Open a line"), "host.new"), (N_("Join with a code"), "home.home"))


@bp.get("/sw.js")
def service_worker() -> ResponseReturnValue:
    """Return the service worker; another release or language replaces the one before."""
    constants = {
        "RELEASE": services().release,
        "SHELL_FILES": [_static_url(name) for name in SHELL],
        # Said of a push that cannot be read.
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
    response = Response(head + SERVICE_WORKER.read_text(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    return _revalidated(response)


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Describe the app to browsers that install it (W3C Web Application Manifest)."""
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
    response = Response(json.dumps(description), mimetype="application/manifest+json")
    return _revalidated(response)


@bp.get("/offline")
def offline() -> ResponseReturnValue:
    """Return the page that the service worker shows when there is no network."""
    return _revalidated(Response(render_template("offline.html")))


def _screen() -> dict[str, Any]:
    """Return what is different in the app of a board or a kiosk."""
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
    """Return the front page, or the place of a guest who needs the app only for this evening."""
    code, party_id = request.args.get("code", ""), request.args.get("partyId", "")
    # On an iPhone the app has its own cookies, so only its address can say who the guest is.
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
