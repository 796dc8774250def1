"""What of the funds waits for a second person."""

from __future__ import annotations

from kernel.records.approvals import PENDING_COLUMNS, PENDING_CONDITION, Waiting, approvals_router
from services.funds.scopes import APPROVE, PREFIX


def _pending(table: str, plural: str, *, title: str, amount: str, where: str = "") -> Waiting:
    """Return the kind of what waits in a table, by its index ix_<table>_pending."""
    return Waiting(
        resource_type=table,
        scopes=APPROVE,
        sql=f"id AS resource_id, {title} AS title, {amount} AS amount_vnd, {PENDING_COLUMNS} FROM {table} "
        f"WHERE {PENDING_CONDITION}{where}",
        path=f"{PREFIX}/{plural}/{{id}}",
        decision_path=f"{PREFIX}/{plural}/{{id}}/confirmation",
    )


_BY_LOAN = "(SELECT contract_number || ' · ' || borrower_name FROM loan WHERE loan.id = loan_id)"

KINDS = (
    _pending("fund", "funds", title="name", amount="NULL::bigint"),
    _pending(
        "capital_movement",
        "capital-movements",
        title="concat_ws(' · ', (SELECT name FROM fund WHERE fund.id = fund_id), decision_number, counterparty, note)",
        amount="amount_vnd",
    ),
    _pending(
        "loan",
        "loans",
        title="contract_number || ' · ' || borrower_name",
        amount="(opening ->> 'principal_vnd')::bigint",
        where=" AND import_id IS NULL",
    ),
    # An import is decided on as one.
    Waiting(
        resource_type="loan_import",
        scopes=APPROVE,
        sql="import_id AS resource_id, min(contract_number) || ' … ' || max(contract_number) AS title, "
        "sum((opening ->> 'principal_vnd')::bigint)::bigint AS amount_vnd, count(*)::int AS count, "
        "min(confirmation ->> 'entered_by') AS entered_by, min(confirmation ->> 'entered_by_name') AS entered_by_name, "
        "min((confirmation ->> 'entered_at')::timestamptz) AS entered_at "
        f"FROM loan WHERE {PENDING_CONDITION} AND import_id IS NOT NULL GROUP BY import_id",
        path=f"{PREFIX}/loans?import_id={{id}}",
        decision_path=f"{PREFIX}/imports/{{id}}/confirmation",
    ),
    _pending("write_off", "write-offs", title=_BY_LOAN, amount="amount_vnd"),
    _pending("interest_reduction", "interest-reductions", title=_BY_LOAN, amount="interest_vnd + overdue_interest_vnd"),
    _pending("rescheduling", "reschedulings", title=_BY_LOAN, amount="NULL::bigint"),
    _pending("reversal", "reversals", title=f"{_BY_LOAN} || ' · ' || reason", amount="amount_vnd"),
    Waiting(
        resource_type="rescheduling_proposal",
        scopes=APPROVE,
        sql=f"id AS resource_id, {_BY_LOAN} AS title, NULL::bigint AS amount_vnd, 1 AS count, created_by AS entered_by, "
        "entered_by_name, created_at AS entered_at FROM rescheduling "
        "WHERE state = 'proposed' AND confirmation_state IS NULL AND created_by <> {caller} AND {area}",
        path=f"{PREFIX}/reschedulings/{{id}}",
        decision_path=f"{PREFIX}/reschedulings/{{id}}/approval",
    ),
    # Whoever filed, corrected or appraised an application does not decide on it. It waits since it was appraised.
    Waiting(
        resource_type="loan_application",
        scopes=APPROVE,
        sql="id AS resource_id, concat_ws(' · ', application_number, purpose) AS title, requested_amount_vnd AS amount_vnd, "
        "1 AS count, created_by AS entered_by, entered_by_name, "
        "coalesce((appraisal ->> 'recorded_at')::timestamptz, created_at) AS entered_at FROM loan_application "
        "WHERE state = 'under_appraisal' AND {area} AND NOT EXISTS (SELECT FROM history h "
        "WHERE h.resource_type = 'loan_application' AND h.resource_id = loan_application.id "
        "AND h.action IN ('created', 'corrected', 'appraised') AND h.recorded_by = {caller})",
        path=f"{PREFIX}/loan-applications/{{id}}",
        decision_path=f"{PREFIX}/loan-applications/{{id}}/approval",
    ),
)

router = approvals_router("funds", KINDS)
