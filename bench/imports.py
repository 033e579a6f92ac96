"""What each entry point loads: its modules, and the memory that it takes by itself (PSS, Linux)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENTRY_POINTS = {
    "the domain": "import queueup.domain.model",
    "restore": "import queueup.cli.restore",
    "backup": "import queueup.cli.backup",
    "the supervisor": "import queueup.server.supervisor",
    "the scheduler": "import queueup.jobs.scheduler",
    "a worker": "import queueup.factory, queueup.jobs.worker, queueup.jobs.tasks",
    "a web process": "import queueup.factory, queueup.web",
}
MEASURE = """
import sys
rollup = dict(line.split(":") for line in open("/proc/self/smaps_rollup") if line.count(":") == 1)
print(len(sys.modules), rollup["Pss"].split()[0])
"""


def run() -> Iterator[tuple[str, str]]:
    """Yield what each entry point costs."""
    for name, imports in ENTRY_POINTS.items():
        shown = subprocess.run(
            [sys.executable, "-c", f"{imports}\n{MEASURE}"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        modules, kilobytes = shown.split()
        yield name, f"{int(modules):,} modules, {int(kilobytes) / 1024:.0f} MB"
