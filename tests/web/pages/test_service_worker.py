"""The service worker keeps what its pages load, and shares its names with their scripts."""

import json
import re

from flask.testing import FlaskClient

from queueup.web.pwa import NAMES
from tests.web.pages.filling_in import join, open_line

LOADED = re.compile(r'(?:src|href)="(/static/[^"]+\.(?:js|css)\?[^"]*)"')


def kept_files(client: FlaskClient) -> list[str]:
    """Return the addresses that the service worker fetches when it is installed."""
    listed = re.search(r"const SHELL_FILES = (\[.*?\]);", client.get("/sw.js").text)
    assert listed
    files: list[str] = json.loads(listed[1])
    return files


def test_each_script_and_sheet_of_the_kept_pages_is_kept(client: FlaskClient) -> None:
    code = open_line(client)
    kept = kept_files(client)
    for page in (join(client, code), client.get("/offline").text):
        loaded = LOADED.findall(page)
        assert len(loaded) > 4
        assert set(loaded) <= set(kept)


def test_each_kept_file_exists_and_none_is_for_the_host(client: FlaskClient) -> None:
    kept = kept_files(client)
    assert len(set(kept)) == len(kept)
    for address in kept:
        with client.get(address) as file:
            assert file.status_code == 200, address
        assert "/host/" not in address


def test_the_worker_has_the_names_of_the_pages_scripts(client: FlaskClient) -> None:
    assert NAMES.read_text() in client.get("/sw.js").text


def test_a_manifest_is_kept_by_no_shared_cache(client: FlaskClient) -> None:
    for query in ("", "?code=ABC234&partyId=ana", "?code=ABC234&screen=board"):
        answer = client.get(f"/manifest.webmanifest{query}")
        assert answer.headers["Cache-Control"] == "private, no-cache"
