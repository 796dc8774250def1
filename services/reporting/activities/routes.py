"""Activities over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.activities.records import ACTIVITY_TYPE

# GET, POST             /v1/reporting/activities
# POST                  /v1/reporting/activities/batch
# GET, PATCH, DELETE    /v1/reporting/activities/{activity_id}
# GET                   /v1/reporting/activities/{activity_id}/history
router = record_router(ACTIVITY_TYPE)
