"""The time zone database: the newest of the machine's own and the packaged one.

Python prefers the machine's, however old it is, and governments change clocks at short notice.
"""

import re
import zoneinfo
from collections.abc import Iterable
from pathlib import Path

import tzdata

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
_VERSION = re.compile(r"# version (\w+)")
_PIN = re.compile(r"^tzdata==(\d{4})\.(\d+)", re.MULTILINE)


def use_newest() -> str:
    """Let Python read the newest time zone database of this machine, and return its version."""
    packaged: str = tzdata.IANA_VERSION
    machine = of_machine(zoneinfo.TZPATH)
    if machine > packaged:
        return machine
    if zoneinfo.TZPATH:
        zoneinfo.reset_tzpath(())
        zoneinfo.ZoneInfo.clear_cache()
    return packaged


def warnings() -> list[str]:
    """Return a sentence if the database in use is older than the one that is pinned."""
    version, wanted = use_newest(), pinned(REQUIREMENTS)
    if wanted is None or version >= wanted:
        return []
    return [
        f"The time zone database is {version}, older than {wanted}: some clocks and opening hours"
        " are wrong. Run make install."
    ]


def of_machine(folders: Iterable[str]) -> str:
    """Return the version of the first database in these folders, empty if there is none."""
    for folder in folders:
        try:
            with open(Path(folder) / "tzdata.zi", encoding="ascii", errors="replace") as file:
                found = _VERSION.match(file.readline())
        except OSError:
            continue
        if found:
            return found[1]
    return ""


def pinned(requirements: Path) -> str | None:
    """Return the version that this release was made with, as IANA names it."""
    try:
        found = _PIN.search(requirements.read_text())
    except OSError:
        return None
    # The package counts what IANA gives letters: 2026.3 is 2026c.
    return f"{found[1]}{chr(ord('a') + int(found[2]) - 1)}" if found else None
