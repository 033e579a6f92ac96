"""The bot check of a request that is sent twice at once, as by a double tap: one question, one yes.

A token is good for one question to the verifier. `queueup:checked:HASH`, of the idempotency key and
the token, is "asking" while a process asks, and "yes" for a while after it got a yes.
"""

import hashlib
import time

from queueup.services import services
from queueup.storage.redis_client import redis_errors

# Longer than the verifier may take to answer.
ASKING_MS = 15_000
YES_MS = 300_000
LOOK_AGAIN_S = 0.05
ASKING, YES = b"asking", b"yes"


def require(owner: str | None, token: object) -> None:
    """Verify a token for the request with this idempotency key. Raises BotCheckFailed, Unavailable.

    Another request with the same key and token waits for the answer to the first one.
    """
    check, redis = services().bot_check, services().redis
    if not check.is_on or owner is None or not isinstance(token, str):
        check.require(token)
        return
    digest = hashlib.blake2b(f"{owner}\0{token}".encode(errors="replace"), digest_size=16)
    name = f"queueup:checked:{digest.hexdigest()}"
    while True:
        with redis_errors():
            if redis.set(name, ASKING, nx=True, px=ASKING_MS):
                break
            if redis.get(name) == YES:
                return
        time.sleep(LOOK_AGAIN_S)
    try:
        check.require(token)
    except BaseException:
        with redis_errors():
            redis.delete(name)
        raise
    with redis_errors():
        redis.set(name, YES, px=YES_MS)
