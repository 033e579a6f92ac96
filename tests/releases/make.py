"""Makes the data folder of a release by running that release's own code for a small evening.

python tests/releases/make.py CHECKOUT PORT makes VERSION.tar.gz beside this file; CHECKOUT is a
working tree of the release. README.md here says what is in it.
"""

import base64
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FOLDER = Path(__file__).parent
NOT_PACKED = ("redis.sock", "queueup.lock", "metrics")
# Nobody listens there: pushes stay undelivered, and their jobs wait.
PUSH_ORIGIN = "http://127.0.0.1:9"
BACKGROUND = ("worker.py urgent", "worker.py later", "worker.py scheduler")

# Run by the old release: a line whose times lie back, with a hold that ran out.
OVERDUE = """
import json, os
from queueup import create_app
from queueup.config import read_settings
from queueup.domain.queue import MINUTE, OnExpiry, QueueSettings
from queueup.outbox import Outbox
from queueup.redis_client import connect
from queueup.store import Store
from queueup.waitlist import Waitlist, now_ms

settings = read_settings(os.environ)
redis = connect(settings.redis_url)
at = [now_ms() - 40 * MINUTE]
waitlist = Waitlist(Store(redis, Outbox(redis)), lambda: at[0])
queue = waitlist.create(QueueSettings("Overdue", 30, 10 * MINUTE, OnExpiry.FLAG))
late = waitlist.join(queue.code, "Late", 2, None)[1].id
next_one = waitlist.join(queue.code, "Next", 3, None)[1].id
at[0] += 10 * MINUTE
waitlist.call(queue.code, late)
at[0] += 15 * MINUTE
waitlist.apply_time(queue.code)
print(json.dumps({"code": queue.code, "late": late, "next": next_one}))
"""
# Run by the old release: everything would have expired on the way into a test.
KEEP = """
import sys
from pathlib import Path
from queueup import embedded_redis
from queueup.config import embedded_redis_url
from queueup.redis_client import connect

folder = Path(sys.argv[1])
with open(folder.parent / "redis.log", "wb") as log:
    server = embedded_redis.start(folder, log)
    embedded_redis.wait_until_ready(server, embedded_redis_url(folder))
    redis = connect(embedded_redis_url(folder))
    for key in redis.scan_iter("*"):
        if not key.startswith(b"rq:worker"):
            redis.persist(key)
    embedded_redis.stop(server)
"""


class Evening:
    """The old program, running, and what has been done with it."""

    def __init__(self, checkout: Path, folder: Path, port: int) -> None:
        self.checkout, self.data = checkout, folder / "data"
        self.url = f"http://127.0.0.1:{port}"
        self.env = os.environ | {
            "PORT": str(port),
            "QUEUEUP_DATA": str(self.data),
            "PUSH_EXTRA_ORIGINS": PUSH_ORIGIN,
            "RATE_LIMITS": "0",
        }
        self.program = subprocess.Popen(
            [sys.executable, "app.py"], cwd=checkout, env=self.env, stdout=subprocess.DEVNULL
        )
        self._wait_for(lambda: requests.get(f"{self.url}/", timeout=5).ok)

    def ask(self, path: str, host: str | None = None, **body: Any) -> Any:
        """Send one action to the JSON API."""
        headers = {"x-host-auth": host} if host else {}
        answer = requests.post(f"{self.url}/api{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return answer.json() if is_json else answer.text

    def run(self, program: str, *arguments: str) -> str:
        """Run a few lines with the old release's modules."""
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=self.checkout,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def members(self) -> list[psutil.Process]:
        """Return all processes of the program."""
        own = psutil.Process(self.program.pid)
        return [own, *own.children(recursive=True)]

    def end_background(self) -> None:
        """Let what follows stay unrecorded, and its jobs undone."""
        members = self.members()
        # Whatever ends would be started again.
        members[0].suspend()
        for member in members[1:]:
            if any(part in " ".join(member.cmdline()) for part in BACKGROUND):
                member.kill()
                # Until then, Redis may still hand it a job.
                while member.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.05)

    def cut_the_power(self) -> None:
        """Kill everything at once."""
        members = self.members()
        for member in members:
            member.suspend()
        for member in members:
            member.send_signal(signal.SIGKILL)
        self.program.wait()

    def _wait_for(self, ask: Any) -> None:
        for _ in range(600):
            try:
                if ask():
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise SystemExit("the old program did not start")


def play(evening: Evening) -> dict[str, Any]:
    """Play the evening, and return what a test has to know of it."""
    made: dict[str, Any] = {"push_origin": PUSH_ORIGIN, "api": _api_line(evening)}
    made["pages"] = _page_line(evening)
    made["overdue"] = json.loads(evening.run(OVERDUE))
    time.sleep(12)  # until these events are in the history
    evening.end_background()
    made["waiting_for_history"] = _unrecorded(evening, made)
    made["at"] = time.time_ns() // 1_000_000
    made["vapid_public"] = requests.get(f"{evening.url}/api/push/vapid", timeout=9).json()[
        "publicKey"
    ]
    return made


def _api_line(evening: Evening) -> dict[str, Any]:
    opened = evening.ask("/queue/create", eventName="From the API", maxGuests=40)
    code, host = opened["code"], opened["hostAuthToken"]
    names = ("Seated", "Left", "Kicked", "Subscribed", "Waiting", "Nearby")
    joined = {
        name: evening.ask(f"/queue/{code}/join", name=name, size=size)["partyId"]
        for size, name in enumerate(names, 1)
    }
    evening.ask(f"/queue/{code}/advance", host)
    evening.ask(f"/queue/{code}/advance", host, servedParty=joined["Seated"])
    evening.ask(f"/queue/{code}/leave", partyId=joined["Left"])
    evening.ask(f"/queue/{code}/kick", host, partyId=joined["Kicked"])
    evening.ask(f"/queue/{code}/declare-nearby", partyId=joined["Nearby"])
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    subscription = {
        "endpoint": f"{PUSH_ORIGIN}/push/a-phone",
        "keys": {"p256dh": _base64url(raw), "auth": _base64url(secrets.token_bytes(16))},
    }
    wish = {"sessionId": opened["sessionId"], "subscription": subscription}
    evening.ask("/push/subscribe", partyId=joined["Subscribed"], **wish)
    return {
        "code": code,
        "session_id": opened["sessionId"],
        "host_token": host,
        "parties": joined,
        "endpoint": subscription["endpoint"],
    }


def _page_line(evening: Evening) -> dict[str, Any]:
    host, guest = requests.Session(), requests.Session()
    opened = host.post(
        f"{evening.url}/new", data={"eventName": "From the pages", "maxGuests": "30"}, timeout=30
    )
    assert opened.ok, opened.text
    (cookie,) = (one for one in host.cookies if one.name.startswith("queue_host_auth_"))
    code = cookie.name.rpartition("_")[2]
    form = {"name": "On a phone", "size": "2", "key": "key-of-a-form"}
    place = guest.post(f"{evening.url}/queue/{code}", data=form, timeout=30)
    assert place.url.endswith("/place"), place.url
    party = guest.cookies[f"queueup_party_{code}"]
    for name in ("Second", "Third"):
        answer = requests.post(
            f"{evening.url}/queue/{code}", data={"name": name, "size": "4"}, timeout=30
        )
        assert answer.ok
    shown = host.get(f"{evening.url}/host/{code}", timeout=30).text
    assert re.search("Second", shown)
    return {
        "code": code,
        "host_cookie": [cookie.name, cookie.value],
        "guest_cookie": [f"queueup_party_{code}", party],
        "party": party,
    }


def _unrecorded(evening: Evening, made: dict[str, Any]) -> dict[str, Any]:
    """Do what the history has not heard of and the workers have not done when the power goes."""
    line = made["api"]
    evening.ask(f"/queue/{line['code']}/advance", line["host_token"])
    last = evening.ask(f"/queue/{line['code']}/join", name="Last", size=2)["partyId"]
    made["api"]["parties"]["Last"] = last
    return {"called": line["parties"]["Subscribed"], "joined": last}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def main(checkout: Path, port: int) -> None:
    """Make the archive."""
    sources = (checkout / "queueup" / name for name in ("version.py", "__init__.py"))
    source = next(path for path in sources if path.exists())
    version = re.search('^__version__ = "(.+)"$', source.read_text(), re.MULTILINE)
    assert version
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        evening = Evening(checkout, folder, port)
        try:
            made = play(evening)
        finally:
            evening.cut_the_power()
        evening.run(KEEP, str(evening.data))
        (folder / "made.json").write_text(json.dumps(made, indent=1) + "\n")
        with tarfile.open(FOLDER / f"{version[1]}.tar.gz", "w:gz") as archive:
            archive.add(folder / "made.json", "made.json")
            archive.add(evening.data, "data", filter=_packed)


def _packed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return None if Path(entry.name).name in NOT_PACKED else entry


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), int(sys.argv[2]))
