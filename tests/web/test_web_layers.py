"""Inside the web, a package imports only what stands before it, and no files import in a circle."""

from graphlib import TopologicalSorter

from tests.project.test_layers import MODULES, imports, is_within, name_of

# The audiences on one line do not know of each other.
ORDER = (
    ("urls", "errors"),
    ("templating", "auth"),
    ("input", "polling"),
    ("legacy_sockets",),
    ("guest", "host", "api", "board", "health", "home", "kiosk", "ops", "pwa"),
    ("middleware",),
)
PLACE = {f"queueup.web.{name}": place for place, names in enumerate(ORDER) for name in names}
FILES = {name_of(path): path for path in MODULES if is_within(name_of(path), "queueup.web")}


def part_of(name: str) -> str:
    """Return the part of the web that a module stands in."""
    return ".".join(name.split(".")[:3])


def imported_files(name: str) -> set[str]:
    """Return the other files of the web that a file imports."""
    found = set()
    for full in imports(FILES[name]):
        file = full if full in FILES else full.rpartition(".")[0]
        if file in FILES and file != name:
            found.add(file)
    return found


def test_every_part_of_the_web_has_a_place() -> None:
    assert {part_of(name) for name in FILES} == {*PLACE, "queueup.web"}


def test_a_part_of_the_web_imports_only_what_stands_before_it() -> None:
    for name in FILES.keys() - {"queueup.web"}:
        for file in imported_files(name):
            is_own = part_of(file) == part_of(name)
            assert is_own or PLACE[part_of(file)] < PLACE[part_of(name)], f"{name} imports {file}"


def test_no_files_of_the_web_import_in_a_circle() -> None:
    TopologicalSorter({name: imported_files(name) for name in FILES}).prepare()
