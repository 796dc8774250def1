"""Plans that wait for approval, for the inbox of those who approve."""

from __future__ import annotations

from kernel.records.approvals import Waiting
from services.reporting.plans.plans.queries import stood_since
from services.reporting.scopes import APPROVE, PREFIX

# By ix_plan_submitted. Who entered, corrected, adjusted or submitted it does not decide on it.
PLANS_WAITING = Waiting(
    resource_type="plan",
    scopes=APPROVE,
    sql="id AS resource_id, concat_ws(' · ', document_number, title) AS title, NULL::bigint AS amount_vnd, 1 AS count, "
    "submitted_by AS entered_by, submitted_by_name AS entered_by_name, submitted_at AS entered_at FROM plan "
    "WHERE submitted_at IS NOT NULL AND {area} AND NOT EXISTS (SELECT FROM history h WHERE h.resource_type = 'plan' "
    "AND h.resource_id = plan.id AND h.action <> 'approved' AND h.recorded_by = {caller} AND h.recorded_at > "
    + stood_since("plan.id")
    + ")",
    path=f"{PREFIX}/plans/{{id}}",
    decision_path=f"{PREFIX}/plans/{{id}}/approval",
)
