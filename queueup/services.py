"""The parts of a running program, and how views and jobs reach them."""

from dataclasses import dataclass

from flask import current_app
from redis import Redis

from queueup.history.recorder import Recorder
from queueup.monitoring.daily_stats import Tally
from queueup.monitoring.health import Health
from queueup.monitoring.job_stats import Backlog
from queueup.notifications.reachability import Reach
from queueup.notifications.service import Pushes
from queueup.notifications.subscriptions import Subscriptions
from queueup.notifications.web_push import PushSender
from queueup.storage.change_feed import Changes

from .bot_check import BotCheck
from .config import Settings
from .tracks import Tracks
from .waitlist import Waitlist

EXTENSION = "queueup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What create_app put together."""

    settings: Settings
    release: str
    redis: Redis
    changes: Changes
    waitlist: Waitlist
    bot_check: BotCheck
    backlog: Backlog
    tally: Tally
    health: Health
    subscriptions: Subscriptions
    pushes: Pushes
    push_sender: PushSender
    tracks: Tracks
    reach: Reach
    recorder: Recorder

    def start(self) -> None:
        """Start what runs beside the requests of a web process."""
        self.changes.start()
        self.tally.start()
        self.reach.start()


def parts() -> Parts:
    """Return the parts of the current app."""
    found: Parts = current_app.extensions[EXTENSION]
    return found


def waitlist() -> Waitlist:
    """Return the use cases."""
    return parts().waitlist
