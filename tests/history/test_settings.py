"""Where the history is and how long it keeps names are settings; nonsense stops the start."""

from pathlib import Path

import pytest

from queueup.config import read_settings
from queueup.errors import BadSetting


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgres://u:p@db/q", "postgresql+psycopg://u:p@db/q"),
        ("postgresql://u:p@db/q", "postgresql+psycopg://u:p@db/q"),
        ("postgresql+psycopg://u:p@db/q", "postgresql+psycopg://u:p@db/q"),
        ("sqlite:////srv/history.db", "sqlite:////srv/history.db"),
    ],
)
def test_a_database_is_named_in_the_usual_ways(given: str, meant: str, tmp_path: Path) -> None:
    env = {"QUEUEUP_DATA": str(tmp_path), "DATABASE_URL": given}
    assert read_settings(env).database_url == meant


def test_the_history_is_a_file_beside_the_queue_unless_configured(tmp_path: Path) -> None:
    settings = read_settings({"QUEUEUP_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/history.db"
    assert settings.privacy_days == 30


@pytest.mark.parametrize("url", ["mysql://u:secret@db/q", "postgres://", "sqlite://", "history"])
def test_an_unknown_database_stops_the_start_without_telling_the_password(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL") as refusal:
        read_settings({"QUEUEUP_DATA": str(tmp_path), "DATABASE_URL": url})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "99999"])
def test_privacy_days_are_whole_and_bounded(days: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="PRIVACY_DAYS"):
        read_settings({"QUEUEUP_DATA": str(tmp_path), "PRIVACY_DAYS": days})
