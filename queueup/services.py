"""The service container of a running program, and services() for views and jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from redis import Redis

from queueup.history import History
from queueup.history.recorder import Recorder
from queueup.monitoring.daily_stats import DailyStats
from queueup.monitoring.health import Health
from queueup.monitoring.job_stats import JobStats
from queueup.notifications.delivery import Delivery
from queueup.notifications.enqueue import NotificationJobs
from queueup.notifications.reachability import Reachability
from queueup.notifications.service import PushService
from queueup.notifications.subscriptions import Subscriptions
from queueup.storage.change_feed import ChangeFeed
from queueup.storage.event_stream import Tracks
from queueup.storage.redis_client import rewrite_aof
from queueup.storage.snapshot_cache import SnapshotCache

from .bot_check import BotCheck
from .config import Settings
from .waitlist import Waitlist

# Under this name the services are in the extensions of the web app.
EXTENSION = "queueup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What factory.build_services has put together."""

    settings: Settings
    release: str
    redis: Redis
    change_feed: ChangeFeed
    snapshots: SnapshotCache
    waitlist: Waitlist
    bot_check: BotCheck
    job_stats: JobStats
    daily_stats: DailyStats
    health: Health
    subscriptions: Subscriptions
    push_service: PushService
    notification_jobs: NotificationJobs
    delivery: Delivery
    tracks: Tracks
    reachability: Reachability
    recorder: Recorder
    history: History

    def start(self) -> None:
        """Start the background threads of a web process."""
        self.change_feed.start()
        self.daily_stats.start()
        self.reachability.start()

    def rewrite_own_aof(self) -> None:
        """Remove what has been erased from the file of the embedded Redis."""
        if self.settings.embedded_redis:
            rewrite_aof(self.redis)


current: ContextVar[Services] = ContextVar("services")


def services() -> Services:
    """Return the services of the current request or job."""
    return current.get()


def waitlist() -> Waitlist:
    """Return the waitlist of the current request or job."""
    return services().waitlist


@contextmanager
def activate(found: Services) -> Iterator[None]:
    """Make these the current services until the block ends."""
    token = current.set(found)
    try:
        yield
    finally:
        current.reset(token)
