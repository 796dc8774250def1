"""Finding the approved measures that figures are measured by, and their estimates: one statement each, whatever is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid
from kernel.values.money import number_text
from kernel.web.auth import Caller, everyones
from services.reporting.plans.reading import IN_PREPARATION

_COLUMNS = """m.plan_id, m.number AS version, m.measure_id, m.task_id, m.indicator, m.scope, m.place, m.province, m.commune_code,
           m.commune_map, m.starts_on, m.ends_on, m.value, m.unit, m.comparator, m.baseline, m.condition, m.is_condition,
           m.implied, m.phasing, m.phases"""


class ApprovedMeasure(TypedDict):
    """A measure as a version of a plan has it."""

    plan_id: str
    version: int
    measure_id: str
    task_id: str | None
    indicator: str
    scope: str
    place: str
    province: str | None
    commune_code: str | None
    commune_map: str | None
    starts_on: date
    ends_on: date
    value: str
    unit: str
    comparator: str
    baseline: str | None
    condition: str | None
    is_condition: bool
    implied: bool
    phasing: str
    phases: str


class FoundMeasure(ApprovedMeasure):
    """The measure of what is asked `at` a place of the list, counted from 1."""

    at: int


class MeasureEstimate(TypedDict):
    """An estimate of a measure."""

    id: str
    measure_id: str
    made_on: date
    value: str
    unit: str
    source: str


class NamedPlan(TypedDict):
    """A plan with the version that is asked for; `number` is null where there is no such version."""

    id: str
    province: str
    starts_on: date
    ends_on: date
    version_number: int
    number: int | None


@dataclass(frozen=True)
class Wanted:
    """What a figure is of: its place as plans name it, and its days; of a stock only the last one counts."""

    indicator: str
    scope: str
    place: str
    first: date
    last: date
    is_stock: bool


# By ix_approved_measure_indicator: of several the one of the nearest end, then what was assigned, then the newest plan.
_IN_FORCE = statement(
    FoundMeasure,
    f"""
    SELECT DISTINCT ON (asked.at) asked.at::int AS at, {_COLUMNS}
      FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[]) WITH ORDINALITY
           AS asked(indicator, scope, place, first, last, at)
      JOIN approved_measure m ON m.indicator = asked.indicator AND m.scope = asked.scope AND m.place = asked.place
       AND m.starts_on = asked.first AND m.ends_on >= asked.last
      JOIN plan p ON p.id = m.plan_id AND p.version_number = m.number
     WHERE $6::text IS NULL OR p.alliance IN ($6, 'VN')
     ORDER BY asked.at, m.ends_on, array_position('{{assigned_targets,provincial_plan,work_plan}}'::text[], p.kind),
           p.starts_on DESC, p.id DESC""",  # noqa: S608  of this module's constants
)
# By the key of approved_measure: a plan has some dozens of them. What is asked from the measure's first day on comes first.
_OF_PLAN = statement(
    FoundMeasure,
    f"""
    SELECT DISTINCT ON (asked.at) asked.at::int AS at, {_COLUMNS}
      FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[], $6::boolean[]) WITH ORDINALITY
           AS asked(indicator, scope, place, first, last, is_stock, at)
      JOIN approved_measure m ON m.indicator = asked.indicator AND m.scope = asked.scope AND m.place = asked.place
       AND (m.starts_on = asked.first OR asked.is_stock) AND asked.last BETWEEN m.starts_on AND m.ends_on
     WHERE m.plan_id = $7::uuid AND m.number = $8
     ORDER BY asked.at, m.starts_on = asked.first DESC, m.ends_on, m.measure_id""",  # noqa: S608  of this module's constants
)
# By ix_estimate_measure_id, the newest first.
_ESTIMATES = statement(
    MeasureEstimate,
    """
    SELECT id, measure_id, made_on, value, unit, source FROM estimate
     WHERE measure_id = ANY($1::uuid[]) ORDER BY made_on DESC, id DESC""",
)
_NAMED = statement(
    NamedPlan,
    f"""
    SELECT p.id, p.province, p.starts_on, p.ends_on, p.version_number, a.number
      FROM plan p LEFT JOIN approved_plan a ON a.plan_id = p.id AND a.number = coalesce($2::int, p.version_number)
     WHERE p.id = $1::uuid AND ($3::text IS NULL OR p.alliance = $3 OR {everyones(IN_PREPARATION, "p.alliance")})""",  # noqa: S608  of this module's constants
)
# By ix_plan_alliance_id: the plans of one alliance are few.
_ASSIGNED = statement(
    NamedPlan,
    """
    SELECT id, province, starts_on, ends_on, version_number, version_number AS number FROM plan
     WHERE alliance = $1 AND kind = 'assigned_targets' AND version_number > 0 AND starts_on <= $2::date AND ends_on >= $3::date
       AND ($4::text IS NULL OR alliance IN ($4, 'VN'))
     ORDER BY id""",
)


async def measures_for(
    db: Database, wanted: Sequence[Wanted], caller: Caller, plan: NamedPlan | None
) -> dict[int, FoundMeasure]:
    """Return the approved measure of each of `wanted` by its place in the list; of the plan named, if one is.

    Without a plan it is the one whose days begin with those asked and hold their last.
    """
    if not wanted:
        return {}
    lists = (
        [each.indicator for each in wanted],
        [each.scope for each in wanted],
        [each.place for each in wanted],
        [each.first for each in wanted],
        [each.last for each in wanted],
    )
    if plan is None:
        rows = await db.fetch(_IN_FORCE, *lists, caller.alliance)
    else:
        rows = await db.fetch(_OF_PLAN, *lists, [each.is_stock for each in wanted], plan["id"], plan["number"])
    return {row["at"] - 1: row for row in rows}


async def estimates_of(db: Database, measure_ids: Sequence[str]) -> dict[str, list[MeasureEstimate]]:
    """Return the estimates of measures, by measure, the newest first."""
    found: dict[str, list[MeasureEstimate]] = {}
    if measure_ids:
        for row in await db.fetch(_ESTIMATES, list(dict.fromkeys(measure_ids))):
            found.setdefault(row["measure_id"], []).append(row)
    return found


async def named_plan(
    db: Database | Transaction, plan_id: str, version: int | None, caller: Caller, *, pointer: str | None = None
) -> NamedPlan:
    """Return the plan that a question names, or a body at `pointer`, with the version asked for.

    Raises Invalid where there is none to measure by.
    """
    parameter = "plan" if pointer is None else None
    plan = await db.fetchrow(_NAMED, plan_id, version, caller.alliance)
    if plan is None:
        words = ("Không có kế hoạch này trong địa bàn của bạn.", "There is no such plan in your area.")
        raise Invalid(FieldError("unknown_plan", words, parameter=parameter, pointer=pointer))
    if plan["number"] is None and version is None:
        words = (
            "Kế hoạch này chưa được phê duyệt; hãy chọn kế hoạch đã phê duyệt.",
            "This plan was never approved; choose one that was.",
        )
        raise Invalid(FieldError("plan_not_approved", words, parameter=parameter, pointer=pointer))
    if plan["number"] is None and version is not None:
        words = (
            f"Kế hoạch này không có lần phê duyệt {number_text(version)}; lần mới nhất là {number_text(plan['version_number'])}.",
            f"This plan has no version {number_text(version)}; its newest is {number_text(plan['version_number'])}.",
        )
        raise Invalid(FieldError("unknown_version", words, parameter="plan_version"))
    return plan


async def assigned_plans(db: Database, alliance: str, first: date, last: date, caller: Caller) -> list[NamedPlan]:
    """Return the approved plans of assigned targets that an alliance has and whose days hold those asked."""
    return await db.fetch(_ASSIGNED, alliance, first, last, caller.alliance)
