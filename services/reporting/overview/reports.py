"""Which reports of a year were to be issued by now and are not: by the rules that completeness has, one line a kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TypedDict

from kernel.database.connections import Database
from kernel.database.statements import statement
from kernel.values import geography
from kernel.web.auth import NATION
from services.reporting import code_lists as codes
from services.reporting.overview.areas import YearAsked, alliance_of
from services.reporting.overview.parts import Item
from services.reporting.reports.completeness import rule_for, rules
from services.reporting.reports.kinds import STATISTICAL_FIRST_DAY, Days, days_of_kind, period_text
from services.reporting.scopes import PREFIX


class IssuedRow(TypedDict):
    """A report that was issued, by what it is of."""

    kind: str
    calendar: str
    starts_on: date
    province: str


class Expected(TypedDict):
    """A report that is expected of a province. `due_on`: the last day that is in time."""

    kind: str
    calendar: str
    days: Days
    province: str
    due_on: date


# By ix_report_ends_on.
_ISSUED = statement(
    IssuedRow,
    """
    SELECT DISTINCT kind, calendar, starts_on, province FROM report
     WHERE ends_on BETWEEN $1 AND $2 AND state = 'issued' AND province = ANY($3::text[])""",
)


def expected(asked: YearAsked) -> Iterator[Expected]:
    """Yield what reports are expected of the year's periods that have ended by the day looked at."""
    firsts = [date(asked.year, month, 1) for month in range(1, 13)]
    statistical = date(asked.year - 1, 12, STATISTICAL_FIRST_DAY)
    for kind, calendar in dict.fromkeys((rule.kind, rule.calendar) for rule in rules()):
        for first in [statistical] if calendar == "statistical_year" else firsts:
            days = days_of_kind(kind, calendar, first)
            rule = None if days is None else rule_for(kind, calendar, days.last)
            # The second half of a year is told of in the year's report.
            if days is None or rule is None or days.last >= asked.on or (kind == "six_months" and first.month > 1):
                continue
            due_on = days.last + timedelta(days=rule.days_after_end)
            for province in _reporting(asked.province, days.last):
                yield {"kind": kind, "calendar": calendar, "days": days, "province": province, "due_on": due_on}


def _reporting(province: str, on: date) -> tuple[str, ...]:
    """Return who had to report for a province on a day: those of the map that was in force then."""
    if geography.map_in_force(on) == "2008":
        return geography.expand(province)
    return (alliance_of(province),)


async def late_reports(db: Database, asked: YearAsked, language: str) -> list[Item]:
    """Return the late ones, a line for each kind and calendar; of the nation none, as each province has its own."""
    if asked.province == NATION:
        return []
    wanted = [each for each in expected(asked) if each["due_on"] < asked.on]
    places = list({each["province"] for each in wanted})
    rows = await db.fetch(_ISSUED, date(asked.year - 1, 12, 1), asked.last, places)
    issued = {(row["kind"], row["calendar"], row["starts_on"], row["province"]) for row in rows}
    missing: dict[tuple[str, str], list[Expected]] = {}
    for each in wanted:
        key = (each["kind"], each["calendar"])
        if (*key, each["days"].first, each["province"]) not in issued:
            missing.setdefault(key, []).append(each)
    return [_line(each, asked, language) for each in missing.values()]


def _line(missing: Sequence[Expected], asked: YearAsked, language: str) -> Item:
    oldest, newest = missing[0], missing[-1]
    kind, days = newest["kind"], newest["days"]
    if language == "en":
        title = f"{codes.REPORT_KINDS[kind][1]}, last of {days.first:%d/%m/%Y}–{days.last:%d/%m/%Y}"
    else:
        period = period_text(kind, newest["calendar"], days.first, days.last)
        title = (
            f"Báo cáo {period}"
            if len(missing) == 1
            else f"Báo cáo {codes.REPORT_KINDS[kind][0].lower()}, gần nhất {period}"
        )
    return {
        "kind": "report",
        "kind_label": codes.LATE_KINDS["report"][language == "en"],
        "service": "reporting",
        "title": title,
        "due_on": oldest["due_on"],
        "days_late": (asked.on - oldest["due_on"]).days,
        "count": len(missing),
        "path": f"{PREFIX}/report-completeness?period={_period(kind, newest['calendar'], days)}&is_outstanding=true",
    }


def _period(kind: str, calendar: str, days: Days) -> str:
    """Return the code of a report's period, as `report-completeness` takes it."""
    year = days.last.year
    if calendar == "statistical_year":
        return f"S{year}"
    return {
        "month": f"{year}-{days.last.month:02}",
        "quarter": f"{year}-Q{days.last.month // 3}",
        "six_months": f"{year}-H{days.last.month // 6}",
        "eight_months": f"{year}-8M",
        "nine_months": f"{year}-9M",
    }.get(kind, str(year))
