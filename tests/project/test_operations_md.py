"""docs/operations.md lists the metrics that are exported, and the files of the data folder."""

import re
from pathlib import Path

from prometheus_client import REGISTRY, Counter
from prometheus_client.metrics import MetricWrapperBase

from queueup import metrics
from queueup.data_folder import archive

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
LINE = re.compile("`([^`]+)`")
GAUGE = re.compile(r'"(queueup_jobs_[a-z_]+)"')


def exported() -> dict[str, str]:
    """Return the name and type of every metric, as Prometheus sees them."""
    found = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            [described] = metric.describe()
            total = "_total" if isinstance(metric, Counter) else ""
            found[f"{described.name}{total}"] = described.type
    gauges = GAUGE.findall((ROOT / "queueup" / "monitoring" / "job_stats.py").read_text())
    return found | dict.fromkeys(gauges, "gauge")


def test_the_metrics_are_found() -> None:
    assert {"queueup_polls_total", "queueup_jobs_waiting"} <= exported().keys()
    assert REGISTRY.get_sample_value("queueup_sockets_open") is not None


def test_the_table_lists_exactly_the_metrics_that_are_exported() -> None:
    listed = re.findall(r"^\| `(queueup_\w+)` \| (\w+) \|", OPERATIONS, re.MULTILINE)
    assert dict(listed) == exported()


def test_every_file_of_a_backup_is_in_the_table_of_the_data_folder() -> None:
    table = OPERATIONS.partition("## Data folder")[2]
    assert [name for name in archive.NAMES if f"`{name}`" not in table] == []


def test_every_log_line_that_is_documented_is_in_the_code() -> None:
    table = OPERATIONS.partition("| log line contains |")[2].partition("\n## ")[0]
    quoted = [
        text for cell in re.findall(r"^\| (`.*?) \|", table, re.M) for text in LINE.findall(cell)
    ]
    assert len(quoted) > 5
    code = "".join(path.read_text() for path in (ROOT / "queueup").rglob("*.py"))
    assert [text for text in quoted if text not in code] == []
