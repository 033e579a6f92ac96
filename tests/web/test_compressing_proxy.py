"""Unchanged answers stay 304 behind a proxy that compresses, which gives them tags of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.waitlist import Waitlist
from tests.browser.web_process import WebProcess
from tests.support import apache

GZIP = {"Accept-Encoding": "gzip"}

pytestmark = pytest.mark.skipif(
    not apache.is_installed(), reason="this machine has no Apache (Debian: apache2-bin)"
)


@pytest.fixture
def proxy(env: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A web process behind Apache's mod_deflate."""
    web = WebProcess(env | {"TRUSTED_PROXIES": "1"}).start()
    with apache.in_front_of(web.url, tmp_path) as url:
        yield url
    web.stop()


def test_every_answer_that_has_not_changed_is_304(proxy: str, waitlist: Waitlist) -> None:
    line = waitlist.create(QueueSettings("Lucia", 60, 10 * MINUTE, OnExpiry.FLAG))
    page = {"HX-Request": "true", "Accept-Language": "en"}
    polled = f"/api/queue/{line.code}/snapshot?view=board"
    tags = set()
    for name in ("Anna", "Bo"):
        waitlist.join(line.code, name, 2, None)
        for path, more in (
            (polled, page),
            (polled, {}),
            ("/static/icons/icon.svg", {}),
            ("/manifest.webmanifest", {}),
            ("/sw.js", {}),
        ):
            # A web process may take a second to notice what another one has committed.
            first = requests.get(proxy + path, headers=GZIP | more, timeout=10)
            assert first.status_code == 200, path
            tag = first.headers["ETag"]
            tags.add(tag)
            for _ in range(2):
                again = requests.get(
                    proxy + path, headers=GZIP | more | {"If-None-Match": tag}, timeout=10
                )
                assert again.status_code == 304 or again.headers["ETag"] != tag, (path, tag)
    assert any("-gzip" in tag for tag in tags), tags
