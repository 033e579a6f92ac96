"""Reports and exports over the API are the host's, and say what the page says."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.services import EXTENSION, Services
from queueup.web.api.openapi import document
from tests.web.api.restaurant import Restaurant, refusal


@pytest.fixture
def recorded(app: Flask, lucia: Restaurant) -> Restaurant:
    """A restaurant in whose history somebody was called and somebody waits."""
    parts: Services = app.extensions[EXTENSION]
    lucia.join("Ana", 2)
    lucia.join("=cmd", 4)
    lucia.call_next()
    parts.recorder.upgrade()
    parts.recorder.record_queue(lucia.code)
    return lucia


def test_the_report_is_as_described(caller: FlaskClient, recorded: Restaurant) -> None:
    answer = caller.get(f"{recorded.path}/report?period=week", headers=recorded.host)
    assert answer.status_code == 200
    described = document()
    schema = described["paths"]["/api/queue/{code}/report"]["get"]["responses"]["200"]
    assert schema["content"]["application/json"]["schema"]["$ref"].endswith("/Report")
    schemas = described["components"]["schemas"]
    assert set(answer.json) == set(schemas["Report"]["properties"])
    total = answer.json["total"]
    assert set(total) == set(schemas["ReportSum"]["properties"])
    for name in ("byDay", "byHour", "bySize", "byWeekday"):
        part = schemas["Report"]["properties"][name]["items"]["properties"]
        assert {key for found in answer.json[name] for key in found} == set(part)
    assert (total["parties"], total["people"], total["called"], total["inLine"]) == (2, 6, 1, 2)
    assert answer.json["summary"].endswith(": 2 parties, 6 people.")
    assert [part["parties"] for part in answer.json["bySize"]] == [1, 1]


def test_the_export_is_as_described(caller: FlaskClient, recorded: Restaurant) -> None:
    rows = caller.get(f"{recorded.path}/export?format=json", headers=recorded.host)
    assert [row["name"] for row in rows.json] == ["Ana", "=cmd"]
    text = caller.get(f"{recorded.path}/export", headers=recorded.host)
    assert text.mimetype == "text/csv"
    assert ",'=cmd," in text.text


@pytest.mark.parametrize("name", ["report", "export"])
def test_only_the_host_gets_them(caller: FlaskClient, lucia: Restaurant, name: str) -> None:
    assert caller.get(f"{lucia.path}/{name}").status_code == 401
    wrong = {"x-host-auth": "wrong"}
    assert caller.get(f"{lucia.path}/{name}", headers=wrong).status_code == 403


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("report?period=year", "Choose a day, a week or four weeks."),
        ("report?day=9999-01-01", "or an earlier day."),
        ("export?table=names", "table must be one of parties, events, days"),
        ("export?from=2020-01-01", "Choose 366 days at most."),
    ],
)
def test_bad_questions_are_refused_in_a_sentence(
    caller: FlaskClient, lucia: Restaurant, question: str, sentence: str
) -> None:
    status, said = refusal(caller.get(f"{lucia.path}/{question}", headers=lucia.host))
    assert status == 400
    assert sentence in said
