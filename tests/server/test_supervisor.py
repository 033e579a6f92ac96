"""One command runs everything, says so, refuses in one sentence, and never loses the list."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import RedisError

from queueup.config import embedded_redis_url
from queueup.jobs.outbox import APPLY_TIME
from queueup.storage.job_queues import URGENT, job_queue
from tests.support.ports import free_port
from tests.support.running_service import PARTS, ROOT, Service, eventually, is_running

EVENING = "Evening"


def test_it_says_once_that_it_is_ready_and_answers_then(service: Service) -> None:
    ready = [line for line in service.lines if "is ready" in line]
    assert ready == [f"QueueUp is ready: {service.url}"]
    assert get(service, "/api/push/vapid")["publicKey"]


def test_a_program_open_to_the_network_shows_phones_the_way(tmp_path: Path) -> None:
    with Service(tmp_path / "data", HOST="0.0.0.0") as service:
        line = service.wait_for_line("On phones in the same network: http://")
        assert line.endswith(f":{service.env['PORT']}")
        eventually(lambda: "█" in "".join(service.lines))


def test_each_line_of_a_part_names_the_part(service: Service) -> None:
    for name in ("web", "redis", "urgent", "scheduler"):
        assert service.wait_for_line(f"{name:9} | ")


def test_web_processes_share_what_all_of_them_load(service: Service) -> None:
    master = service.pid("web")
    (*_, web) = service.pids_below(master)
    kilobytes = dict(
        line.split()[:2] for line in Path(f"/proc/{web}/smaps_rollup").read_text().splitlines()[1:]
    )
    shared, own = int(kilobytes["Shared_Dirty:"]), int(kilobytes["Private_Dirty:"])
    assert shared > own


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_leaves_nothing_behind(
    service: Service, number: signal.Signals
) -> None:
    for part in PARTS:
        service.pid(part)
    pids = service.pids()
    assert service.process is not None
    service.process.send_signal(number)
    assert service.wait() == 0
    assert [pid for pid in pids if is_running(pid)] == []
    assert "bye bye" in service.lines[-1], "Redis stops last"
    assert not any("Traceback" in line for line in service.lines)


def test_what_was_committed_is_there_after_a_stop_and_after_a_power_cut(service: Service) -> None:
    code = open_queue(service)
    assert service.stop() == 0
    assert about(service.start(), code)["eventName"] == EVENING
    join(service, code)
    service.kill_everything()
    assert about(service.start(), code)["people"] == 1


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_works(service: Service) -> None:
    code = open_queue(service)
    pids = service.pids()
    service.kill("supervisor")
    assert about(service.start(), code)["eventName"] == EVENING
    eventually(lambda: not any(is_running(pid) for pid in pids))


def test_a_start_waits_for_a_killed_run_that_still_waits_for_a_proxy(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", TRUSTED_PROXIES="1").start()
    with socket.create_connection(("127.0.0.1", int(service.env["PORT"])), 120) as kept:
        # A proxy keeps its connection for the next request.
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept.recv(100).startswith(b"HTTP/1.1 200")
        service.kill("supervisor")
        with service:
            assert open_queue(service)


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back_and_the_queue_is_as_it_was(service: Service, part: str) -> None:
    code = open_queue(service)
    before = service.kill(part)
    eventually(lambda: service.pid(part) != before)
    with Redis.from_url(embedded_redis_url(service.data)) as redis:
        eventually(lambda: answers(redis))
    join(service, code)
    assert about(service, code)["people"] == 1


def test_a_scheduler_that_was_killed_is_prompt_again_without_waiting_for_its_old_lock(
    service: Service,
) -> None:
    with Redis.from_url(embedded_redis_url(service.data)) as redis:
        eventually(lambda: redis.exists(f"rq:scheduler-lock:{URGENT}"))
        before = service.kill("scheduler")
        eventually(lambda: service.pid("scheduler") != before)
        # The lock of the killed one lives longer than anything here has patience.
        queue = job_queue(redis, URGENT)
        job = queue.enqueue_at(datetime.now(UTC), APPLY_TIME, "NOSUCH", 0)
        service.wait_for_line(f"job={job.id} task=apply_time outcome=done")


def test_callers_wait_while_the_web_server_starts_again(service: Service) -> None:
    service.kill("web")
    assert get(service, "/api/push/vapid")["publicKey"]


def test_secrets_are_made_once_and_only_their_owner_reads_them(service: Service) -> None:
    secrets = ["host_auth.secret", "vapid_private.key"]
    made = [(service.data / name).read_text() for name in secrets]
    assert mode(service.data) == 0o700
    assert [mode(service.data / name) for name in secrets] == [0o600, 0o600]
    service.stop()
    service.start()
    assert [(service.data / name).read_text() for name in secrets] == made


def test_a_port_in_use_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tmp_path, PORT=str(port))
    assert said == f"HOST=127.0.0.1 PORT={port} cannot be used: Address already in use."


def test_an_address_of_another_machine_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path, HOST="192.0.2.1")
    assert "HOST=192.0.2.1" in said


def test_a_data_folder_that_cannot_be_made_ends_the_start_with_one_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    said = refused(tmp_path, exit_code=2, QUEUEUP_DATA=str(tmp_path / "file" / "data"))
    assert said == f"QUEUEUP_DATA={tmp_path}/file/data: Not a directory."


def test_a_data_folder_that_cannot_be_written_ends_the_start_with_one_sentence(
    tmp_path: Path,
) -> None:
    # Even root cannot make a file in a folder of the system's process table.
    said = refused(tmp_path, exit_code=2, QUEUEUP_DATA="/proc/self")
    assert said.startswith("QUEUEUP_DATA=/proc/self")


def test_a_data_folder_in_use_ends_the_start_with_one_sentence(service: Service) -> None:
    second = Service(service.data).launch()
    assert second.wait() == 1
    assert second.lines == [f"QUEUEUP_DATA={service.data} is in use by another running QueueUp."]
    assert get(service, "/api/push/vapid")["publicKey"]


def test_a_data_folder_with_a_long_name_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 20)
    said = refused(tmp_path, QUEUEUP_DATA=str(data))
    assert said == f"QUEUEUP_DATA={data}: use a path of fewer than 96 characters."


def test_a_data_folder_may_have_spaces_and_percent_signs_in_its_name(tmp_path: Path) -> None:
    with Service(tmp_path / "my 100% data") as service:
        assert open_queue(service)


def test_an_unreachable_redis_ends_the_start_with_one_sentence_without_its_password(
    tmp_path: Path,
) -> None:
    port = free_port()
    said = refused(tmp_path, REDIS_URL=f"redis://:hidden@127.0.0.1:{port}/0")
    assert said.startswith(f"REDIS_URL: 127.0.0.1:{port}/0 cannot be reached: ")
    assert "hidden" not in said


def test_a_damaged_file_of_redis_ends_the_start_and_shows_what_redis_says(tmp_path: Path) -> None:
    service = Service(tmp_path / "data")
    service.data.mkdir()
    (service.data / "appendonly.aof").write_text("not what Redis writes")
    service.launch()
    assert service.wait() == 1
    service.wait_for_line("The embedded Redis did not start: see its last log lines.")
    assert any(line.startswith("redis ") for line in service.lines)


def test_a_bad_setting_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    assert refused(tmp_path, exit_code=2, PORT="eighty").startswith("PORT=eighty: ")


def test_a_machine_without_any_redis_is_told_so_in_one_sentence(tmp_path: Path) -> None:
    # A virtual environment of nothing but this interpreter's packages: no server came with it.
    python = tmp_path / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    packages = [path for path in sys.path if path.endswith("site-packages")]
    found = subprocess.run(
        [python, "app.py"],
        cwd=ROOT,
        env={
            "PATH": str(python.parent),
            "PYTHONPATH": os.pathsep.join(packages),
            "PORT": str(free_port()),
            "QUEUEUP_DATA": str(tmp_path / "data"),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 1
    assert found.stderr.startswith("No redis-server was found")
    assert found.stderr.endswith(
        "install redis-server (6.2 or newer) or valkey-server, or set REDIS_URL.\n"
    )


def test_a_redis_of_the_operator_is_used_and_left_running(
    redis_url: str, tmp_path: Path, client: FlaskClient
) -> None:
    with Service(tmp_path / "data", REDIS_URL=redis_url) as service:
        code = open_queue(service)
    assert not (service.data / "redis.sock").exists()
    # An app on the same Redis knows the queue.
    assert client.get(f"/api/queue/{code}/snapshot?view=public").json["eventName"] == EVENING


def refused(folder: Path, exit_code: int = 1, **settings: str) -> str:
    """Start it, and return the one sentence with which it ended."""
    service = Service(folder / "data", **settings).launch()
    assert service.wait() == exit_code
    assert len(service.lines) == 1, service.lines
    return service.lines[0]


def open_queue(service: Service) -> str:
    """Open a queue and return its code."""
    code: str = post(service, "/api/queue/create", {"eventName": EVENING, "maxGuests": 20})["code"]
    return code


def join(service: Service, code: str) -> None:
    """Let a party of one in."""
    post(service, f"/api/queue/{code}/join", {"size": 1})


def about(service: Service, code: str) -> dict:
    """Return what everybody may know of a queue."""
    return get(service, f"/api/queue/{code}/snapshot?view=public")


def answers(redis: Redis) -> bool:
    """Tell whether Redis is there."""
    try:
        return redis.ping()
    except RedisError:
        return False


def get(service: Service, path: str) -> dict:
    """Read a JSON answer."""
    with urllib.request.urlopen(service.url + path, timeout=120) as answer:
        return json.load(answer)


def post(service: Service, path: str, body: dict) -> dict:
    """Send JSON and read the answer."""
    request = urllib.request.Request(
        service.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)
