"""The operations of reports and exports, and their schemas."""

from dataclasses import fields

from queueup.history.days import Period
from queueup.history.exports import Kind, columns
from queueup.history.report_queries import Counts, Spread
from queueup.web.api.reports import camel_case
from queueup.web.export_files import FORMATS
from queueup.web.host.report_words import WEEKDAYS
from queueup.web.input.dates import LONGEST_DAYS

from .operations import HOST, Operation, Schema, query, reference

DAY: Schema = {"type": "string", "format": "date"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number", "minimum": 0}

OPERATIONS = [
    Operation(
        "get",
        "/api/queue/{code}/report",
        "report",
        "Get the report of a day, a week or four weeks, beside the same weekdays before",
        HOST,
        parameters=(
            query("period", {"enum": list(Period)}, "Without it, a day."),
            query(
                "day",
                DAY,
                "The last day, which ends at 5 in the morning; without it, the latest in use.",
            ),
        ),
        answers={200: "Report"},
    ),
    Operation(
        "get",
        "/api/queue/{code}/export",
        "export",
        "Get parties, events or days as a file; times are those of the line's clock",
        HOST,
        parameters=(
            query("table", {"enum": list(Kind)}, "What; without it, parties."),
            query("format", {"enum": list(FORMATS)}, "Without it, CSV."),
            query("from", DAY, f"Without it, today; a range has {LONGEST_DAYS} days at most."),
            query("to", DAY, "The last day; without it, today."),
        ),
        answers={200: "Export"},
        media=(FORMATS["csv"],),
        headers={"X-QueueUp-Total": "How many rows the export has."},
    ),
]


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list_of(properties: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(properties)}


SPREAD: Schema = {
    "oneOf": [
        _object({one.name: COUNT if one.name == "number" else NUMBER for one in fields(Spread)}),
        {"type": "null"},
    ],
    "description": "The median, and what nine in ten do not exceed; null of nothing.",
}
PART: dict[str, Schema] = {camel_case(one.name): COUNT for one in fields(Counts)} | {
    "waitMinutes": reference("Spread")
}
SUM = _object(
    {"days": COUNT}
    | PART
    | {"quoteErrorMinutes": reference("Spread"), "callToTableMinutes": reference("Spread")}
)
HOUR: Schema = {"type": "integer", "minimum": 0, "maximum": 23}
SCHEMAS: dict[str, Schema] = {
    "Report": _object(
        {
            "period": {"enum": list(Period)},
            "firstDay": DAY,
            "lastDay": DAY,
            "summary": {"type": "string"},
            "total": reference("ReportSum"),
            "before": reference("ReportSum"),
            "byDay": _list_of({"day": DAY} | PART),
            "byHour": _list_of({"hour": HOUR} | PART),
            "bySize": _list_of({"size": {"type": "string"}} | PART),
            "byWeekday": _list_of({"weekday": {"enum": list(WEEKDAYS)}, "hour": HOUR} | PART),
        }
    ),
    "ReportSum": SUM,
    "Spread": SPREAD,
    "Export": {
        "type": "array",
        "items": {
            "oneOf": [{"type": "object", "required": columns(kind)} for kind in Kind],
        },
    },
}
