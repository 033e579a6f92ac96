#!/usr/bin/env bash
# Versions: Werkzeug 3.1.9, Flask 3.1.3, Python 3.11.
#
# With MAX_CONTENT_LENGTH, a body whose Content-Length is too large is answered with 413. A chunked
# body has no Content-Length, and a server that passes one on says so with wsgi.input_terminated.
# Such a body is not refused when it is longer than the limit: reading it ends at the limit as if it
# were complete, without an error. Text, JSON or a form that is cut there looks whole.
#
# Seen (a limit of 10 bytes, a body of 26):
#   with Content-Length: 413
#   chunked: 200, the view reads 10 bytes: b'abcdefghij'
#
# So whoever lets chunked bodies in must count them before the view: one byte more than the limit is
# 413, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check Werkzeug==3.1.9 Flask==3.1.3
cat >"$folder/try.py" <<'PY'
from io import BytesIO
from string import ascii_lowercase

from flask import Flask, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 10


@app.post("/")
def read():
    body = request.get_data()
    return f"{len(body)} bytes: {body!r}"


BODY = ascii_lowercase.encode()
client = app.test_client()
print("with Content-Length:", client.post("/", data=BODY).status_code)
# As servers do that decode chunks: no length, and a stream that ends by itself.
chunked = client.post(
    "/",
    input_stream=BytesIO(BODY),
    headers={"Transfer-Encoding": "chunked"},
    environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
)
print(f"chunked: {chunked.status_code}, the view reads {chunked.text}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN' && echo "as described"
with Content-Length: 413
chunked: 200, the view reads 10 bytes: b'abcdefghij'
SEEN
