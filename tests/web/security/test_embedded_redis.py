"""The embedded Redis is reached by a socket in a private folder, and by nothing else."""

import stat
from pathlib import Path

import psutil
from redis import Redis

from queueup.config import embedded_redis_url
from tests.support.running_service import Service


def test_the_embedded_redis_never_listens_on_tcp(service: Service) -> None:
    server = psutil.Process(service.pid("redis"))
    assert server.net_connections("inet") == []
    with Redis.from_url(embedded_redis_url(service.data)) as redis:
        assert redis.config_get("port") == {"port": "0"}
        redis.ping()
    assert [one.laddr for one in server.net_connections("unix") if one.laddr]


def test_only_its_owner_reaches_its_socket_and_its_files(service: Service) -> None:
    assert mode(service.data) == 0o700
    assert mode(service.data / "redis.sock") & 0o077 == 0
    for name in ("host_auth.secret", "vapid_private.key"):
        assert mode(service.data / name) == 0o600


def test_nothing_but_the_web_server_listens(service: Service) -> None:
    ports = {
        one.laddr.port
        for pid in service.pids()
        for one in psutil.Process(pid).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }
    assert ports == {int(service.env["PORT"])}


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)
