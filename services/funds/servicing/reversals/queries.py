"""The statements by which a reversal finds what comes first, and what it moved."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from sqlmodel import col, select

from kernel.database.statements import always, param, scalar, statement
from kernel.records.confirmations import PENDING
from services.funds.models import Reversal
from services.funds.servicing.reversals.order import Step


class Posting(TypedDict):
    """A line of the ledger with its transaction."""

    transaction_id: str
    corrects_id: str | None
    kind: str
    booked_on: date
    account: str
    debit_vnd: int
    credit_vnd: int


# The steps of one loan that stand and that others may be computed from: by ix_rescheduling_loan_id, ix_write_off_loan_id
# and pk_loan. Of a settlement the id is the loan's; what was entered before steps needed a second person took effect at once.
STEPS = statement(
    Step,
    """
    SELECT id, CASE kind WHEN 'early_recall' THEN kind ELSE 'rescheduling' END AS kind, effective_on AS "on",
           NULL::timestamptz AS taken_at
      FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved'
    UNION ALL
    SELECT id, kind, effective_on, coalesce((confirmation ->> 'decided_at')::timestamptz, created_at) FROM write_off
     WHERE loan_id = $1::uuid AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
    UNION ALL
    SELECT id, 'settlement', settled_on, NULL FROM loan WHERE id = $1::uuid AND settled_on IS NOT NULL""",
)

# By ix_reversal_reverses_id; a loan whose settlement waits to be undone has its own id there.
WAITING = scalar(
    str,
    select(col(Reversal.id)).where(col(Reversal.reverses_id) == param(1), col(Reversal.confirmation_state) == PENDING),
)

# The newest line of a loan's ledger: what comes behind it was booked since, as all of a loan is booked under its lock.
# By ix_ledger_transaction_loan_id.
LAST_LINE = always(
    int,
    """
    SELECT coalesce(max(e.number), 0)::bigint FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     WHERE t.loan_id = $1::uuid""",
)
POSTED_SINCE = statement(
    Posting,
    """
    SELECT t.id AS transaction_id, t.corrects_id, t.kind, t.booked_on, e.account, e.debit_vnd, e.credit_vnd
      FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     WHERE t.loan_id = $1::uuid AND e.number > $2 ORDER BY e.number""",
)
