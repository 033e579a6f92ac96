"""What this service counts of itself, for Prometheus and for the operator's page.

Counting is per process; where PROMETHEUS_MULTIPROC_DIR is set, all processes of a machine add up.
"""

import os

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

POLLS = Counter(
    "queueup_polls", "Polls of the snapshot, by reader and by answer", ["reader", "status"]
)
SNAPSHOTS = Counter(
    "queueup_snapshots", "Snapshots handed out, by where they were found", ["found"]
)
TRUTH_READS = Counter(
    "queueup_truth_reads", "Queues read from the source of truth, not for a commit"
)
TRUTH_COMMITS = Counter("queueup_truth_commits", "Changes committed to the source of truth")
RACES_LOST = Counter("queueup_races_lost", "Commits decided again because a rival was faster")
SOCKETS_OPEN = Gauge("queueup_sockets_open", "Sockets of old screens", multiprocess_mode="livesum")
SOCKET_MESSAGES = Counter("queueup_socket_messages", "Messages sent to old screens")
JOBS = Counter("queueup_jobs", "Background jobs, by kind and outcome", ["job", "outcome"])
PUSHES = Counter("queueup_pushes", "Pushes, by push service and outcome", ["service", "outcome"])
SHED = Counter("queueup_requests_shed", "Requests sent away because a process had too many in hand")
REQUEST_SECONDS = Histogram(
    "queueup_request_seconds",
    "Time to an answer of the app, by route; polls answered from memory are not among them",
    ["route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def exposition(more: Collector) -> bytes:
    """Return all figures of this machine, and of `more`, in Prometheus' text format."""
    asked = CollectorRegistry()
    asked.register(more)
    return generate_latest(_registry()) + generate_latest(asked)


def sockets_open() -> int:
    """Count the sockets of old screens open on this machine."""
    return int(_registry().get_sample_value("queueup_sockets_open") or 0)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
