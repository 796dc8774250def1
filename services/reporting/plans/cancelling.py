"""Cancelling an adjustment: a plan, its tasks and its measures stand again as the version in force has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import Statement, command, scalar
from kernel.problems import Problem
from kernel.records import Resource
from kernel.web.auth import Caller
from services.reporting import problems
from services.reporting.plans.measures.records import MEASURE, MEASURE_TYPE
from services.reporting.plans.plans.records import NOT_SUBMITTED, PLAN, columns_of
from services.reporting.plans.plans.schemas import PlanAdjustmentCancellationCreate, PlanCreate
from services.reporting.plans.reading import IN_PREPARATION
from services.reporting.plans.tasks.records import TASK, TASK_TYPE
from services.reporting.plans.versions.queries import MEASURES, TASKS
from services.reporting.rows import PlanRow
from services.reporting.scopes import RecordType

_ACTION: Final = "adjustment_cancelled"
# By ix_task_plan_id and uq_measure.
_TASKS_NOW = Statement(TASK.row, f"{TASK.select} WHERE plan_id = $1::uuid ORDER BY id")
_MEASURES_NOW = Statement(MEASURE.row, f"{MEASURE.select} WHERE plan_id = $1::uuid ORDER BY id")
_AS_APPROVED = scalar(str, "SELECT content FROM approved_plan WHERE plan_id = $1::uuid AND number = $2")
# A plan says one thing once: of two measures that changed places neither could take its own while the other has it.
_OUT_OF_THE_WAY = command("UPDATE measure SET place = id::text WHERE id = $1::uuid")
_SAID_ONCE = ("indicator", "scope", "place", "starts_on", "ends_on")


_CLOSED = {"state": "approved", "adjustment_reason": None, **NOT_SUBMITTED}


@dataclass
class _Undone:
    """What the version in force has of tasks or of measures, beside what stands."""

    resource: Resource[Any]
    holders: Mapping[str, type[Problem]]
    added: list[dict[str, Any]]
    kept: list[tuple[dict[str, Any], dict[str, Any]]]
    """Rows that the version has too, and what it has in their columns."""
    gone: list[dict[str, Any]]

    @classmethod
    def of(cls, record_type: RecordType[Any], now: Sequence[Any], then: Sequence[Any]) -> _Undone:
        """Lay rows of a table beside those of the version, which name them by `<table>_id`."""
        id_column = f"{record_type.resource.name}_id"
        said = {row[id_column]: {n: v for n, v in row.items() if n not in (id_column, "number")} for row in then}
        standing = {row["id"]: dict(row) for row in now}
        return cls(
            record_type.resource,
            record_type.holders,
            [row for id_, row in standing.items() if id_ not in said],
            [(row, said[id_]) for id_, row in standing.items() if id_ in said],
            [{"id": id_, **columns} for id_, columns in said.items() if id_ not in standing],
        )

    async def remove_added(self, tx: Transaction, **noted: Any) -> None:
        """Remove what the version does not have. Raises what the type says of rows that name it still."""
        try:
            for row in self.added:
                await records.remove(tx, self.resource, row, **noted)
        except (asyncpg.ForeignKeyViolationError, asyncpg.RestrictViolationError) as error:
            raise self.holders[error.constraint_name or ""]() from None

    async def put_back(self, tx: Transaction, alliance: str, **noted: Any) -> None:
        """Give what stands its columns again, and bring back what was taken out."""
        for row, columns in self.kept:
            await records.update(tx, self.resource, row, columns, action=_ACTION, **noted)
        for columns in self.gone:
            await records.bring_back(
                tx, self.resource, {**columns, "alliance": alliance, IN_PREPARATION: False}, action=_ACTION, **noted
            )


async def cancel_adjustment(
    tx: Transaction, plan: PlanRow, body: PlanAdjustmentCancellationCreate, *, by: Caller
) -> PlanRow:
    """Undo what the locked plan's adjustment changed, and close it: the version in force is what stands.

    Raises PlanStateForbids; TaskInUse, MeasureHasEstimates where completions or estimates hang on what was added.
    """
    if plan["state"] != "adjusting":
        raise problems.PlanStateForbids(state=plan["state"])
    version = (plan["id"], plan["version_number"])
    tasks = _Undone.of(TASK_TYPE, await tx.fetch(_TASKS_NOW, plan["id"]), await tx.fetch(TASKS, *version))
    measures = _Undone.of(MEASURE_TYPE, await tx.fetch(_MEASURES_NOW, plan["id"]), await tx.fetch(MEASURES, *version))
    await measures.remove_added(tx, by=by, reason=body.reason)
    await tasks.put_back(tx, plan["alliance"], by=by, reason=body.reason)
    for row, columns in measures.kept:
        if any(row[name] != columns[name] for name in _SAID_ONCE):
            row["place"] = row["id"]
            await tx.execute(_OUT_OF_THE_WAY, row["id"])
    await measures.put_back(tx, plan["alliance"], by=by, reason=body.reason)
    await tasks.remove_added(tx, by=by, reason=body.reason)
    content = orjson.loads(await tx.fetchval(_AS_APPROVED, *version))
    said = PlanCreate.model_validate({name: content[name] for name in PlanCreate.model_fields if name in content})
    # Written last: whoever wrote anything until here did not prepare the next adjustment (queries.PREPARED_BY).
    values = {**columns_of(said, content["province"]), **_CLOSED}
    return await records.update(tx, PLAN, plan, values, by=by, reason=body.reason, action=_ACTION)
