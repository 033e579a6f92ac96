"""Imports go one way, the domain is pure, and every module says what it is."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in [*(ROOT / "queueup").rglob("*.py"), ROOT / "app.py", ROOT / "worker.py"]
}

# From the ground up: a module imports only what stands before it, or in its own line.
ORDER = """
    domain
    errors circuit_breaker files clock ids metrics typed body_limits
    signing_keys vapid log_config bot_check static_files time_zones i18n redis_url
    config links
    storage
    waitlist
    history
    notifications
    invitations
    monitoring
    services
    jobs
    recurring
    web.urls web.entity_tags web.client_address
    web.threads
    web.errors
    web.templating
    web.auth
    web.input
    web.export_files
    web.polling
    web.guest
    web.host
    web.api
    web.board web.kiosk web.home web.pwa web.health web.mistyped_urls
    web.legacy_sockets
    web.ops
    web.middleware
    web
    factory
    data_folder
    server
    cli backup restore invite __main__
"""
LAYERS = [
    [f"queueup.{name}" for name in line.split()] for line in ORDER.split("\n") if line.strip()
]
LAYERS.append(["app", "worker"])
# Its create_app loads the factory when it is called; otherwise it is only the version.
PACKAGE = "queueup"


@cache
def layer_of(module: str) -> int:
    """Return the layer whose name is the longest beginning of this module's name."""
    found = [
        (len(name), number)
        for number, names in enumerate(LAYERS)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    assert found, f"{module} has no place in ORDER"
    return max(found)[1]


@cache
def imports(module: str) -> frozenset[str]:
    """Return the full names of all that a module imports, wherever in it."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")
            start = above[: len(above) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return frozenset(names)


def own_imports(module: str) -> Iterator[str]:
    """Yield the modules of this project that a module imports."""
    for name in imports(module):
        while name not in MODULES and "." in name:
            name = name.rpartition(".")[0]
        if name in MODULES and name not in (module, PACKAGE):
            yield name


def packages_of(domain: str) -> list[str]:
    """Return the modules of a package."""
    return [name for name in MODULES if name == domain or name.startswith(f"{domain}.")]


def test_the_reader_of_imports_sees_them() -> None:
    assert "redis.Redis" in imports("queueup.storage.store")
    assert "queueup.domain.model" in own_imports("queueup.storage.store")
    assert layer_of("queueup.web.host.console") < layer_of("queueup.web")


def test_every_line_of_the_order_is_there() -> None:
    gone = [name for names in LAYERS for name in names if not packages_of(name)]
    assert not gone


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {PACKAGE}))
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    above = [name for name in own_imports(module) if layer_of(name) > layer_of(module)]
    assert not above


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module: set(own_imports(module)) for module in MODULES if module != PACKAGE}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_domain_imports_the_standard_library_and_itself() -> None:
    for module in packages_of("queueup.domain"):
        for name in imports(module):
            is_own = name.startswith("queueup.domain")
            assert is_own or name.partition(".")[0] in sys.stdlib_module_names, (module, name)


def test_the_domain_reads_no_clock_and_does_nothing_outside() -> None:
    effects = {"time", "os", "socket", "random", "secrets", "uuid", "subprocess", "threading", "io"}
    for module in packages_of("queueup.domain"):
        assert not {name.partition(".")[0] for name in imports(module)} & effects, module
        for node in ast.walk(ast.parse(MODULES[module].read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{module}:{node.lineno}"


@pytest.mark.parametrize(
    ("package", "outside"),
    [
        ("queueup.web", {"redis", "rq", "sqlalchemy", "alembic", "psycopg", "pywebpush"}),
        ("queueup.storage", {"flask", "sqlalchemy"}),
        ("queueup.waitlist", {"flask", "redis", "rq"}),
        ("queueup.jobs", {"flask"}),
        ("queueup.history", {"flask", "redis", "rq"}),
        ("queueup.notifications", {"flask", "sqlalchemy"}),
        ("queueup.services", {"flask"}),
        ("queueup.config", {"flask", "rq"}),
    ],
)
def test_a_package_leaves_libraries_to_those_that_own_them(package: str, outside: set[str]) -> None:
    for module in packages_of(package):
        used = {name.partition(".")[0] for name in imports(module)}
        assert not used & outside, module


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_opens_with_one_sentence(module: str) -> None:
    text = ast.get_docstring(ast.parse(MODULES[module].read_text())) or ""
    first = text.partition("\n\n")[0].replace("\n", " ")
    assert first.endswith("."), f"opens with: {first!r}"
    assert ". " not in first, "one sentence"
