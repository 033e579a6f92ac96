"""Who polls, and what each reader is shown of a snapshot."""

from dataclasses import dataclass
from typing import Any

from queueup.domain.errors import UnknownParty
from queueup.domain.view_types import Views

# In the JSON for guests, but not on their pages: they change with every party behind, or count
# parties that are called as ahead, as legacy clients do.
NOT_ON_PAGES = ("position", "aheadCount", "queueLength", "estimatedWaitMs", "eventName")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who polls: the host, the guest of one party, or an unattended or public screen."""

    kind: str
    party_id: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All that a response is rendered from: what a reader is shown in one representation."""

    reader: Reader
    as_fragment: bool
    values: dict[str, Any]

    def matches(self, views: Views) -> bool:
        """Return whether a guest sees the same in these views; for others it is never so."""
        if self.reader.party_id not in views["guests"]:
            return False
        return self.values == values_for(views, self.reader, self.as_fragment)


def values_for(views: Views, reader: Reader, as_fragment: bool) -> dict[str, Any]:
    """Return the values that a reader's template or JSON is made from. Raises UnknownParty."""
    if reader.party_id is None:
        line = views["host"] if reader.kind == "host" else views["public"]
        return {"about": views["about"], "view": line}
    try:
        found = views["guests"][reader.party_id]
    except KeyError:
        raise UnknownParty from None
    view = found["view"]
    if as_fragment:
        view = {name: value for name, value in view.items() if name not in NOT_ON_PAGES}
    return {
        "about": views["about"],
        "party_id": reader.party_id,
        "view": view,
        "party": found["party"],
    }
