"""Why guests cannot join a line, in the language of the request."""

from flask import Flask

from queueup.domain.view_types import About, JoiningView
from queueup.i18n.catalog import N_

from .locale import gettext as _
from .locale import said_by_host

# By the code of the reason; a pause has the host's own words.
REASONS = {
    "closed": N_("This line is closed. Please ask the host."),
    "full": N_("The line is full right now. Please ask the host."),
    "last_call": N_("We're no longer adding guests today. Please ask the host."),
    "after": N_("We're closed for today."),
    "wait": N_("The wait is too long to add more guests right now. Please ask the host."),
}


def init_app(app: Flask) -> None:
    """Register the function with the templates."""
    app.add_template_global(why_not)


def why_not(about: About, joining: JoiningView) -> str:
    """Return why guests cannot join, from the `about` and `joining` views; "" if they can."""
    why = joining["why"]
    if why is None:
        return ""
    if why == "before":
        return _("The line opens at %(time)s.", time=about["openTime"])
    return _(REASONS[why]) if why in REASONS else said_by_host(joining["words"] or "")


def never_fits(about: About, size: int) -> str:
    """Return that a party is larger than the line ever takes; "" if it is not."""
    most = about["maxGuests"]
    if size <= most:
        return ""
    return _(
        "This line takes up to %(most)s people, so it can't take a party of %(size)s."
        " Please ask the host.",
        most=most,
        size=size,
    )
