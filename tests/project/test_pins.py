"""Every package is pinned with its hashes, and whatever we import is one that we have named."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = [
    "requirements",
    "requirements-dev",
    "scripts/wheels/valkey",
    "scripts/wheels/redis",
    "scripts/wheels/node",
]
PINNED = re.compile(r"([A-Za-z0-9._-]+)==[^\s;]+( ; [^\\]+)?((?: --hash=sha256:[0-9a-f]{64})+)")
OURS = {"queueup", "bench", "scripts", "tests", "app", "worker"}
# The program itself, and what works on it.
PROGRAM = ["queueup", "app.py", "worker.py"]
AROUND_IT = ["tests", "bench", "scripts"]


def named(written: str) -> set[str]:
    """Return the packages that people have written down."""
    lines = (ROOT / f"{written}.in").read_text().splitlines()
    return {
        plain(re.split(r"[\[=<>~ #]", line)[0])
        for line in lines
        if line and not line.startswith(("#", "-"))
    }


def pinned(written: str) -> dict[str, int]:
    """Return the number of hashes of every package of a file that pip reads."""
    text = (ROOT / f"{written}.txt").read_text().replace(" \\\n", " ")
    found = {}
    for line in text.splitlines():
        if not line or line.lstrip().startswith("#"):
            continue
        match = PINNED.fullmatch(re.sub(" +", " ", line))
        assert match, f"{written}.txt: {line[:80]}"
        found[plain(match[1])] = match[3].count("--hash=")
    return found


def plain(name: str) -> str:
    """Return the one way of writing a package's name (PEP 503)."""
    return re.sub("[-_.]+", "-", name).lower()


def imported(places: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each file with each package of others that it imports."""
    for place in places:
        for path in (
            [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        ):
            for node in ast.walk(ast.parse(path.read_text())):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module]
                    if isinstance(node, ast.ImportFrom) and node.module and not node.level
                    else []
                )
                for name in names:
                    first = name.partition(".")[0]
                    if first not in sys.stdlib_module_names and first not in OURS:
                        yield str(path.relative_to(ROOT)), first


def local_modules() -> set[str]:
    """Return the tests' own modules, which they import by their bare names."""
    return {path.stem for path in (ROOT / "tests").rglob("*.py")} | {
        path.name for path in (ROOT / "tests").iterdir() if path.is_dir()
    }


@pytest.mark.parametrize("written", WRITTEN)
def test_everything_that_pip_reads_is_pinned_with_its_hashes(written: str) -> None:
    found = pinned(written)
    assert found
    assert all(found.values())
    assert named(written) <= set(found), "run `make pins`"


@pytest.mark.parametrize("written", WRITTEN)
def test_no_file_says_where_packages_come_from(written: str) -> None:
    for end in ("in", "txt"):
        text = (ROOT / f"{written}.{end}").read_text()
        assert not re.search("://|--index|--find-links|--trusted-host", text)


def test_the_same_package_has_the_same_version_everywhere() -> None:
    lines = [
        {line.split(" ")[0] for line in (ROOT / f"{written}.txt").read_text().splitlines()}
        for written in ("requirements", "requirements-dev")
    ]
    versions = [
        {plain(name): version for name, _, version in (line.partition("==") for line in one)}
        for one in lines
    ]
    shared = set(versions[0]) & set(versions[1])
    assert {name: versions[0][name] for name in shared} == {
        name: versions[1][name] for name in shared
    }


@pytest.mark.parametrize(
    ("places", "files"),
    [(PROGRAM, ["requirements"]), (AROUND_IT, ["requirements", "requirements-dev"])],
)
def test_whatever_is_imported_is_named(places: list[str], files: list[str]) -> None:
    wanted = set().union(*(named(written) for written in files))
    known = packages_distributions()
    local = local_modules() if places is AROUND_IT else set()
    missing = {
        (path, name)
        for path, name in imported(places)
        if name not in local and not {plain(d) for d in known.get(name, [])} & wanted
    }
    assert not missing


def test_an_installation_takes_nothing_without_its_hash() -> None:
    script = (ROOT / "scripts" / "install.py").read_text()
    assert script.count('"pip", "install"') == script.count('"--require-hashes"') == 1
