"""What the history keeps of a Saturday: one row and one outcome a party, and every event once."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.browser.saturday.line import Line
from tests.browser.saturday.screens import until

JOINED = "QUEUE_MEMBER_JOINED"
ENDINGS = (
    "QUEUE_MEMBER_SERVED",
    "QUEUE_MEMBER_LEFT",
    "QUEUE_MEMBER_KICKED",
    "QUEUE_MEMBER_DROPPED",
)
BACK = "QUEUE_MEMBER_RESTORED"
UNDONE = "QUEUE_ACTION_UNDONE"
CLOSED = "QUEUE_CLOSED"


class History:
    """The history of one evening in the data folder of a service."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "history.db"

    def tells(self, line: Line, undone_endings: dict[int, int], closings: int = 1) -> None:
        """Expect every party once, each with its one outcome, and no event lost or doubled.

        `undone_endings` says how often a party's ending was taken back by undoing, `closings` how
        often the day ended: once more than its end was undone.
        """
        until(
            lambda: self._rows("SELECT count(*) FROM events WHERE kind = ?", CLOSED), [(closings,)]
        )
        until(lambda: self._outcomes(), sorted(line.states.items()))
        numbers = [number for (number,) in self._rows("SELECT number FROM events ORDER BY number")]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        happened = Counter(
            self._rows("SELECT ticket, kind FROM events JOIN parties USING (party_id)")
        )
        for ticket, state in line.states.items():
            ends = sum(happened[ticket, kind] for kind in ENDINGS)
            backs = happened[ticket, BACK] + undone_endings.get(ticket, 0)
            assert happened[ticket, JOINED] == 1
            assert ends - backs == (state != "closed"), f"#{ticket}: {happened}"

    def tables(self) -> dict[int, str]:
        """Return who was seated where."""
        return dict(
            self._rows("SELECT ticket, table_name FROM parties WHERE table_name IS NOT NULL")
        )

    def _outcomes(self) -> list[tuple[int, str]]:
        return self._rows("SELECT ticket, outcome FROM parties ORDER BY ticket")

    def _rows(self, question: str, *values: str) -> list[tuple]:
        with closing(sqlite3.connect(self._file)) as connection:
            return connection.execute(question, values).fetchall()
