"""What a completion of a task is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.problems import Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import Parent, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, day_range, id_filter
from kernel.storage.files import check_files
from kernel.web.calls import Call
from services.reporting import models
from services.reporting.plans.completions.schemas import TaskCompletion, TaskCompletionCreate
from services.reporting.plans.reading import IN_PREPARATION, readable
from services.reporting.plans.tasks.records import TASK
from services.reporting.rows import TaskCompletionRow
from services.reporting.scopes import PREFIX, RecordType

TASK_COMPLETION = Resource(
    name="task_completion",
    table=table_of(models.TaskCompletion),
    path=f"{PREFIX}/task-completions",
    represent=representation(TaskCompletion, parsed=("file_ids",)),
    row=TaskCompletionRow,
    shared=IN_PREPARATION,
)


async def _columns(
    tx: Transaction, call: Call, body: TaskCompletionCreate, row: TaskCompletionRow | None
) -> dict[str, Any]:
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    values = body.model_dump(exclude={"id", "reason", "task_id"})
    if row is not None:
        return values
    task = call.record
    return {
        **values,
        "task_id": task["id"],
        "plan_id": task["plan_id"],
        "alliance": task["alliance"],
        IN_PREPARATION: task["in_preparation"],
    }


TASK_COMPLETION_TYPE = RecordType(
    resource=TASK_COMPLETION,
    plural="task-completions",
    output=TaskCompletion,
    create=TaskCompletionCreate,
    change=merge_patch_model(TaskCompletionCreate, without=("task_id",)),
    listing=listing_of(
        TASK_COMPLETION,
        TaskCompletion,
        (
            id_filter("plan_id", "r.plan_id", "Plan."),
            id_filter("task_id", "r.task_id", "Task."),
            *day_range("completed_on", "r.completed_on", "Day it was done"),
        ),
        sorts={"completed_on": SortKey("r.completed_on", "date")},
    ),
    columns=_columns,
    under=Parent(TASK, "tasks", "task_id", in_body=True, locked=True, guard=readable(TASK, "task_id")),
    removable=True,
    guard=readable(TASK_COMPLETION, "task_completion_id"),
)
