"""Completions of tasks over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.plans.completions.records import TASK_COMPLETION_TYPE

# GET, POST             /v1/reporting/task-completions
# GET, POST             /v1/reporting/tasks/{task_id}/task-completions
# GET, PATCH, DELETE    /v1/reporting/task-completions/{task_completion_id}
# GET                   /v1/reporting/task-completions/{task_completion_id}/history
router = record_router(TASK_COMPLETION_TYPE)
