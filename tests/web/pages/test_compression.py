"""Compression of pages and static files."""

import gzip
from pathlib import Path

from flask.testing import FlaskClient

from queueup.static_files import compress, originals


def test_a_page_is_compressed_for_whoever_can_read_it(client: FlaskClient) -> None:
    plain = client.get("/")
    packed = client.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.vary
    assert "Accept-Encoding" in plain.vary
    assert b"Open a line" in gzip.decompress(packed.data)


def test_compressed_copies_make_no_other_release(tmp_path: Path) -> None:
    (tmp_path / "base.css").write_text("body { color: black }\n" * 100)
    before = originals(tmp_path)
    compress(tmp_path)
    assert (tmp_path / "base.css.gz").exists()
    assert originals(tmp_path) == before


def test_what_is_polled_keeps_its_tag(client: FlaskClient) -> None:
    asked = {"eventName": "Lucia", "maxGuests": 20}
    code = client.post("/api/queue/create", json=asked).json["code"]
    headers = {"HX-Request": "true", "Accept-Encoding": "gzip"}
    answer = client.get(f"/api/queue/{code}/snapshot?view=public", headers=headers)
    assert "Content-Encoding" not in answer.headers
    headers["If-None-Match"] = answer.headers["ETag"]
    assert client.get(answer.request.full_path, headers=headers).status_code == 304
