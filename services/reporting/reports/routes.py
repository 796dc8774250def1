"""Reports over HTTP: the records, their steps, what they say, and the receivers' word."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.reporting.reports.content_routes import router as content_router
from services.reporting.reports.life_routes import router as life_router
from services.reporting.reports.receipts import RECEIPTS_PART, REPORT_RECEIPT_TYPE
from services.reporting.reports.records import REPORT_TYPE

# GET, POST     /v1/reporting/reports
# GET, PATCH    /v1/reporting/reports/{report_id}
# GET           /v1/reporting/reports/{report_id}/history
reports = record_router(REPORT_TYPE, RECEIPTS_PART)
# GET, POST     /v1/reporting/report-receipts
# GET           /v1/reporting/report-receipts/{report_receipt_id}
# GET           /v1/reporting/report-receipts/{report_receipt_id}/history
receipts = record_router(REPORT_RECEIPT_TYPE)
routers = (reports, life_router, content_router, receipts)
