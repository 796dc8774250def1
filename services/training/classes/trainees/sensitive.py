"""Counts by sensitive attributes (Law 91/2025/QH15), such that no two of them can be subtracted to a person.

Only whole quarters that have ended, alone or several in a row; no place, class, program or other part may be asked for;
to the nearest five, nothing under five; and the same values are listed whoever was entered, so that 0 looks like 4.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel.problems import FieldError, Invalid
from kernel.records.records import dump
from kernel.values.days import Day, today
from kernel.web.auth import narrow
from kernel.web.operations import CurrentCall
from services.training.classes.trainees.ethnic_groups import GROUPS, OTHER, group_of
from services.training.classes.trainees.schemas import SensitiveCounts
from services.training.scopes import READ, training_router

router = training_router("trainees")

LEAST_SHOWN = 5
"""Counts of persons below this are not shown: they would show persons."""
STEP = 5
"""What counts are rounded to: a difference of two of them is a multiple of it, never a person."""
_FLAGS = ("false", "true")


def shown(trainees: int) -> int | None:
    """Return a count as it may be told: to the nearest five, None under five."""
    return None if trainees < LEAST_SHOWN else (trainees + STEP // 2) // STEP * STEP


def _quarter_begins(day: date) -> bool:
    return day.day == 1 and day.month % 3 == 1


def _quarter_ends(day: date) -> bool:
    return day.month % 3 == 0 and day.day == monthrange(day.year, day.month)[1]


def window_faults(first: date, last: date, on: date) -> Iterable[FieldError]:
    """Give a fault for each end of a period that is not one of quarters that had ended on the day `on`."""
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


# One value a person: of one entered more than once, what is said of the record that stands.
_COUNTED = """
    SELECT value, count(*)::int AS trainees FROM (
           SELECT DISTINCT ON (p.alliance, coalesce(p.id_number_mark, p.id::text)) s.{attribute}::text AS value
             FROM training_class c JOIN attendance f ON f.class_id = c.id JOIN trainee p ON p.id = f.trainee_id
             JOIN trainee k ON k.alliance = p.alliance AND (k.id = p.id OR k.id_number_mark = p.id_number_mark)
             JOIN trainee_sensitive s ON s.trainee_id = k.id
            WHERE c.counted_on BETWEEN $1::date AND $2::date AND c.is_counted AND c.state IN ('held', 'reported')
              AND s.{attribute} IS NOT NULL AND {area}
            ORDER BY p.alliance, coalesce(p.id_number_mark, p.id::text), k.state, k.id) person
     GROUP BY value"""


@router.operation(
    "GET",
    "/sensitive-counts",
    scopes=READ,
    response_model=SensitiveCounts,
    summary="Count trainees by a sensitive attribute",
)
async def count_sensitive_attributes(
    call: CurrentCall,
    attribute: Annotated[
        str, Query(pattern="^(ethnic_group|has_disability|is_poor_household)$", description="What to count by")
    ],
    from_: Annotated[Day, Query(alias="from", description="First day of a quarter")],
    to: Annotated[Day, Query(description="Last day of a quarter that has ended, the same or a later one")],
) -> Response:
    """Count distinct trainees of the classes that count in ended quarters, to the nearest five.

    Fewer than five are not shown. There is no count of a part: no single class, program or place, no shorter period.
    """
    if faults := list(window_faults(from_, to, today())):
        raise Invalid(*faults)
    args: list[Any] = [from_, to]
    sql = _COUNTED.format(attribute=attribute, area=narrow(call.caller, args, "c.alliance"))
    found = await call.db.fetch(sql, *args)
    counts: Counter[str] = Counter()
    for row in found:
        counts[group_of(row["value"]) if attribute == "ethnic_group" else row["value"]] += row["trainees"]
    values = (*GROUPS, OTHER) if attribute == "ethnic_group" else _FLAGS
    items = [{"value": value, "trainees": shown(counts[value])} for value in values]
    document = {"attribute": attribute, "items": items}
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
