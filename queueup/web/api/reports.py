"""Reports and exports over the API, for the line's host."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from queueup.history.report import Part, Report, Sum
from queueup.services import waitlist
from queueup.web.auth import hosts
from queueup.web.host import report_words
from queueup.web.host.reports import asked, exported, read, zone_of

bp = Blueprint("api_reports", __name__, url_prefix="/api/queue")


@bp.get("/<code:code>/report")
def report(code: str) -> ResponseReturnValue:
    """Return the report of a period."""
    hosts.require_host(code)
    zone = zone_of(waitlist().snapshot(code))
    period, last = asked(request.args, code, zone)
    return jsonify(_report(read(code, period, last, zone)))


@bp.get("/<code:code>/export")
def export(code: str) -> ResponseReturnValue:
    """Return the parties, events or days of a range of dates as a file."""
    hosts.require_host(code)
    return exported(code, request.args, zone_of(waitlist().snapshot(code)))


def camel_case(name: str) -> str:
    """Return the name of a field as JSON has it."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _report(found: Report) -> dict[str, Any]:
    weekdays = report_words.WEEKDAYS
    return {
        "period": found.period,
        "firstDay": found.first.isoformat(),
        "lastDay": found.last.isoformat(),
        "summary": report_words.headline(found),
        "total": _sum(found.total),
        "before": _sum(found.before),
        "byDay": [{"day": day.isoformat(), **_part(part)} for day, part in found.by_day.items()],
        "byHour": [{"hour": hour, **_part(part)} for hour, part in found.by_hour.items()],
        "bySize": [{"size": band, **_part(part)} for band, part in found.by_band.items()],
        "byWeekday": [
            {"weekday": weekdays[weekday], "hour": hour, **_part(part)}
            for (weekday, hour), part in found.by_weekday.items()
        ],
    }


def _sum(total: Sum) -> dict[str, Any]:
    return {
        "days": total.days,
        **_part(Part(total.counts, total.wait)),
        "quoteErrorMinutes": total.error and asdict(total.error),
        "callToTableMinutes": total.seating and asdict(total.seating),
    }


def _part(part: Part) -> dict[str, Any]:
    return {camel_case(name): count for name, count in asdict(part.counts).items()} | {
        "waitMinutes": part.wait and asdict(part.wait)
    }
