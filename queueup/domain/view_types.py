"""The shapes of views, as readers get them in JSON."""

from typing import Any, NotRequired, TypedDict

# A party, or a part of a view whose keys depend on what is known.
View = dict[str, Any]


class WaitView(TypedDict):
    """A range of waiting time; `learned` tells an estimate from the flat rule."""

    lowMs: int
    highMs: int
    learned: bool


class JoiningView(TypedDict):
    """Whether guests can join; `why` is a code for the reason, `words` a sentence."""

    open: bool
    why: str | None
    words: str | None


class About(TypedDict):
    """A queue's settings, for everybody."""

    code: str
    eventName: str
    location: str | None
    contactInfo: str | None
    openTime: str | None
    closeTime: str | None
    maxGuests: int
    holdMs: int
    onExpiry: str
    moreTimeMs: int
    nudgePlaces: list[int]
    nudgeMinutes: int | None
    timeZone: str | None
    lastCallMinutes: int
    maxWaitMs: int | None
    startingWaitMs: int | None
    quickReplies: list[str]
    languages: list[str]
    privacyDays: int | None
    keepsCode: bool
    canOpenAgain: bool
    hasPin: bool


class LineView(TypedDict):
    """The line as legacy clients know it; `nowServing` is the party called last."""

    type: str
    queue: list[View]
    nowServing: View | None
    maxGuests: int
    callDeadline: int | None
    closed: bool
    called: list[View]


class PublicView(LineView):
    """What anybody may see: sizes and tickets, and of a name one letter at most."""

    eventName: str
    people: int
    estimatedWaitMs: int
    joining: JoiningView
    waits: dict[str, WaitView]


class DeviceView(TypedDict):
    """A device as the host sees it."""

    id: str
    name: str
    addedAt: int
    actedAt: int | None
    locked: bool


class RecordView(TypedDict):
    """Of the latest parties, how many were called within their range, and how many by its end."""

    parties: int
    within: int
    byItsEnd: int


class UndoView(TypedDict):
    """The host's last action that can still be undone."""

    act: int
    kind: str
    at: int
    tickets: list[int]
    device: str | None


class TableView(TypedDict):
    """A table, and from when on it counts as free (ms)."""

    table: str
    freeAt: int


class EveningView(TypedDict):
    """The numbers of a day: how long the called waited, and how many no longer than quoted."""

    people: int
    called: int
    kept: int
    medianMs: int | None
    ninetiethMs: int | None


class HostView(LineView):
    """What the host sees; `asks` are the parties whose guests want something.

    `estimates` says for each band of sizes how good they were lately.

    `outcomes` counts the day's parties by how they ended, `closed` those that the closing met in
    line. `closesAt` is when the line closes by itself if nothing happens until then; `reopenUntil`
    is until when the closing can be undone, `dayEndedAt` when the day had ended before the line was
    closed for good. `evening` has the numbers of a day that is over.
    """

    people: int
    endedCount: int
    ended: list[View]
    asks: list[View]
    undo: UndoView | None
    closeReason: str | None
    closedAt: int | None
    closesAt: int | None
    reopenUntil: int | None
    dayEndedAt: int | None
    outcomes: dict[str, int]
    evening: EveningView | None
    pausedReason: str | None
    joining: JoiningView
    waits: dict[str, WaitView]
    estimates: dict[str, RecordView]
    tables: list[TableView]
    devices: list[DeviceView]


class GuestView(TypedDict):
    """What one guest sees: `view` as legacy clients know it, `party` for the guest's own page."""

    view: View
    party: View


class DeviceSecret(TypedDict):
    """How a device is recognised."""

    secretHash: str
    locked: bool


class ClaimView(TypedDict):
    """The party that is claimed from another browser, and the host's answer."""

    party: str
    answer: str | None


class Views(TypedDict):
    """All views of a queue: `guests` by party id.

    For no reader are the `devices`, by their ids, and what became of the claims to a place, by the
    hashes that they are known by.
    """

    code: str
    sessionId: str
    due: int | None
    about: About
    host: HostView
    public: PublicView
    guests: dict[str, GuestView]
    devices: dict[str, DeviceSecret]
    claims: dict[str, ClaimView]
    tokensRevoked: bool
    isNew: NotRequired[bool]
