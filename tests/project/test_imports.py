"""What each entry point loads: an import stays within its room."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = {"flask", "werkzeug", "jinja2", "queueup.web"}
SQL = {"sqlalchemy", "alembic", "psycopg", "queueup.history"}
JOBS = {"rq", "queueup.jobs.worker", "queueup.jobs.tasks", "queueup.notifications"}

# What must not be loaded; the parts of a name count, so "rq" covers all of RQ.
FORBIDDEN: dict[str, set[str]] = {
    "import queueup.cli.restore": WEB | SQL | JOBS | {"redis", "cryptography", "gunicorn"},
    "import queueup.cli.backup": WEB | SQL | JOBS | {"gunicorn", "queueup.waitlist"},
    "import queueup.cli.invite": WEB | SQL | {"gunicorn", "queueup.jobs.worker"},
    "import queueup.server.supervisor": WEB | SQL | JOBS | {"gunicorn", "queueup.waitlist"},
    "import queueup.jobs.scheduler": WEB | SQL | {"queueup.notifications", "queueup.waitlist"},
    "import queueup.factory, queueup.jobs.worker, queueup.jobs.tasks": WEB | {"gunicorn"},
    "import app": WEB | SQL | JOBS,
    "import worker": WEB | SQL | JOBS,
    "import queueup.jobs": WEB | SQL | JOBS,
}


def loaded(imports: str) -> set[str]:
    """Return the modules that a fresh interpreter has after these imports."""
    script = f"import json, sys\nbefore = set(sys.modules)\n{imports}\n"
    script += "print(json.dumps(sorted(set(sys.modules) - before)))"
    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return set(json.loads(shown))


@pytest.mark.parametrize("imports", FORBIDDEN)
def test_an_entry_point_loads_only_what_it_needs(imports: str) -> None:
    found = loaded(imports)
    for part in FORBIDDEN[imports]:
        assert not {name for name in found if name == part or name.startswith(f"{part}.")}


def test_the_domain_loads_the_standard_library_and_itself() -> None:
    found = {name for name in loaded("import queueup.domain.model") if name != "queueup"}
    assert "queueup.domain.model" in found
    others = {name for name in found if not name.startswith("queueup.domain")}
    assert {name.partition(".")[0] for name in others} <= set(sys.stdlib_module_names)


def test_a_web_process_loads_flask_and_no_worker() -> None:
    found = loaded("from queueup import create_app; import queueup.factory, queueup.web")
    assert "flask" in found
    assert not {"queueup.jobs.worker", "queueup.jobs.tasks", "queueup.server.supervisor"} & found
