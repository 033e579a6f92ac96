"""The report of a day, a week or four weeks, and exports of any range of days."""

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from queueup.clock import now_ms
from queueup.history import HistoryUnavailable
from queueup.history.days import LENGTHS, Period, date_of, day_of
from queueup.history.exports import Kind
from queueup.history.report import Report
from queueup.services import services, waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web import export_files, threads
from queueup.web.errors import HISTORY_AWAY, BadField
from queueup.web.input import dates, fields, time_zones
from queueup.web.polling import fragments

from . import report_words
from .lock import require_device

log = logging.getLogger(__name__)

# The fields of the page that are dates.
DATES = ("day", "from", "to")

bp = Blueprint("host_reports", __name__, url_prefix="/host")


@bp.get("/<code:code>/reports")
def page(code: str) -> ResponseReturnValue:
    """Show the report of the latest day, or of the period that was asked for."""
    snapshot, _ = require_device(code)
    zone = zone_of(snapshot)
    typed = request.args.to_dict()
    try:
        period, last = asked(typed, code, zone)
    except BadField as bad:
        return _page(snapshot, typed, {bad.field: str(bad)}), HTTPStatus.UNPROCESSABLE_ENTITY
    shown = typed | {"period": period, "day": last.isoformat()}
    try:
        report = read(code, period, last, zone)
    except HistoryUnavailable as error:
        return _away(snapshot, shown, error)
    return _page(snapshot, shown, {}, report)


@bp.get("/<code:code>/export")
def export(code: str) -> ResponseReturnValue:
    """Download parties, events or days of a range of dates as a file."""
    snapshot, _ = require_device(code)
    try:
        return exported(code, request.args, zone_of(snapshot))
    except BadField as bad:
        typed, errors = request.args.to_dict(), {bad.field: str(bad)}
        return _page(snapshot, typed, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except HistoryUnavailable as error:
        return _away(snapshot, request.args.to_dict(), error)


def read(code: str, period: Period, last: date, zone: ZoneInfo) -> Report:
    """Return a report. Raises HistoryUnavailable."""
    history = services().history
    if not history.is_sqlite:
        return history.report(code, period, last, zone)
    return threads.in_thread(lambda: history.report(code, period, last, zone))


def exported(code: str, typed: Mapping[str, str], zone: ZoneInfo) -> Response:
    """Return the export that was asked for. Raises BadField and HistoryUnavailable."""
    kind = Kind(fields.choice(typed, "table", Kind) or Kind.PARTIES)
    file_format = fields.choice(typed, "format", export_files.FORMATS) or "csv"
    now = now_ms()
    days = dates.read_range(typed, "from", "to", date_of(now, zone), day_of(now, zone))
    found = services().history.export(kind, code, days, zone)
    return export_files.download(
        found, file_format, f"queueup-{code}-{kind}-{days[0]}-to-{days[1]}"
    )


def zone_of(snapshot: CachedSnapshot) -> ZoneInfo:
    """Return the time zone of a line: that of the server if the line has none."""
    return ZoneInfo(snapshot.views["about"]["timeZone"] or time_zones.of_server())


def asked(typed: Mapping[str, str], code: str, zone: ZoneInfo) -> tuple[Period, date]:
    """Return the period of the report that was asked for, and its last day. Raises BadField."""
    try:
        period = Period(fields.choice(typed, "period", Period) or Period.DAY)
    except BadField:
        raise BadField("period", "Choose a day, a week or four weeks.") from None
    if typed.get("day", "").strip():
        return period, dates.read_day(typed, "day", date_of(now_ms(), zone))
    # On the morning after, that is the day before, whether or not the line is still open.
    queue = waitlist().queue(code)
    used_at = max([queue.opened_at, *(party.joined_at for party in queue.parties)])
    return period, day_of(used_at, zone)


def _away(
    snapshot: CachedSnapshot, typed: Mapping[str, str], error: HistoryUnavailable
) -> ResponseReturnValue:
    log.warning("the history is unavailable: %s", error)
    return _page(snapshot, typed, {}, is_away=True), HTTPStatus.SERVICE_UNAVAILABLE


def _page(
    snapshot: CachedSnapshot,
    typed: Mapping[str, str],
    errors: dict[str, str],
    report: Report | None = None,
    *,
    is_away: bool = False,
) -> Response:
    zone, now = zone_of(snapshot), now_ms()
    today, latest = date_of(now, zone), day_of(now, zone)
    first = report.first if report else latest
    typed = {"from": first.isoformat(), "to": latest.isoformat()} | dict(typed)
    shown = render_template(
        "host/reports.html",
        about=snapshot.views["about"],
        typed=typed,
        errors=errors,
        as_text={name for name in DATES if name in errors or not _is_date(typed.get(name, ""))},
        today=today,
        history_away=HISTORY_AWAY if is_away else None,
        report=report,
        words=report_words,
        estimates=snapshot.views["host"]["estimates"],
        neighbours=_neighbours(report, latest) if report else {},
    )
    return fragments.private(shown)


def _is_date(typed: str) -> bool:
    try:
        return not typed or bool(date.fromisoformat(typed))
    except ValueError:
        return False


def _neighbours(report: Report, today: date) -> dict[str, date]:
    """Return the last days of the periods before and after this one."""
    step = timedelta(days=LENGTHS[report.period])
    found = {"Earlier": report.last - step}
    if report.last < today:
        found["Later"] = min(report.last + step, today)
    return found
