"""Every promise in SECURITY.md names tests, and every test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISES = [
    line for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.startswith("- ")
]
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::([a-z0-9_]+)`")


def named_tests(path: Path) -> set[str]:
    """Return the names of the tests of a file, those within classes too."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_there_are_promises() -> None:
    assert len(PROMISES) > 30


@pytest.mark.parametrize("promise", PROMISES, ids=lambda text: text[2:50])
def test_a_promise_names_tests_that_are_there(promise: str) -> None:
    named = NAMED.findall(promise)
    assert named, "no test is named"
    assert promise.count("::") == len(named), "a name is not of the form `tests/file.py::test`"
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert name in named_tests(ROOT / path), f"{path}::{name}"


def test_every_security_test_is_named_by_a_promise() -> None:
    files = {path for line in PROMISES for path, _ in NAMED.findall(line)}
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests" / "web" / "security").glob("test_*.py")
    }
    assert here and here <= files
