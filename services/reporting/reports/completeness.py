"""Who has not issued what, since when: one line a province for a kind of report and its period."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid
from kernel.values import geography
from kernel.values.days import day_of, today
from kernel.values.periods import days_of
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.reporting.reports.kinds import alliance_of, days_of_kind
from services.reporting.reports.records import LAST_RECEIPT
from services.reporting.scopes import PREFIX

_FILE = Path(__file__).parent / "due_rules.json"


@dataclass(frozen=True)
class DueRule:
    """Until how many days after the period's end a kind of report is issued, and who says so."""

    kind: str
    calendar: str
    days_after_end: int
    valid_from: date | None
    source: str


@functools.cache
def rules() -> tuple[DueRule, ...]:
    """Return the rules, as they are kept with the code."""
    read = json.loads(_FILE.read_text(encoding="utf-8"))["rules"]
    return tuple(
        DueRule(**{**each, "valid_from": each["valid_from"] and date.fromisoformat(each["valid_from"])})
        for each in read
    )


def rule_for(kind: str, calendar: str, last: date) -> DueRule | None:
    """Return the rule in force on the last day of a period, the newest of several; None: it is not expected."""
    fitting = [
        rule
        for rule in rules()
        if (rule.kind, rule.calendar) == (kind, calendar) and (rule.valid_from is None or rule.valid_from <= last)
    ]
    return max(fitting, key=lambda rule: rule.valid_from or date.min, default=None)


def kind_of(code: str) -> tuple[str, str, date, date]:
    """Return kind, calendar and days of the report that a period code asks for. Raises the fault of a period without one."""
    first, last = days_of(code)
    calendar = "statistical_year" if code.startswith("S") else "plan_year"
    for kind in ("month", "quarter", "six_months", "eight_months", "nine_months", "year"):
        days = days_of_kind(kind, calendar, first)
        if days is not None and days.last == last:
            return kind, calendar, first, last
    words = (
        "Không có loại báo cáo nào cho kỳ này; hãy chọn tháng, quý, 6, 8, 9 tháng hoặc năm.",
        "No kind of report has this period; choose a month, a quarter, 6, 8 or 9 months, or a year.",
    )
    raise Invalid(FieldError("no_kind_of_report", words, parameter="period"))


class _Standing(TypedDict):
    id: str
    province: str
    state: str
    version_number: int
    issued_on: date | None
    submitted_at: datetime | None
    updated_at: datetime
    receipt: str | None


# By ix_report_ends_on: of a province the newest version, cut early or not.
_STANDING = statement(
    _Standing,
    f"""
    SELECT DISTINCT ON (r.province) r.id, r.province, r.state, r.version_number, r.issued_on, r.submitted_at, r.updated_at,
           {LAST_RECEIPT} AS receipt
      FROM report r
     WHERE r.ends_on BETWEEN $4::date AND $5::date AND r.starts_on = $3::date AND r.kind = $1 AND r.calendar = $2
       AND ($6::text IS NULL OR r.alliance = $6::text)
     ORDER BY r.province, r.version_number DESC, r.updated_at DESC""",  # noqa: S608  a constant
)
# The first version that was issued says whether it was in time; a revision is not late again.
_FIRST_ISSUED = statement(
    _Standing,
    f"""
    SELECT DISTINCT ON (r.province) r.id, r.province, r.state, r.version_number, r.issued_on, r.submitted_at, r.updated_at,
           {LAST_RECEIPT} AS receipt
      FROM report r
     WHERE r.ends_on BETWEEN $4::date AND $5::date AND r.starts_on = $3::date AND r.kind = $1 AND r.calendar = $2
       AND ($6::text IS NULL OR r.alliance = $6::text) AND r.state = 'issued'
     ORDER BY r.province, r.version_number""",  # noqa: S608  a constant
)


def expected_provinces(caller: Caller, map_: str) -> list[str]:
    """Return the provinces of a map that have to report, of those that the caller may see."""
    return [each.id for each in geography.provinces() if each.map == map_ and caller.holds(alliance_of(each.id))]


async def completeness(call: Call, period: str, map_: str | None) -> dict[str, Any]:
    """Return one line for each province that is expected to report on a period. Raises Invalid."""
    kind, calendar, first, last = kind_of(period)
    rule = rule_for(kind, calendar, last)
    due = None if rule is None else last + timedelta(days=rule.days_after_end)
    days = days_of_kind(kind, calendar, first)
    assert days is not None
    args = (kind, calendar, first, days.earliest_cut, last, call.caller.alliance)
    standing = {row["province"]: row for row in await call.db.fetch(_STANDING, *args)}
    issued = {row["province"]: row for row in await call.db.fetch(_FIRST_ISSUED, *args)}
    provinces = expected_provinces(call.caller, map_ or geography.map_in_force(last))
    items = [_line(each, standing.get(each), issued.get(each), due) for each in provinces]
    return {
        "period": period,
        "kind": kind,
        "calendar": calendar,
        "from": first,
        "to": last,
        "due_on": due,
        "due_source": None if rule is None else rule.source,
        "expected_count": len(items),
        "issued_count": sum(item["issued_on"] is not None for item in items),
        "items": items,
    }


def _line(province: str, row: _Standing | None, first: _Standing | None, due: date | None) -> dict[str, Any]:
    issued_on = None if first is None else first["issued_on"]
    late = 0 if due is None else max(((issued_on or today()) - due).days, 0)
    return {
        "province": province,
        "province_name": geography.province_name(province),
        "state": "missing" if row is None else row["receipt"] or row["state"],
        "report_id": None if row is None else row["id"],
        "report": None if row is None else f"{PREFIX}/reports/{row['id']}",
        "version_number": None if row is None else row["version_number"],
        "issued_on": issued_on,
        "since": None if row is None else day_of(row["updated_at"]),
        "due_on": due,
        "days_late": late,
    }


def outstanding(line: Mapping[str, Any]) -> bool:
    """Say whether a province has not issued yet, or has to revise what was returned."""
    return line["issued_on"] is None or line["state"] == "returned"
