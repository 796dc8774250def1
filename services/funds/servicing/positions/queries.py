"""The statements by which a loan's movements and a reported balance are read."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from sqlalchemy import select
from sqlmodel import col

from kernel.database.statements import param, statement
from services.funds.models import BalanceStatement


class ReportedBalance(TypedDict):
    """What the lender who keeps the books said of a loan."""

    outstanding_vnd: int
    overdue_principal_vnd: int
    overdue_since: date | None


class Movement(TypedDict):
    """One movement of a loan; `grown_vnd`: by how much the outstanding principal grew."""

    on: date
    kind: str
    id: str
    disbursed_vnd: int
    paid_vnd: int
    principal_vnd: int
    interest_vnd: int
    overdue_interest_vnd: int
    held_vnd: int
    grown_vnd: int
    rank: int


# By uq_balance_statement_day.
NEWEST_BALANCE = statement(
    ReportedBalance,
    select(
        col(BalanceStatement.outstanding_vnd),
        col(BalanceStatement.overdue_principal_vnd),
        col(BalanceStatement.overdue_since),
    )
    .where(col(BalanceStatement.loan_id) == param(1), col(BalanceStatement.as_of) <= param(2))
    .order_by(col(BalanceStatement.as_of).desc())
    .limit(1),
)

# Every movement of a loan until the day $2, in the order of the replay: of one day an opening comes first, then tranches,
# repayments and write-offs. By ix_disbursement_loan_id, ix_repayment_loan_id, ix_write_off_loan_id and pk_loan.
MOVEMENTS = statement(
    Movement,
    """
    SELECT disbursed_on AS "on", 'disbursement' AS kind, id, amount_vnd AS disbursed_vnd, 0::bigint AS paid_vnd,
           0::bigint AS principal_vnd, 0::bigint AS interest_vnd, 0::bigint AS overdue_interest_vnd, 0::bigint AS held_vnd,
           amount_vnd AS grown_vnd, 2 AS rank
      FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL AND disbursed_on <= $2
    UNION ALL
    SELECT paid_on, 'repayment', id, 0, amount_vnd, principal_vnd, interest_vnd, overdue_interest_vnd, held_vnd,
           -principal_vnd, 3
      FROM repayment WHERE loan_id = $1::uuid AND reversed_at IS NULL AND paid_on <= $2
    UNION ALL
    SELECT effective_on, kind, id, 0, CASE kind WHEN 'recovery' THEN amount_vnd ELSE 0 END,
           CASE kind WHEN 'recovery' THEN amount_vnd - coalesce(interest_vnd + overdue_interest_vnd, 0) ELSE 0 END,
           CASE kind WHEN 'recovery' THEN coalesce(interest_vnd, 0) ELSE 0 END,
           CASE kind WHEN 'recovery' THEN coalesce(overdue_interest_vnd, 0) ELSE 0 END, 0,
           CASE kind WHEN 'risk_handled' THEN -amount_vnd ELSE 0 END, CASE kind WHEN 'risk_handled' THEN 4 ELSE 5 END
      FROM write_off WHERE loan_id = $1::uuid AND effective_on <= $2 AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
    UNION ALL
    SELECT (opening ->> 'as_of')::date, 'opening', id, (opening ->> 'principal_vnd')::bigint, 0, 0, 0, 0, 0,
           (opening ->> 'principal_vnd')::bigint, 1
      FROM loan WHERE id = $1::uuid AND opening IS NOT NULL AND (opening ->> 'as_of')::date <= $2 AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
     ORDER BY 1, rank, id""",
)
