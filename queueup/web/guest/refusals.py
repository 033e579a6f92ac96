"""What guests are told, in their language, when something cannot be done."""

from queueup.domain.errors import QueueError, QueueFull
from queueup.i18n.catalog import N_
from queueup.web.errors import BadField
from queueup.web.templating.locale import gettext as _

# The rules' own sentences that guests can come to hear.
SAID_BY_RULES = (
    N_("You have not been called yet."),
    N_("You have been called already."),
    N_("Nobody is behind you."),
    N_("It is too late to ask for your old place. Please ask the host."),
)


def refusal(error: QueueError | BadField) -> str:
    """Say why an action was refused."""
    if isinstance(error, BadField):
        return _("Please give a whole number, 1 or more.")
    if isinstance(error, QueueFull):
        return _("There is no room for so many in the line right now. Please ask the host.")
    if str(error) in SAID_BY_RULES:
        return _(str(error))
    return _("That cannot be done any more. The page shows how things are now.")
