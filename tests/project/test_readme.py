"""Every setting that is read is in the README's table."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = re.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


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


def settings_listed() -> set[str]:
    """Return the names in the first column of the README's tables."""
    rows = re.findall(r"^\|([^|]*)\|", (ROOT / "README.md").read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_settings_are_found() -> None:
    names = settings_read()
    assert {"REDIS_URL", "PORT", "HOST_AUTH_SECRET", "ALLOWED_ORIGINS", "TURNSTILE_BYPASS"} <= names
    assert all(NAME.fullmatch(name) for name in names)


def test_every_setting_is_in_the_readme() -> None:
    assert sorted(settings_read() - settings_listed()) == []
