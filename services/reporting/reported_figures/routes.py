"""Reported figures over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.reported_figures.records import REPORTED_FIGURE_TYPE

# GET, POST             /v1/reporting/reported-figures
# POST                  /v1/reporting/reported-figures/batch
# GET, PATCH, DELETE    /v1/reporting/reported-figures/{reported_figure_id}
# GET                   /v1/reporting/reported-figures/{reported_figure_id}/history
router = record_router(REPORTED_FIGURE_TYPE)
