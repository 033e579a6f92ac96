"""The metrics of this service, for Prometheus and for the operator's page.

Each process counts for itself; with PROMETHEUS_MULTIPROC_DIR the processes of a machine are summed.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

IN_MEMORY = Path("/dev/shm")

POLLS = Counter(
    "queueup_polls", "Polls of the snapshot, by reader and by status", ["reader", "status"]
)
SNAPSHOTS = Counter("queueup_snapshots", "Snapshots returned, by where they came from", ["found"])
TRUTH_READS = Counter(
    "queueup_truth_reads", "Queues read from the source of truth, not for a commit"
)
TRUTH_COMMITS = Counter("queueup_truth_commits", "Changes committed to the source of truth")
RACES_LOST = Counter("queueup_races_lost", "Commits retried because another writer was faster")
LOST_ANSWERS = Counter(
    "queueup_lost_answers",
    "Commits whose answer was lost with the connection, by what was found out about them",
    ["outcome"],
)
SOCKETS_OPEN = Gauge(
    "queueup_sockets_open", "Open sockets of legacy clients", multiprocess_mode="livesum"
)
SOCKET_MESSAGES = Counter("queueup_socket_messages", "Messages sent to legacy clients")
JOBS = Counter("queueup_jobs", "Background jobs, by kind and outcome", ["job", "outcome"])
PUSHES = Counter("queueup_pushes", "Pushes, by push service and outcome", ["service", "outcome"])
FORWARDED_IGNORED = Counter(
    "queueup_forwarded_ignored", "Requests with X-Forwarded-For while TRUSTED_PROXIES=0"
)
SHED = Counter("queueup_requests_shed", "Requests rejected because a process was overloaded")
REFUSED_EARLY = Counter(
    "queueup_requests_refused_early", "Requests beyond a rate limit, refused without the app"
)
CACHE_BYTES = Gauge(
    "queueup_cache_bytes",
    "Bytes that each process counts in its caches, no less than the memory that they take",
    ["cache"],
    multiprocess_mode="liveall",
)
REQUEST_SECONDS = Histogram(
    "queueup_request_seconds",
    "Duration of requests, by route; polls answered from memory are not included",
    ["route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def exposition(more: Collector) -> bytes:
    """Return all metrics of this machine, and of `more`, in Prometheus' text format."""
    asked = CollectorRegistry()
    asked.register(more)
    return generate_latest(_registry()) + generate_latest(asked)


def sockets_open() -> int:
    """Count the open sockets of legacy clients on this machine."""
    return int(_registry().get_sample_value("queueup_sockets_open") or 0)


def make_multiprocess_folder(data: Path) -> Path:
    """Make and return an empty folder for the metrics of all processes on this data folder.

    It is in memory where the system has that: the files are mapped, and a process that writes to a
    mapped file on a full disk dies at once (SIGBUS).
    """
    name = f"queueup-{hashlib.blake2b(str(data).encode(), digest_size=8).hexdigest()}"
    for folder in (IN_MEMORY / name, data / "metrics"):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            # If it still exists, it belongs to another user.
            folder.mkdir(mode=0o700)
        except OSError:
            continue
        return folder
    return Path(tempfile.mkdtemp())


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
