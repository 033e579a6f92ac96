"""Imports point inward, modules say what they are, and files stay small."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "queueup"
MODULES = sorted(PACKAGE.rglob("*.py"))
PROGRAMS = [ROOT / "app.py", ROOT / "worker.py"]
LINES = 400

# create_app puts the web's parts together, and the web server's hooks end its sockets.
OUTERMOST = {"queueup", "queueup.factory", "queueup.server.gunicorn_conf"}
OUTSIDE_OF_WEB = {"redis", "rq", "sqlalchemy", "alembic", "psycopg", "sqlite3", "pywebpush"}
ABOVE_STORE = {
    "flask",
    "queueup.web",
    "queueup.jobs.tasks",
    "queueup.services",
    "queueup.waitlist",
    "rq",
}

# Which part must not import what; the parts of a path count, so queueup.web covers all below it.
FORBIDDEN: dict[str, set[str]] = {
    "queueup.web": OUTSIDE_OF_WEB
    | {"queueup.storage.store.Store", "queueup.jobs.outbox", "queueup.notifications.web_push"},
    "queueup.storage.store": ABOVE_STORE,
    "queueup.storage.snapshot_cache": ABOVE_STORE | {"redis"},
    "queueup.storage.change_feed": ABOVE_STORE,
    "queueup.storage.codec": ABOVE_STORE | {"queueup.storage.store", "redis"},
    "queueup.waitlist": {
        "flask",
        "redis",
        "rq",
        "queueup.web",
        "queueup.jobs.tasks",
        "queueup.services",
    },
    "queueup.jobs.tasks": {"flask", "redis", "queueup.web", "queueup.storage.store"},
    "queueup.bot_check": {"flask", "redis", "rq", "queueup.web", "queueup.storage.store"},
    "queueup.config": {"flask", "redis.Redis", "rq", "queueup.web", "queueup.storage.store"},
    "queueup.history": {"flask", "redis", "rq", "queueup.web"},
    "queueup.notifications.web_push": {"flask", "redis", "rq", "queueup.web"},
}


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a module imports, wherever in it."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")
            start = above[: len(above) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_within(name: str, part: str) -> bool:
    """Tell whether a dotted name is a part or below it."""
    return name == part or name.startswith(f"{part}.")


def test_there_is_something_to_check() -> None:
    names = {name_of(path) for path in MODULES}
    assert {
        "queueup",
        "queueup.domain.commands.host",
        "queueup.web.api.queue",
        "queueup.storage.store",
    } <= names
    assert "queueup.domain.model.Queue" in set(imports(PACKAGE / "storage" / "store.py"))
    assert "redis.Redis" in set(imports(PACKAGE / "storage" / "store.py"))


def test_the_domain_imports_the_standard_library_and_itself() -> None:
    for path in (PACKAGE / "domain").rglob("*.py"):
        for name in imports(path):
            first = name.partition(".")[0]
            is_own = is_within(name, "queueup.domain")
            assert is_own or first in sys.stdlib_module_names, f"{name_of(path)} imports {name}"


def test_the_domain_reads_no_clock_and_does_nothing_outside() -> None:
    effects = {"time", "os", "socket", "random", "secrets", "uuid", "subprocess", "threading", "io"}
    for path in (PACKAGE / "domain").rglob("*.py"):
        used = {name.partition(".")[0] for name in imports(path)}
        assert not used & effects, name_of(path)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("part", sorted(FORBIDDEN))
def test_a_part_imports_nothing_from_further_out(part: str) -> None:
    members = [path for path in MODULES if is_within(name_of(path), part)]
    assert members, f"{part} is not there: correct the table"
    for path in members:
        for name in imports(path):
            for forbidden in FORBIDDEN[part]:
                assert not is_within(name, forbidden), f"{name_of(path)} imports {name}"


def test_only_what_lies_further_out_imports_the_web() -> None:
    for path in [*MODULES, *PROGRAMS]:
        if name_of(path) in OUTERMOST or is_within(name_of(path), "queueup.web"):
            continue
        for name in imports(path):
            assert not is_within(name, "queueup.web"), f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", [*MODULES, *PROGRAMS], ids=name_of)
def test_a_module_opens_with_one_sentence(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    first = text.partition("\n\n")[0]
    assert first.endswith("."), f"{path.relative_to(ROOT)} opens with: {first!r}"
    assert ". " not in first.replace("\n", " "), f"{path.relative_to(ROOT)}: one sentence"


@pytest.mark.parametrize("path", [*MODULES, *PROGRAMS], ids=name_of)
def test_a_file_is_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES, path.relative_to(ROOT)
