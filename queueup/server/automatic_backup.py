"""The backup that is made before a newer server takes over the data folder: nothing leads back."""

import logging
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from queueup.config import Settings
from queueup.data_folder import server_versions
from queueup.errors import OperatorError

log = logging.getLogger(__name__)

# In the data folder; it may be a link to a folder on another disk.
FOLDER = "backups"
PREFIX = "before-"
# Long enough to see whether all is well. Guests' names are in it: it goes when they are erased.
KEPT_DAYS, LEAST_DAYS = 14, 1
DAY_S = 24 * 60 * 60
CHECK_EVERY_S = 60 * 60
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(OperatorError):
    """The service was stopped while the backup was made."""

    exit_code = 0


class AutomaticBackup:
    """Makes the backup of a data folder when one is needed, and deletes it in time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / FOLDER
        self._kept_days = min(KEPT_DAYS, max(LEAST_DAYS, settings.privacy_days))
        self._check_at = float("-inf")

    def make_if_needed(self) -> None:
        """Back up the data folder if its last server can't read what the next one will write.

        Until the backup is complete, nothing in the folder is changed.
        Raises OperatorError.
        """
        writer = server_versions.written_by(self._settings.data)
        server = server_versions.chosen(self._settings.data)
        if writer is None or writer.reads(server.version):
            return
        # Hardly ever needed, and more than all else that the supervisor loads.
        from queueup.data_folder import copies

        made_at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        name = f"{server.version}".lower().replace(" ", "-")
        to = self._folder / f"{PREFIX}{name}-{made_at}.tar.gz"
        log.warning(
            "%s takes over the data folder, which %s wrote: there is no way back, except from the"
            " backup that is made first, %s",
            server.version,
            writer,
            to,
        )
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            _remove_drafts(self._folder)
            with _ended_by_signals():
                copies.pack(self._settings, to)
        except Stopped:
            raise
        except (OSError, OperatorError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise OperatorError(
                f"The backup in {self._folder} could not be made ({reason}), and nothing has been"
                " changed: make space for it there, or let the folder be a link to another disk."
            ) from error
        log.warning(
            "The backup is complete, and is deleted after %d days. To go back, restore it with the"
            " release of QueueUp that you had before.",
            self._kept_days,
        )

    def delete_in_time(self) -> None:
        """Delete what is too old; look at most once an hour, however often this is called."""
        if time.monotonic() < self._check_at:
            return
        self._check_at = time.monotonic() + CHECK_EVERY_S
        for file in self._folder.glob(f"{PREFIX}*.tar.gz"):
            try:
                if file.stat().st_mtime < time.time() - self._kept_days * DAY_S:
                    file.unlink()
                    log.info("Deleted %s, made more than %d days ago.", file, self._kept_days)
            except OSError as error:
                log.warning("%s should be deleted by now: %s.", file, error.strerror)


def _remove_drafts(folder: Path) -> None:
    """Remove what a start has left behind that was killed while it made its backup."""
    for draft in folder.glob(f".{PREFIX}*"):
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End what is done in this block, instead of stopping the service after it."""

    def end(*_: object) -> None:
        raise Stopped("Stopped while the backup was made: nothing has been changed.")

    before = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
