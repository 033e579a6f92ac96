"""The composition root: builds the services, and the web app on top of them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from queueup.history.recorder import Recorder
from queueup.jobs.outbox import Outbox
from queueup.monitoring.daily_stats import DailyStats
from queueup.monitoring.health import Health
from queueup.monitoring.job_stats import JobStats
from queueup.notifications.call_channels import CallChannels
from queueup.notifications.delivery import Delivery
from queueup.notifications.enqueue import NotificationJobs
from queueup.notifications.reachability import Reachability
from queueup.notifications.service import PushService
from queueup.notifications.subscriptions import Subscriptions
from queueup.notifications.web_push import PushSender
from queueup.storage.change_feed import ChangeFeed
from queueup.storage.event_stream import PendingEvents, Tracks
from queueup.storage.redis_client import connect
from queueup.storage.snapshot_cache import SnapshotCache
from queueup.storage.store import Store

from . import __version__, static_files, time_zones
from .bot_check import BotCheck
from .clock import now_ms
from .config import Settings
from .history import History
from .services import Services
from .waitlist import Waitlist

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).parent.parent


def create_app(settings: Settings) -> "Flask":
    """Build the web app and its services; only this loads the web framework."""
    from . import web

    return web.create_app(build_services(settings), ROOT)


def build_services(settings: Settings) -> Services:
    """Build the services of a web process or a worker."""
    time_zones.use_newest()
    redis = connect(settings.redis_url)
    store = Store(redis, Outbox(redis), settings.replicas)
    snapshots = SnapshotCache.of_store(store, now_ms, most=settings.cache_bytes)
    waitlist = Waitlist(store, snapshots)
    subscriptions = Subscriptions(redis)
    extra = settings.push_extra_origins
    sender = PushSender(settings.vapid_private, settings.vapid_subject, extra)
    jobs = NotificationJobs(redis)
    change_feed = ChangeFeed(redis)
    change_feed.add(snapshots)
    history = History(settings.database_url)
    return Services(
        settings=settings,
        release=_release(),
        redis=redis,
        change_feed=change_feed,
        snapshots=snapshots,
        waitlist=waitlist,
        bot_check=BotCheck(settings.turnstile_secret_key, settings.turnstile_verify_url),
        job_stats=JobStats(redis),
        daily_stats=DailyStats(redis),
        health=Health(redis, history, settings.replicas),
        subscriptions=subscriptions,
        push_service=PushService(redis, waitlist, subscriptions, jobs, extra, now_ms),
        notification_jobs=jobs,
        delivery=Delivery(waitlist, subscriptions, sender, jobs, settings.app_base_url, now_ms),
        tracks=Tracks(redis),
        reachability=Reachability(redis, now_ms, snapshots.invalidate),
        recorder=Recorder(
            PendingEvents(redis),
            history,
            waitlist,
            settings.privacy_days,
            now_ms,
            CallChannels(redis, subscriptions).of,
        ),
        history=history,
    )


@cache
def _release() -> str:
    """Name the release that this process began with, by everything that a browser gets from it."""
    digest = hashlib.blake2b(__version__.encode(), digest_size=6)
    for folder in ("static", "templates", "queueup/i18n/translations"):
        for path in static_files.originals(ROOT / folder):
            digest.update(path.read_bytes())
    return digest.hexdigest()
