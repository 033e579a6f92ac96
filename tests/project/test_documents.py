"""Links in the documents lead somewhere, and the files that they name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "tests" / "releases" / "README.md",
]
README_LINES = 150
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A file or a folder of this repository, in running text as in drawings; folders end in a slash.
NAMED = re.compile(
    r"(?<![\w/.-])((?:queueup|static|templates|tests|docs|scripts|bench|\.ci)/"
    r"(?:[\w.*-]+/)*(?:[\w.*-]+\.(?:py|js|css|html|md|po|txt|tar\.gz))?)(?:::(\w+(?:\.\w+)*))?"
)
MODULE = re.compile(r"`(\w+\.py)`")
COMMAND = re.compile(r"(?:^|`|[A-Z_]+=\S+ )make ([a-z-]+)", re.MULTILINE)
RUN_MODULE = re.compile(r"python -m ([a-z_.]+)")
# The changelog names files as they were.
NAMING = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]


def name_of(path: Path) -> str:
    """Return the path of a document within the repository."""
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a document."""
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def defines(path: Path, name: str) -> bool:
    """Tell whether a Python file defines a function or class of this name."""
    *_, last = name.split(".")
    return bool(
        re.search(rf"^\s*(?:async )?(?:def|class) {last}\b", path.read_text(), re.MULTILINE)
    )


def test_there_are_documents() -> None:
    names = {name_of(path) for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/configuration.md"} <= names
    assert len(LINK.findall((ROOT / "README.md").read_text())) > 5
    assert len(NAMED.findall((ROOT / "SECURITY.md").read_text())) > 30


def test_the_readme_is_short_and_links_to_all_other_documents() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= README_LINES
    linked = {link.partition("#")[0] for link in LINK.findall(text)}
    assert [
        name for name in map(name_of, DOCUMENTS[:-1]) if name not in {*linked, "README.md"}
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        if re.match("[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{name_of(document)}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{name_of(document)}: {link}"


@pytest.mark.parametrize("document", NAMING, ids=name_of)
def test_every_file_that_is_named_exists(document: Path) -> None:
    for name, defined in NAMED.findall(document.read_text()):
        found = list(ROOT.glob(name.replace("LANGUAGE", "*")))
        assert found, f"{name_of(document)} names {name}"
        if defined:
            assert defines(found[0], defined), f"{name_of(document)} names {name}::{defined}"


@pytest.mark.parametrize("document", NAMING, ids=name_of)
def test_every_module_that_is_named_without_its_folder_exists(document: Path) -> None:
    here = {
        path.name for top in ("", "queueup/**/", "tests/**/") for path in ROOT.glob(f"{top}*.py")
    }
    assert sorted(set(MODULE.findall(document.read_text())) - here) == []


@pytest.mark.parametrize("document", NAMING, ids=name_of)
def test_every_command_that_is_named_exists(document: Path) -> None:
    targets = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {name for line in targets for name in line.split()}
    assert sorted(set(COMMAND.findall(document.read_text())) - known) == []
    for module in RUN_MODULE.findall(document.read_text()):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_every_table_that_the_recipe_names_exists() -> None:
    recipe = (ROOT / "CONTRIBUTING.md").read_text().partition("## House rules")[0]
    named = set(re.findall(r"`(_?[A-Z_]{4,})`", recipe)) - {"QUEUE_TABLE_PLANNED", "PRIVACY_DAYS"}
    assert {"UNDOABLE", "ACTIONS", "_CHANGES"} <= named
    code = "\n".join(path.read_text() for path in (ROOT / "queueup").rglob("*.py"))
    defined = set(re.findall(r"^(_?[A-Z_]+)(?::.*)? = ", code, re.MULTILINE))
    assert sorted(named - defined) == []
