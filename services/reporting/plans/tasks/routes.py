"""Tasks over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.plans.tasks.records import TASK_TYPE

# GET, POST             /v1/reporting/tasks
# GET, POST             /v1/reporting/plans/{plan_id}/tasks
# POST                  /v1/reporting/tasks/batch
# GET, PATCH, DELETE    /v1/reporting/tasks/{task_id}
# GET                   /v1/reporting/tasks/{task_id}/history
router = record_router(TASK_TYPE)
