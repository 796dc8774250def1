"""Estimates over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.plans.estimates.records import ESTIMATE_TYPE

# GET, POST             /v1/reporting/estimates
# GET, POST             /v1/reporting/measures/{measure_id}/estimates
# GET, PATCH, DELETE    /v1/reporting/estimates/{estimate_id}
# GET                   /v1/reporting/estimates/{estimate_id}/history
router = record_router(ESTIMATE_TYPE)
