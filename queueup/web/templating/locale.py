"""The locale of a request: the guest's choice, else that of the browser; hosts' pages are English.

It is determined when the first text is needed, from the path, the queue in it, the cookie and the
Accept-Language header.
"""

from collections.abc import Iterable
from gettext import NullTranslations
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, redirect, request, url_for
from jinja2.ext import InternationalizationExtension
from werkzeug.wrappers import Response

from queueup.domain.errors import UnknownQueue
from queueup.domain.view_types import About
from queueup.i18n import catalog
from queueup.i18n.catalog import NAMES, SOURCE
from queueup.services import waitlist
from queueup.storage.redis_client import Unavailable
from queueup.web.urls import came_by_https

COOKIE = "queueup_language"
COOKIE_S = 365 * 24 * 3600
CHOICE = "lang"
# A query parameter for the language of shared devices, which is not stored in a cookie.
SPOKEN = "spoken"
# Pages of hosts and operators.
IN_ENGLISH = ("/host/", "/new", "/ops")


def init_app(app: Flask) -> None:
    """Give templates `_`, `gettext` and `ngettext`, and let guests choose the language."""
    app.jinja_env.add_extension(InternationalizationExtension)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _words().gettext(message),
        lambda one, many, number: _words().ngettext(one, many, number),
        newstyle=True,
    )
    app.before_request(_note_choice)
    app.add_template_filter(said_by_host)
    app.add_template_global(current, "language")
    app.add_template_global(offered, "languages_offered")
    app.add_template_global(catalog.tag, "language_tag")
    app.add_template_global(catalog.direction, "language_direction")


def current() -> str:
    """Return the language of this request."""
    if "language" not in g:
        set_language(SOURCE if request.path.startswith(IN_ENGLISH) else choose(offered()))
    found: str = g.language
    return found


def of_no_line() -> str:
    """Return the language of a response that says nothing about a line."""
    return SOURCE if request.path.startswith(IN_ENGLISH) else choose(NAMES)


def set_language(language: str) -> None:
    """Set the language for the rest of the request."""
    g.language = language


def offered() -> dict[str, str]:
    """Return the languages of the queue in the path, or all of them, with their names."""
    if "languages_offered" not in g:
        g.languages_offered = catalog.offered(_languages_of_line())
    return {language: NAMES[language] for language in g.languages_offered}


def choose(among: Iterable[str]) -> str:
    """Return the best of some languages for this request, English if none is accepted."""
    found = list(among)
    wished = [request.args.get(SPOKEN, ""), request.cookies.get(COOKIE, "")]
    # Not werkzeug's best_match: for "de-AT, en" it prefers English, which matches exactly.
    wished += [tag for tag, quality in request.accept_languages if quality > 0]
    for tag in wished:
        if (language := catalog.spoken(tag)) in found:
            return str(language)
    return SOURCE if SOURCE in found else found[0]


def choose_for(about: About) -> str:
    """Return the best language for this request that a queue offers."""
    return choose(catalog.offered(about["languages"]))


def gettext(message: str, **values: Any) -> str:
    """Return a message in the language of this request."""
    return _words().gettext(message) % values


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """Return a message for a count, `num`, in the language of this request."""
    return _words().ngettext(one, many, num) % ({"num": num} | values)


def said_by_host(text: str) -> str:
    """Return a host's text, translated if it is one of our presets."""
    return _words().gettext(text) if text else text


def _languages_of_line() -> list[str]:
    """Return the languages that the line of this request offers; none if it offers all."""
    code = (request.view_args or {}).get("code")
    try:
        return waitlist().snapshot(code).views["about"]["languages"] if code else []
    except (UnknownQueue, Unavailable):
        # The error page can be in any language.
        return []


def _words() -> NullTranslations:
    return catalog.words(current())


def _note_choice() -> Response | None:
    """Store a language that the guest chose, and redirect to the same page in it."""
    language = request.args.get(CHOICE)
    is_page = request.method == "GET" and request.endpoint and not request.path.startswith("/api/")
    if language not in NAMES or not is_page:
        return None
    others = [pair for pair in request.args.items(multi=True) if pair[0] != CHOICE]
    if not request.cookies:
        # The browser may block cookies: then the choice has to stay in the address.
        others = [*(pair for pair in others if pair[0] != SPOKEN), (SPOKEN, language)]
    # Built from the route, so that it is a page of ours whatever was requested.
    page = url_for(request.endpoint or "", **(request.view_args or {}))
    response = redirect(f"{page}?{urlencode(others)}" if others else page, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE,
        language,
        max_age=COOKIE_S,
        secure=came_by_https(),
        httponly=True,
        samesite="Lax",
    )
    return response
