#!/usr/bin/env bash
# Versions: Flask-Limiter 4.1.1, limits 5.8.0, Flask 3.1.3, Python 3.11.
#
# `exempt_when` reads as one question about a request. It is asked for each limit of the string: for
# "2 per minute; 3 per day" twice a request. A predicate that answers yes only once, such as one that
# takes a token or counts by itself, therefore exempts the first limit and not the second, or counts
# twice.
#
# Seen (one request each):
#   one limit: asked 1 time
#   two limits: asked 2 times
#   a predicate that is true once, with two limits: by the minute exempt, by the day counted
#
# So a predicate must have no side effect: decide once for each request, and keep the answer in `g`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  Flask-Limiter==4.1.1 limits==5.8.0 Flask==3.1.3
cat >"$folder/try.py" <<'PY'
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LIMITS = "2 per minute; 3 per day"


def app_with(limits, predicate):
    app = Flask(__name__)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")

    @app.get("/")
    @limiter.limit(limits, exempt_when=predicate)
    def page():
        return "yes"

    return app, limiter


def times_asked(limits):
    asked = []
    app, _ = app_with(limits, lambda: bool(asked.append(None)))
    app.test_client().get("/")
    return len(asked)


for words, limits in (("one limit", "2 per minute"), ("two limits", LIMITS)):
    count = times_asked(limits)
    print(f"{words}: asked {count} time{'' if count == 1 else 's'}")

answers = iter([True])
app, limiter = app_with(LIMITS, lambda: next(answers, False))
app.test_client().get("/")
counted = sorted(limiter.storage.storage)
days = [name for name in counted if name.endswith("/3/1/day")]
minutes = [name for name in counted if name.endswith("/2/1/minute")]
state = {True: "counted", False: "exempt"}
print(
    "a predicate that is true once, with two limits: "
    f"by the minute {state[bool(minutes)]}, by the day {state[bool(days)]}"
)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN' && echo "as described"
one limit: asked 1 time
two limits: asked 2 times
a predicate that is true once, with two limits: by the minute exempt, by the day counted
SEEN
