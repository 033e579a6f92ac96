"""Why a guest's action was refused, in the guest's language."""

from queueup.domain.errors import QueueError, QueueFull
from queueup.domain.view_types import About
from queueup.i18n.catalog import N_
from queueup.web.errors import BadField
from queueup.web.templating.join_status import never_fits
from queueup.web.templating.locale import gettext as _

# Sentences for guests, by the code of a refusal.
REFUSALS = {
    "not_called": N_("You haven't been called yet."),
    "called": N_("You've already been called."),
    "nobody_behind": N_("There's no one behind you."),
    "too_late": N_("It's too late to ask for your spot back. Please ask the host."),
}


def refusal(error: QueueError | BadField, about: About, size: int | None) -> str:
    """Return why an action was refused, in the guest's language; `size` is the one asked for."""
    is_about_size = isinstance(error, BadField | QueueFull)
    if is_about_size and size is not None and (sentence := never_fits(about, size)):
        return sentence
    if isinstance(error, BadField):
        return _("Please enter a whole number, 1 or more.")
    if isinstance(error, QueueFull):
        return _("There's no room for that many people right now. Please ask the host.")
    if error.code in REFUSALS:
        return _(REFUSALS[error.code])
    return _("That's no longer possible. This page shows where things stand now.")
