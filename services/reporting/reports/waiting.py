"""Reports that wait for approval, for the inbox of those who approve."""

from __future__ import annotations

from kernel.records.approvals import Waiting
from services.reporting.scopes import APPROVE, PREFIX

# By ix_report_submitted. Who wrote in it or submitted it does not decide on it.
REPORTS_WAITING = Waiting(
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
