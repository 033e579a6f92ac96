"""One background process: the worker of an RQ queue, or the scheduler.

python worker.py urgent | later | scheduler
"""

import os
import sys

from queueup import log_config
from queueup.config import Settings, read_settings
from queueup.errors import BadSetting
from queueup.jobs import processes

USAGE = "Say which process to run: python worker.py urgent, later or scheduler.\n"


def main(arguments: list[str]) -> int:
    """Run one process until SIGTERM; return the exit code."""
    if len(arguments) != 1 or arguments[0] not in processes.NAMES:
        sys.stderr.write(USAGE)
        return 2
    try:
        settings = read_settings(os.environ)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    log_config.configure(settings.log_level, settings.log_format == "JSON")
    if arguments[0] == processes.SCHEDULER:
        from queueup.jobs import scheduler

        scheduler.run(settings)
        return 0
    try:
        _work(arguments[0], settings)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _work(queue: str, settings: Settings) -> None:
    # The scheduler needs none of this.
    from queueup.factory import build_services
    from queueup.jobs import periodic, worker
    from queueup.services import activate
    from queueup.storage.redis_client import wait_for
    from queueup.vapid import check_signing

    services = build_services(settings)
    check_signing(settings.vapid_private, settings.vapid_subject)
    with activate(services):
        services.daily_stats.start()
        wait_for(services.redis)
        if queue == processes.LATER:
            periodic.start()
        worker.run(queue, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
