"""Counts by sensitive attributes (Law 91/2025/QH15), such that no two of them can be subtracted to a person.

Only whole quarters that have ended, alone or several in a row; no place, class, program or other part may be asked for;
to the nearest five, nothing under five; and the same values are listed whoever was entered, so that 0 looks like 4.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict

from kernel.database.connections import Database
from kernel.database.statements import statement
from kernel.problems import FieldError
from kernel.web.auth import Caller
from services.training.classes.sensitive_counts.ethnic_groups import GROUPS, OTHER, group_of

LEAST_SHOWN = 5
"""Counts of persons below this are not shown: they would show persons."""
STEP = 5
"""What counts are rounded to: a difference of two of them is a multiple of it, never a person."""
_FLAGS = ("false", "true")


def rounded(trainees: int) -> int | None:
    """Return a count as it may be told: to the nearest five, None under five."""
    return None if trainees < LEAST_SHOWN else (trainees + STEP // 2) // STEP * STEP


def _quarter_begins(day: date) -> bool:
    return day.day == 1 and day.month % 3 == 1


def _quarter_ends(day: date) -> bool:
    return day.month % 3 == 0 and day.day == monthrange(day.year, day.month)[1]


def period_errors(first: date, last: date, on: date) -> Iterable[FieldError]:
    """Give an error for each end of a period that is not one of quarters that had ended on the day `on`."""
    if not _quarter_begins(first):
        words = (
            "Phải là ngày đầu một quý, ví dụ 01/01 hoặc 01/04.",
            "Give the first day of a quarter, such as 1 January or 1 April.",
        )
        yield FieldError("not_a_quarter", words, parameter="from")
    if not _quarter_ends(last):
        words = (
            "Phải là ngày cuối một quý, ví dụ 31/03 hoặc 30/06.",
            "Give the last day of a quarter, such as 31 March or 30 June.",
        )
        yield FieldError("not_a_quarter", words, parameter="to")
    elif last < first:
        words = ("Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")
        yield FieldError("end_before_start", words, parameter="to")
    elif last >= on:
        words = (
            "Quý này chưa kết thúc; chỉ đếm các quý đã qua.",
            "This quarter has not ended; only past ones are counted.",
        )
        yield FieldError("quarter_not_ended", words, parameter="to")


class _Counted(TypedDict):
    value: str
    trainees: int


# One value a person: of one entered more than once, what is said of the record that stands.
# By ix_training_class_counted_on, uq_attendance_trainee and ix_trainee_id_number.
_COUNTED = """
    SELECT value, count(*)::int AS trainees FROM (
           SELECT DISTINCT ON (p.alliance, coalesce(p.id_number_mark, p.id::text)) s.{attribute}::text AS value
             FROM training_class c JOIN attendance f ON f.class_id = c.id JOIN trainee p ON p.id = f.trainee_id
             JOIN trainee k ON k.alliance = p.alliance AND (k.id = p.id OR k.id_number_mark = p.id_number_mark)
             JOIN trainee_sensitive s ON s.trainee_id = k.id
            WHERE c.counted_on BETWEEN $1::date AND $2::date AND c.is_counted AND c.state IN ('held', 'reported')
              AND s.{attribute} IS NOT NULL AND ($3::text IS NULL OR c.alliance = $3)
            ORDER BY p.alliance, coalesce(p.id_number_mark, p.id::text), k.state, k.id) person
     GROUP BY value"""
_ATTRIBUTES = ("ethnic_group", "has_disability", "is_poor_household")
# Each attribute has a statement of its own: the name of a column cannot be a parameter.
_COUNTED_BY = {name: statement(_Counted, _COUNTED.replace("{attribute}", name)) for name in _ATTRIBUTES}


async def count_of(db: Database, attribute: str, first: date, last: date, *, by: Caller) -> list[dict[str, Any]]:
    """Return about how many distinct trainees of the classes that count in the period have each value of an attribute."""
    counts: Counter[str] = Counter()
    for counted in await db.fetch(_COUNTED_BY[attribute], first, last, by.alliance):
        value = counted["value"]
        counts[group_of(value) if attribute == "ethnic_group" else value] += counted["trainees"]
    values = (*GROUPS, OTHER) if attribute == "ethnic_group" else _FLAGS
    return [{"value": value, "trainees": rounded(counts[value])} for value in values]
