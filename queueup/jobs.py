"""Work done after the answer has gone: ids in, look again before acting, safe to run twice."""

import time

from .domain.errors import UnknownQueue
from .domain.queue import SECOND
from .parts import waitlist
from .waitlist import now_ms


def apply_time(code: str, due: int) -> None:
    """Let run out what is due in a queue, unless somebody was faster."""
    # The scheduler counts in whole seconds and may be a moment early.
    time.sleep(max(0, min(due - now_ms(), SECOND)) / SECOND)
    try:
        waitlist().apply_time(code)
    except UnknownQueue:
        return
