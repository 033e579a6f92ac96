"""The table in docs/configuration.md lists the settings that are read, with defaults and limits."""

import ast
import re
from pathlib import Path

import pytest

from queueup.config import Settings, read_settings
from queueup.errors import BadSetting

ROOT = Path(__file__).parents[2]
NAME = re.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
ROW = re.compile(r"^\| (`[^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
LIMITS = re.compile(r"use a whole number from (\d+) to (\d+)\.$")
CHOICES = re.compile(r"use one of (.+)\.$")


def settings_read() -> set[str]:
    """Return the names that config.py asks the environment for.

    It does so with env.get("NAME") and with functions that take (env, "NAME", …).
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / "queueup" / "config.py").read_text())):
        if not isinstance(node, ast.Call):
            continue
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        takes_env = any(isinstance(a, ast.Name) and a.id == "env" for a in node.args)
        function = node.func
        asks_env = (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id == "env"
        )
        if (takes_env or asks_env) and texts and isinstance(texts[0], str):
            names.add(texts[0])
    return names


def rows(document: str = "docs/configuration.md") -> dict[str, tuple[str, str]]:
    """Return the default and the meaning of every setting in the table of a document."""
    text = (ROOT / document).read_text()
    return {
        name: (default, meaning)
        for names, default, meaning in ROW.findall(text)
        for name in re.findall(r"`([^`]+)`", names)
    }


def is_documented(default: str, value: object, settings: Settings) -> bool:
    """Tell whether the second column of the table describes a default value."""
    match default:
        case "none":
            return value in (None, frozenset())
        case "generated at first start":
            return isinstance(value, str) and len(value) > 30
        case "embedded Valkey":
            return settings.embedded_redis
        case "SQLite file in the data folder":
            return value == f"sqlite:///{settings.data / 'history.db'}"
        case "origin of the request":
            return value is None
    shown = str(int(value)) if isinstance(value, bool) else str(value)
    return default.strip("`").casefold() == shown.casefold()


def test_the_settings_are_found() -> None:
    names = settings_read()
    assert {"REDIS_URL", "PORT", "HOST_AUTH_SECRET", "ALLOWED_ORIGINS", "TURNSTILE_BYPASS"} <= names
    assert all(NAME.fullmatch(name) for name in names)


def test_the_table_names_exactly_the_settings_that_are_read() -> None:
    assert sorted(rows()) == sorted(settings_read())


def test_the_readme_gives_the_same_defaults() -> None:
    shown = {name: default for name, (default, _) in rows("README.md").items()}
    assert len(shown) > 4
    assert shown == {name: rows()[name][0] for name in shown}


@pytest.mark.parametrize("name", sorted(rows()))
def test_the_default_is_as_documented(name: str, tmp_path: Path) -> None:
    default, _ = rows()[name]
    settings = read_settings({"QUEUEUP_DATA": str(tmp_path)})
    if name == "QUEUEUP_DATA":
        # Only read_settings({}) would show it, and make its keys in the folder of the developer.
        assert default == "`./data`"
        assert 'env.get("QUEUEUP_DATA") or "data"' in (ROOT / "queueup" / "config.py").read_text()
    elif name == "TURNSTILE_BYPASS":
        assert default == "none"
        given = {"QUEUEUP_DATA": str(tmp_path), "TURNSTILE_SECRET_KEY": "secret"}
        assert read_settings(given).turnstile_secret_key == "secret"
    else:
        assert is_documented(default, getattr(settings, name.lower()), settings)


@pytest.mark.parametrize("name", sorted(rows()))
def test_limits_and_choices_are_as_documented(name: str, tmp_path: Path) -> None:
    _, meaning = rows()[name]
    try:
        read_settings({name: "no such value", "QUEUEUP_DATA": str(tmp_path)})
    except BadSetting as error:
        refusal = str(error)
    else:
        return
    if limits := LIMITS.search(refusal):
        assert f"{limits[1]} to {limits[2]}" in meaning
    elif (choices := CHOICES.search(refusal)) and choices[1] != "0, 1":
        found = [word.upper() for word in re.findall("`([^`]+)`", meaning)]
        assert set(choices[1].split(", ")) <= set(found)
