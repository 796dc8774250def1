"""Reports over HTTP: the records, their steps, what they say, and the receivers' word."""

from __future__ import annotations

from kernel.records.approvals import Waiting
from kernel.records.crud import record_router
from services.reporting.reports.content_routes import router as content_router
from services.reporting.reports.life_routes import router as life_router
from services.reporting.reports.receipts import RECEIPTS_PART, REPORT_RECEIPT_TYPE
from services.reporting.reports.records import REPORT_TYPE
from services.reporting.scopes import APPROVE, PREFIX

# GET, POST     /v1/reporting/reports
# GET, PATCH    /v1/reporting/reports/{report_id}
# GET           /v1/reporting/reports/{report_id}/history
reports = record_router(REPORT_TYPE, RECEIPTS_PART)
# GET, POST     /v1/reporting/report-receipts
# GET           /v1/reporting/report-receipts/{report_receipt_id}
# GET           /v1/reporting/report-receipts/{report_receipt_id}/history
receipts = record_router(REPORT_RECEIPT_TYPE)
routers = (reports, life_router, content_router, receipts)

WAITING = Waiting(
    resource_type="report",
    scopes=APPROVE,
    sql=(
        "id AS resource_id, title, NULL::bigint AS amount_vnd, 1 AS count, submitted_by AS entered_by, "
        "(SELECT named.name FROM followed_subject named WHERE named.subject = submitted_by "
        "AND named.removed_as IS DISTINCT FROM 'absent' LIMIT 1) AS entered_by_name, submitted_at AS entered_at "
        "FROM report WHERE state = 'submitted' AND NOT prepared_by ? {caller}::text AND {area}"
    ),
    path=f"{PREFIX}/reports/{{id}}",
    decision_path=f"{PREFIX}/reports/{{id}}/approval",
)
"""Reports that wait for the caller's approval."""
