"""Measures over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.plans.measures.records import MEASURE_TYPE

# GET, POST             /v1/reporting/measures
# GET, POST             /v1/reporting/plans/{plan_id}/measures
# POST                  /v1/reporting/measures/batch
# GET, PATCH, DELETE    /v1/reporting/measures/{measure_id}
# GET                   /v1/reporting/measures/{measure_id}/history
router = record_router(MEASURE_TYPE)
