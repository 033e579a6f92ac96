"""The composition root: builds the app from its parts, which meet nowhere else."""

import hashlib
from pathlib import Path

from flask import Flask

from queueup.history.recorder import Recorder
from queueup.jobs.outbox import LATER, URGENT, Outbox
from queueup.monitoring.daily_stats import DailyStats
from queueup.monitoring.health import Health
from queueup.monitoring.job_stats import JobStats
from queueup.notifications.reachability import Reachability
from queueup.notifications.service import PushService
from queueup.notifications.subscriptions import Subscriptions
from queueup.notifications.web_push import PushSender
from queueup.storage.change_feed import ChangeFeed
from queueup.storage.event_stream import PendingEvents
from queueup.storage.redis_client import connect
from queueup.storage.store import Store

from . import __version__, static_files, web
from .bot_check import BotCheck
from .clock import now_ms
from .config import Settings
from .history import History
from .services import EXTENSION, Services
from .tracks import Tracks
from .waitlist import Waitlist

ROOT = Path(__file__).parent.parent


def create_app(settings: Settings) -> Flask:
    """Build the app from its parts. This is the only place where the parts meet."""
    redis = connect(settings.redis_url)
    outbox = Outbox(redis)
    waitlist = Waitlist(Store(redis, outbox))
    subscriptions = Subscriptions(redis)
    extra = settings.push_extra_origins
    change_feed = ChangeFeed(redis)
    change_feed.add(waitlist.memory)
    history = History(settings.database_url)
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=None)
    app.extensions[EXTENSION] = Services(
        settings=settings,
        release=_release(),
        redis=redis,
        change_feed=change_feed,
        waitlist=waitlist,
        bot_check=BotCheck(settings.turnstile_secret_key, settings.turnstile_verify_url),
        job_stats=JobStats(redis, (URGENT, LATER)),
        daily_stats=DailyStats(redis),
        health=Health(redis, history, (URGENT, LATER)),
        subscriptions=subscriptions,
        push_service=PushService(redis, waitlist, subscriptions, outbox, extra, now_ms),
        push_sender=PushSender(settings.vapid_private, settings.vapid_subject, extra),
        tracks=Tracks(redis),
        reachability=Reachability(redis, now_ms, waitlist.memory.invalidate),
        recorder=Recorder(
            PendingEvents(redis),
            history,
            waitlist,
            settings.privacy_days,
            now_ms,
        ),
    )
    web.init_app(app, ROOT / "static")
    return app


def _release() -> str:
    """Name this release by everything that a browser gets from it."""
    digest = hashlib.blake2b(__version__.encode(), digest_size=6)
    for folder in ("static", "templates", "queueup/i18n/translations"):
        for path in static_files.originals(ROOT / folder):
            digest.update(path.read_bytes())
    return digest.hexdigest()
