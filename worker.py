"""The background worker of one RQ queue, and the scheduler in a process of its own.

python worker.py urgent | later | scheduler
"""

import os
import sys

from queueup import create_app, log_config
from queueup.config import BadSetting, read_settings
from queueup.jobs import periodic, worker
from queueup.jobs.outbox import LATER
from queueup.services import services
from queueup.storage import redis_client

USAGE = "Say which part to run: python worker.py urgent, later or scheduler.\n"


def main(arguments: list[str]) -> int:
    """Run one part until it is told to stop; return the exit code."""
    if len(arguments) != 1 or arguments[0] not in worker.PARTS:
        sys.stderr.write(USAGE)
        return 2
    try:
        settings = read_settings(os.environ)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log_config.configure(settings.log_level, settings.log_format == "JSON")
    with create_app(settings).app_context():
        services().daily_stats.start()
        redis_client.wait_for(services().redis)
        if arguments[0] == LATER:
            periodic.start()
        worker.PARTS[arguments[0]](settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
