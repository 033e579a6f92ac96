"""An evening at a restaurant, as its host and guests make it through the API, for push tests."""

from types import SimpleNamespace
from typing import Any

import requests
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.registry import ScheduledJobRegistry
from rq.scheduler import RQScheduler

from queueup.storage.job_queues import LATER, URGENT
from tests.support.push_service import Device


class Remote:
    """A client of a running program that looks like Flask's client of an app."""

    def __init__(self, url: str) -> None:
        self._url = url

    def post(self, path: str, json: Any, headers: dict[str, str] | None = None) -> Any:
        """Post JSON."""
        answer = requests.post(self._url + path, json=json, headers=headers, timeout=60)
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return SimpleNamespace(
            status_code=answer.status_code,
            text=answer.text,
            json=answer.json() if is_json else None,
        )


class Guest:
    """One party of the evening."""

    def __init__(self, evening: "Evening", name: str) -> None:
        self.evening = evening
        answer = evening.ask(f"/api/queue/{evening.code}/join", name=name, size=2)
        self.id: str = answer["partyId"]

    def subscribe(self, device: Device, **more: Any) -> Any:
        """Subscribe a device and return the response."""
        named = {"sessionId": self.evening.session_id, "partyId": self.id}
        body = named | {"subscription": device.subscription()} | more
        return self.evening.client.post("/api/push/subscribe", json=body)

    def say(self, route: str, **more: Any) -> Any:
        """Post to a route with the guest's ids and return the response."""
        body = {"sessionId": self.evening.session_id, "partyId": self.id} | more
        return self.evening.client.post(route, json=body)

    def leave(self) -> None:
        """Give the place up."""
        self.evening.ask(f"/api/queue/{self.evening.code}/leave", partyId=self.id)


class Evening:
    """A queue with its host at the stand."""

    def __init__(self, client: FlaskClient | Remote, name: str = "Trattoria Lucia") -> None:
        self.client = client
        created = self.ask("/api/queue/create", eventName=name, maxGuests=100)
        self.code: str = created["code"]
        self.session_id: str = created["sessionId"]
        self.host = {"x-host-auth": created["hostAuthToken"]}

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """Post as host and guest at once, and return the answer, which must be good."""
        response = self.client.post(path, json=body, headers=getattr(self, "host", {}))
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json
        return answer

    def guest(self, name: str) -> Guest:
        """Let a party join."""
        return Guest(self, name)

    def call(self, guest: Guest | None = None) -> None:
        """Call a party, or the next one."""
        chosen = {"nextParty": guest.id} if guest else {}
        self.ask(f"/api/queue/{self.code}/advance", **chosen)


def queue(redis: Redis, name: str) -> Queue:
    """Return a line of jobs."""
    return Queue(name, connection=redis, serializer="json")


def work(redis: Redis, *names: str) -> None:
    """Work off lines of jobs, as a worker process does, until they are empty."""
    lines = [queue(redis, name) for name in names or (URGENT, LATER)]
    SimpleWorker(lines, connection=redis, serializer="json").work(burst=True)


def waits(redis: Redis, name: str) -> list[Job]:
    """Return the jobs of a line that wait for another try to tell somebody something."""
    registry = ScheduledJobRegistry(queue=queue(redis, name))
    jobs = [queue(redis, name).fetch_job(job_id) for job_id in registry.get_job_ids()]
    return [job for job in jobs if job and job.func_name.startswith("queueup.jobs.tell")]


def let_waits_pass(redis: Redis, name: str) -> None:
    """Make every try that waits due, and let the scheduler see it."""
    registry = ScheduledJobRegistry(queue=queue(redis, name))
    for job in waits(redis, name):
        redis.zadd(registry.key, {job.id: 1})
    scheduler = RQScheduler([name], connection=redis, serializer="json")
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
