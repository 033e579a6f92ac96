"""The parts of a running program, and how views and jobs reach them."""

from dataclasses import dataclass

from flask import current_app
from redis import Redis

from queueup.history.recorder import Recorder
from queueup.monitoring.daily_stats import DailyStats
from queueup.monitoring.health import Health
from queueup.monitoring.job_stats import JobStats
from queueup.notifications.reachability import Reachability
from queueup.notifications.service import PushService
from queueup.notifications.subscriptions import Subscriptions
from queueup.notifications.web_push import PushSender
from queueup.storage.change_feed import ChangeFeed

from .bot_check import BotCheck
from .config import Settings
from .tracks import Tracks
from .waitlist import Waitlist

EXTENSION = "queueup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What create_app put together."""

    settings: Settings
    release: str
    redis: Redis
    change_feed: ChangeFeed
    waitlist: Waitlist
    bot_check: BotCheck
    job_stats: JobStats
    daily_stats: DailyStats
    health: Health
    subscriptions: Subscriptions
    push_service: PushService
    push_sender: PushSender
    tracks: Tracks
    reachability: Reachability
    recorder: Recorder

    def start(self) -> None:
        """Start what runs beside the requests of a web process."""
        self.change_feed.start()
        self.daily_stats.start()
        self.reachability.start()


def services() -> Services:
    """Return the parts of the current app."""
    found: Services = current_app.extensions[EXTENSION]
    return found


def waitlist() -> Waitlist:
    """Return the use cases."""
    return services().waitlist
