"""A primary Redis with replicas, and sentinels that promote one when the primary has gone."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from queueup.data_folder import server_versions
from tests.support.ports import free_port
from tests.support.running_service import eventually

NAME = "queueup"
DOWN_AFTER_MS = 1000
SENTINEL = """
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {name} 127.0.0.1 {primary} 2
sentinel down-after-milliseconds {name} {down_after}
sentinel failover-timeout {name} 10000
"""


class Server:
    """One server on a port of this machine."""

    def __init__(self, folder: Path, primary: "Server | None" = None) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        folder.mkdir(parents=True)
        of = ["--replicaof", "127.0.0.1", str(primary.port)] if primary else []
        self.process = _started(
            folder,
            ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
            + ["--appendonly", "yes", "--save", "", "--repl-diskless-sync-delay", "0", *of],
        )
        self.client = Redis.from_url(self.url)
        eventually(self.answers)

    def answers(self) -> bool:
        """Tell whether it is up."""
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def send(self, number: signal.Signals) -> None:
        """Kill, stop or continue it."""
        self.process.send_signal(number)

    def close(self) -> None:
        """End it, in whatever state it is."""
        self.client.close()
        self.process.kill()
        self.process.wait()


class ReplicatedRedis:
    """A primary and its replicas; all have the same data when this returns."""

    def __init__(self, folder: Path, replicas: int) -> None:
        self._folder = folder
        self.primary = Server(folder / "primary")
        self.replicas: list[Server] = []
        self._sentinels: list[subprocess.Popen[bytes]] = []
        for number in range(replicas):
            self.replicas.append(Server(folder / f"replica{number}", self.primary))
        eventually(lambda: self.primary.client.info()["connected_slaves"] == replicas)
        for replica in self.replicas:
            eventually(lambda server: server.client.info()["master_link_status"] == "up", replica)

    def watch(self, sentinels: int = 3) -> str:
        """Start sentinels, and return the address of the primary that they name."""
        ports = [free_port() for _ in range(sentinels)]
        for number, port in enumerate(ports):
            folder = self._folder / f"sentinel{number}"
            folder.mkdir()
            configuration = folder / "sentinel.conf"
            configuration.write_text(
                SENTINEL.format(
                    port=port,
                    folder=folder,
                    name=NAME,
                    primary=self.primary.port,
                    down_after=DOWN_AFTER_MS,
                )
            )
            self._sentinels.append(_started(folder, [str(configuration), "--sentinel"]))
        for port in ports:
            with Redis(port=port) as sentinel:
                eventually(_knows, sentinel, sentinels - 1, len(self.replicas))
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/{NAME}"

    def close(self) -> None:
        """End all of them."""
        for process in self._sentinels:
            process.kill()
            process.wait()
        for server in (self.primary, *self.replicas):
            server.close()


@contextmanager
def replicated(folder: Path, replicas: int) -> Iterator[ReplicatedRedis]:
    """Start a primary with replicas, and end all that was started."""
    servers = ReplicatedRedis(folder, replicas)
    try:
        yield servers
    finally:
        servers.close()


def _started(folder: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [server_versions.chosen(folder).program, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _knows(sentinel: Redis, others: int, replicas: int) -> bool:
    try:
        state = sentinel.sentinel_master(NAME)
    except RedisError:
        return False
    return bool(state["num-other-sentinels"] == others and state["num-slaves"] == replicas)
