"""Lets a new device manage a line whose own devices are all lost, broken or locked.

python -m queueup invite CODE
"""

import os
from collections.abc import Mapping
from pathlib import Path

from queueup import invitations
from queueup.clock import now_ms
from queueup.config import embedded_redis_socket, read_settings
from queueup.domain.errors import UnknownQueue
from queueup.domain.model import INVITATION_MS, MINUTE
from queueup.errors import OperatorError
from queueup.jobs.outbox import Outbox
from queueup.server import listener
from queueup.storage.redis_client import Unavailable, connect
from queueup.storage.snapshot_cache import SnapshotCache
from queueup.storage.store import Store
from queueup.waitlist import Waitlist

SEED_BYTES = 32


def run(code: str, env: Mapping[str, str]) -> str:
    """Make an invitation to a line of the running service, and return how to use it.

    Raises OperatorError.
    """
    data = Path(env.get("QUEUEUP_DATA") or "data").absolute()
    # Reading all settings would generate new keys in a folder that is not the service's.
    if not env.get("REDIS_URL") and not embedded_redis_socket(data).exists():
        raise OperatorError(f"QueueUp does not run in QUEUEUP_DATA={data}: start it first.")
    settings = read_settings(env)
    origin = settings.app_base_url or listener.for_phones(settings.host, settings.port)
    redis = connect(settings.redis_url, connections=1)
    store = Store(redis, Outbox(redis), settings.replicas)
    waitlist = Waitlist(store, SnapshotCache.of_store(store, now_ms))
    try:
        made = invitations.invite(waitlist, origin, code, os.urandom(SEED_BYTES))
    except UnknownQueue as error:
        raise OperatorError(f"No line has the code {code.upper()}.") from error
    except Unavailable as error:
        raise OperatorError(
            "QueueUp's Redis does not answer: start QueueUp first, and use the settings it has."
        ) from error
    return (
        f"Open this on the device that is to run the line; it works once, for "
        f"{INVITATION_MS // MINUTE} minutes:\n"
        f"{made.link}\n{listener.picture(made.link)}\n"
        f"Or open {made.address} there and type {made.letters}"
    )
