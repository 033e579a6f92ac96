"""Parties that are done are found by name, ticket, phone, note and table."""

import re

import pytest
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import act

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def done(host: FlaskClient, code: str, waitlist: Waitlist) -> str:
    """A line in which two parties are done and one waits."""
    for fields in (
        {"name": "Émile Zola", "phone": "055 202-118", "notes": "red coat"},
        {"name": "Bo"},
        {"name": "Anna Zola"},
    ):
        host.post(f"/host/{code}/do/add", data={"size": "2", **fields}, headers=FRAGMENT)
    first, second, _ = waitlist.queue(code).parties
    act(host, code, first.id, "serve", table="Patio 4")
    act(host, code, second.id, "remove")
    return code


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Bo", "Émile Zola"]),
        ("emile", ["Émile Zola"]),
        ("ZOLA", ["Émile Zola"]),
        ("#2", ["Bo"]),
        ("1", ["Émile Zola"]),
        ("(055) 202", ["Émile Zola"]),
        ("202118", ["Émile Zola"]),
        ("coat", ["Émile Zola"]),
        (" émile   zola", ["Émile Zola"]),
        ("patio 4", ["Émile Zola"]),
        ("nobody", []),
        ("#", []),
    ],
)
def test_parties_that_are_done_can_be_found(
    host: FlaskClient, done: str, typed: str, found: list[str]
) -> None:
    page = host.get(f"/host/{done}/ended", query_string={"find": typed})
    rows = host.get(f"/host/{done}/ended", query_string={"find": typed}, headers=FRAGMENT)
    for shown in (page, rows):
        assert sorted(re.findall(r"<bdi[^>]*>([^<]+)</bdi> ?</b>", shown.text)) == found
        assert shown.headers["X-QueueUp-Found"] == str(len(found))
    assert "<html" not in rows.text
    assert ("No matches." in page.text) == (not found)
