"""What a task is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Annotated, Any

from kernel.database.connections import Transaction
from kernel.records import Resource, table_of
from kernel.records.crud import batch_of, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, flag_filter, id_filter
from kernel.values.common_lists import BATCH_MODES
from kernel.web.calls import Call
from kernel.web.schemas import code
from services.reporting import models, problems
from services.reporting.plans.plans.records import UNDER_PLAN, require_editable, state_of_new
from services.reporting.plans.reading import IN_PREPARATION, readable
from services.reporting.plans.tasks.schemas import Task, TaskCreate
from services.reporting.rows import TaskRow
from services.reporting.scopes import PREFIX, RecordType

TASK = Resource(
    name="task",
    table=table_of(models.Task),
    path=f"{PREFIX}/tasks",
    represent=representation(Task),
    row=TaskRow,
    shared=IN_PREPARATION,
)


async def _columns(tx: Transaction, call: Call, body: TaskCreate, row: TaskRow | None) -> dict[str, Any]:
    plan = call.record
    require_editable(plan)
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "plan_id": plan["id"],
        "alliance": plan["alliance"],
        **(state_of_new(plan) if row is None else {}),
    }


async def check_removal(tx: Transaction, call: Call, row: Any) -> None:
    """Raise PlanNotEditable for what belongs to an approved plan; the plan is locked in `call.record`."""
    require_editable(call.record)


TASK_TYPE = RecordType(
    resource=TASK,
    plural="tasks",
    output=Task,
    create=TaskCreate,
    change=merge_patch_model(TaskCreate, without=("plan_id",)),
    batch=batch_of(
        TaskCreate,
        name="TaskBatch",
        mode=Annotated[str, code(BATCH_MODES)],
        doc="Up to 500 tasks. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=listing_of(
        TASK,
        Task,
        (
            id_filter("plan_id", "r.plan_id", "Plan."),
            flag_filter("is_synthetic", "r.is_synthetic", "Invented records only, or none."),
        ),
        sorts={"ordinal": SortKey("r.ordinal", "int")},
    ),
    columns=_columns,
    under=UNDER_PLAN,
    refusals=(problems.PlanNotEditable,),
    removable=True,
    check_removal=check_removal,
    removal_refusals=(problems.PlanNotEditable, problems.TaskInUse),
    holders=dict.fromkeys(("fk_measure_task_id", "fk_task_completion_task_id"), problems.TaskInUse),
    guard=readable(TASK, "task_id"),
)
