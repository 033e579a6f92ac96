"""The newest time zone database is used, wherever it is."""

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata

from queueup import time_zones

# Vancouver has kept summer time since March 2026; a database of 2025 does not know.
VANCOUVER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Path]:
    """A machine's database, in which Vancouver goes by London's clocks."""
    folder = tmp_path / "zoneinfo"
    (folder / "America").mkdir(parents=True)
    with resources.as_file(resources.files("tzdata.zoneinfo.Europe") / "London") as london:
        shutil.copy(london, folder / "America" / "Vancouver")
    zoneinfo.reset_tzpath([str(folder)])
    ZoneInfo.clear_cache()
    yield folder
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()
    time_zones.use_newest()


def hours_in_vancouver() -> float:
    """Return by how many hours Vancouver's clocks are ahead of UTC."""
    ahead = VANCOUVER.astimezone(ZoneInfo("America/Vancouver")).utcoffset()
    assert ahead is not None
    return ahead.total_seconds() / 3600


@pytest.mark.parametrize("first_line", ["# version 2025b\n", "# version 2026a\n", "", "junk\n"])
def test_an_old_machine_goes_by_the_package(machine: Path, first_line: str) -> None:
    (machine / "tzdata.zi").write_text(first_line + "# This zic input file is in the public domain")
    assert hours_in_vancouver() == 0
    assert time_zones.use_newest() == tzdata.IANA_VERSION
    assert hours_in_vancouver() == -7
    assert time_zones.use_newest() == tzdata.IANA_VERSION


def test_a_machine_that_does_not_say_goes_by_the_package(machine: Path) -> None:
    assert time_zones.use_newest() == tzdata.IANA_VERSION
    assert hours_in_vancouver() == -7


def test_a_newer_machine_keeps_its_own(machine: Path) -> None:
    (machine / "tzdata.zi").write_text("# version 2099c\n")
    assert time_zones.use_newest() == "2099c"
    assert hours_in_vancouver() == 0
    assert time_zones.warnings() == []


def test_a_database_older_than_the_pinned_one_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert time_zones.warnings() == []
    pins = tmp_path / "requirements.txt"
    pins.write_text("flask==3.1.3 \\\ntzdata==2099.2 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(time_zones, "REQUIREMENTS", pins)
    assert time_zones.warnings() == [
        f"The time zone database is {tzdata.IANA_VERSION}, older than 2099b: some clocks and"
        " opening hours are wrong. Run make install."
    ]
