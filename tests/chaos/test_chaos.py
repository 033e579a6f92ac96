"""Nothing acknowledged is lost or done twice while parts of the program die at random moments.

CHAOS_MINUTES makes it long (`make chaos`), CHAOS_SEED repeats a run.
"""

import os
import time
from pathlib import Path

import pytest

from tests.chaos import faults
from tests.chaos.checker import AGAIN
from tests.chaos.town import Town, say
from tests.support import push_service
from tests.support.running_service import Service

pytestmark = pytest.mark.long

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
SEED = int(os.environ.get("CHAOS_SEED", "6"))
PAUSE_S = 6 if MINUTES else 1
SILENT_S = 30 if MINUTES else 5
QUIET_S = 2


def test_nothing_is_lost_or_done_twice_whatever_dies(tmp_path: Path) -> None:
    say(f"CHAOS_SEED={SEED} CHAOS_MINUTES={MINUTES:g}")
    with push_service.running() as push:
        # The limits are on, and each guest has an address of its own.
        settings = {"PUSH_EXTRA_ORIGINS": push.origin, "RATE_LIMITS": "1"}
        with Service(tmp_path / "data", **settings) as service:
            with Town(service, push, SEED) as town:
                time.sleep(QUIET_S)
                town.weigh()
                faults.shower(service, town.record, town.chance, MINUTES * 60, PAUSE_S)
                town.weigh()
                faults.silence_redis(service, town.record, SILENT_S)
                time.sleep(QUIET_S)
                town.weigh()
                faults.cut_power(service, town.record)
                time.sleep(QUIET_S)
                town.weigh()
            town.check()
            # Whoever dies between a push and the note of it leaves one that is pushed again.
            assert town.calls[AGAIN] <= len(town.record.blows)
