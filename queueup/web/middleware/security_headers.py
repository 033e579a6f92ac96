"""Security headers: content security policy, trusted types, HSTS and others."""

from flask import Flask, Response, request

from queueup.services import services
from queueup.web.errors import is_api
from queueup.web.urls import came_by_https

BOT_CHECK_ORIGIN = "https://challenges.cloudflare.com"
HSTS = "max-age=31536000"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# htmx parses fragments through the first policy; a page starts its service worker with the second.
TRUSTED_TYPES = {
    "require-trusted-types-for": "'script'",
    "trusted-types": "htmx service-worker",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Features that no page uses; all others keep their defaults.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def init_app(app: Flask) -> None:
    """Add the headers to every response of the app."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if came_by_https():
        headers["Strict-Transport-Security"] = HSTS
    if is_api():
        headers["Content-Security-Policy"] = API_POLICY
        return response
    headers["Content-Security-Policy"] = _policy(services().bot_check.is_on)
    # "no-referrer" would make browsers send "Origin: null" with our forms.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.path.startswith("/host/"):
        # The back button would show what a device saw before it was locked or removed.
        headers["Cache-Control"] = "private, no-store"
    return response


def _policy(has_bot_check: bool) -> str:
    policy = dict(POLICY)
    if has_bot_check:
        # The bot check's script is from another origin and does not support trusted types.
        policy["script-src"] += f" {BOT_CHECK_ORIGIN}"
        policy["frame-src"] = BOT_CHECK_ORIGIN
    else:
        policy |= TRUSTED_TYPES
    return "; ".join(f"{name} {value}" for name, value in policy.items())
