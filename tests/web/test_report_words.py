"""A report begins with what a manager would say."""

from datetime import date

import pytest

from queueup.history.days import Period
from queueup.history.report import Part, Report, Sum
from queueup.history.report_queries import Counts, Spread
from queueup.web.host.report_words import compared_with, figures, headline, heat

SATURDAY = date(2026, 3, 7)
NOTHING = Sum(0, Counts(), None, None, None)


def counts(parties: int, late: int, people: int = 0) -> Counts:
    """Return counts of parties that were all called, so many of them later than quoted."""
    return Counts(
        parties=parties,
        people=people or 3 * parties,
        called=parties,
        calls=parties,
        quoted=parties,
        kept=parties - late,
    )


def report(
    hours: dict[int, Counts],
    bands: dict[str, Counts] | None = None,
    period: Period = Period.DAY,
    before: Sum = NOTHING,
) -> Report:
    """Return a report of these hours."""
    total = sum(hours.values(), Counts())
    return Report(
        period=period,
        first=SATURDAY,
        last=SATURDAY,
        total=Sum(1, total, Spread(total.called, 12.4, 31.6), None, None),
        before=before,
        by_day={SATURDAY: Part(total)},
        by_hour={hour: Part(found) for hour, found in hours.items()},
        by_band={name: Part(found) for name, found in (bands or {}).items()},
        by_weekday={(5, hour): Part(found) for hour, found in hours.items()},
    )


@pytest.mark.parametrize(
    ("hours", "bands", "sentence"),
    [
        (
            {18: counts(34, 2, 90), 19: counts(30, 10, 92), 20: counts(10, 1, 30)},
            {"1-2": counts(40, 4), "3-4": counts(20, 4), "7+": counts(14, 7)},
            "Saturday 7 March: 74 parties, 212 people; a third waited longer than quoted between"
            " 19:00 and 20:00, parties of 7 or more most.",
        ),
        (
            {23: counts(10, 5)},
            {"3-4": counts(10, 5)},
            "Saturday 7 March: 10 parties, 30 people; half waited longer than quoted between 23:00"
            " and 0:00.",
        ),
        (
            {18: counts(20, 2)},
            {},
            "Saturday 7 March: 20 parties, 60 people; 9 in 10 were called by the time quoted.",
        ),
        (
            {18: counts(20, 0)},
            {},
            "Saturday 7 March: 20 parties, 60 people; all were called by the time quoted.",
        ),
        (
            # Two parties late at night are no rush.
            {18: counts(20, 2), 22: counts(2, 2)},
            {},
            "Saturday 7 March: 22 parties, 66 people; 8 in 10 were called by the time quoted.",
        ),
        ({18: counts(1, 1, 1)}, {}, "Saturday 7 March: 1 party, 1 person."),
        ({}, {}, "Saturday 7 March: no parties."),
    ],
)
def test_the_sentence_on_top(
    hours: dict[int, Counts], bands: dict[str, Counts], sentence: str
) -> None:
    assert headline(report(hours, bands)) == sentence


def test_counts_of_a_day_stand_beside_the_average_before() -> None:
    before = Sum(4, counts(40, 10), Spread(40, 20, 50), None, None)
    found = {
        figure.label: (figure.now, figure.before)
        for figure in figures(report({18: counts(20, 5)}, before=before))
    }
    assert found["Parties"] == ("20", "10")
    assert found["Called by the time quoted"] == ("75%", "75%")
    assert found["Typical wait (median)"] == ("12 min", "20 min")
    assert found["Call to table (median)"] == ("–", "–")
    weeks = report({18: counts(20, 5)}, period=Period.WEEK, before=before)
    assert [figure.before for figure in figures(weeks) if figure.label == "Parties"] == ["40"]
    assert (compared_with(report({})), compared_with(weeks)) == ("Usual Saturday", "Week before")


def test_the_busiest_hour_is_the_hottest() -> None:
    [(weekday, cells)] = heat(report({18: counts(1, 0), 19: counts(40, 0)})).items()
    assert (weekday, [level for _, level in cells]) == ("Saturday", [1, 4])
