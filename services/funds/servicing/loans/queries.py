"""The statements by which a loan's account is read and what follows from it is kept."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from sqlalchemy import any_, delete, select
from sqlmodel import col

from kernel.database.statements import command, param, scalar, statement
from services.funds import rows
from services.funds.models import LoanInstallment, Repayment


class EntryRow(TypedDict):
    """Something that happened to a loan; of a repayment also how it is split."""

    id: str
    kind: str
    day: date
    amount_vnd: int
    interest_vnd: int
    overdue_interest_vnd: int
    dues: str | None
    rate: str | None
    terms: str | None
    principal_vnd: int
    held_vnd: int
    prepayment: str


class ApprovedRow(TypedDict):
    """An approved new schedule or recall, with its decision."""

    id: str
    kind: str
    effective_on: date
    annual_rate_percent: str | None
    terms: str
    dues: str
    decision_number: str | None
    decided_on: date | None
    request_reason: str


class StateBefore(TypedDict):
    """What a loan was before a step."""

    state: str
    drawing_closed_on: date | None


class InstallmentRow(TypedDict):
    """An installment as it is kept."""

    number: int
    opened_on: date
    due_on: date
    principal_vnd: int
    interest_vnd: int
    principal_paid_vnd: int
    interest_paid_vnd: int
    interest_waived_vnd: int
    closed_on: date | None
    replaced: bool


# All that happened to one loan, as the replay takes it; what was reversed never was. Every entry of money runs it, so it
# is one round trip over five tables. By ix_disbursement_loan_id, ix_repayment_loan_id, ix_interest_reduction_loan_id,
# ix_rescheduling_loan_id and ix_write_off_loan_id.
ENTRIES = statement(
    EntryRow,
    """
    SELECT id, 'disbursement' AS kind, disbursed_on AS day, amount_vnd, 0 AS interest_vnd, 0 AS overdue_interest_vnd,
           NULL::jsonb AS dues, NULL::text AS rate, NULL::jsonb AS terms, 0 AS principal_vnd, 0 AS held_vnd,
           'keep' AS prepayment
      FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL
    UNION ALL
    SELECT id, 'repayment', paid_on, amount_vnd, interest_vnd, overdue_interest_vnd, NULL, NULL, NULL, principal_vnd,
           held_vnd, prepayment
      FROM repayment WHERE loan_id = $1::uuid AND reversed_at IS NULL
    UNION ALL
    SELECT id, 'interest_reduction', effective_on, 0, interest_vnd, overdue_interest_vnd, NULL, NULL, NULL, 0, 0, 'keep'
      FROM interest_reduction WHERE loan_id = $1::uuid AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
    UNION ALL
    SELECT id, CASE kind WHEN 'early_recall' THEN 'recall' ELSE 'rescheduling' END, effective_on, 0, 0, 0, dues,
           annual_rate_percent, terms, 0, 0, 'keep'
      FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved'
    UNION ALL
    SELECT id, CASE kind WHEN 'recovery' THEN 'recovery' ELSE 'write_off' END, effective_on,
           CASE kind WHEN 'recovery' THEN amount_vnd - coalesce(interest_vnd + overdue_interest_vnd, 0) ELSE amount_vnd END,
           coalesce(interest_vnd, 0), coalesce(overdue_interest_vnd, 0), NULL, NULL, NULL, 0, 0, 'keep'
      FROM write_off WHERE loan_id = $1::uuid AND kind IN ('risk_handled', 'recovery') AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'""",
)

INSTALLMENT_COLUMNS = tuple(InstallmentRow.__annotations__)
"""As the attributes of an Installment are called, too."""

# By pk_loan_installment.
INSTALLMENTS = statement(
    InstallmentRow,
    select(*(col(getattr(LoanInstallment, name)) for name in INSTALLMENT_COLUMNS)).where(
        col(LoanInstallment.loan_id) == param(1)
    ),
)

# One statement for all installments that differ, however many: $2 to $11 are their columns, by pk_loan_installment.
PUT_INSTALLMENTS = command("""
    INSERT INTO loan_installment (loan_id, number, opened_on, due_on, principal_vnd, interest_vnd, principal_paid_vnd,
                                  interest_paid_vnd, interest_waived_vnd, closed_on, replaced)
    SELECT $1::uuid, * FROM unnest($2::int[], $3::date[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[],
                                   $8::bigint[], $9::bigint[], $10::date[], $11::boolean[])
        ON CONFLICT (loan_id, number) DO UPDATE
       SET (opened_on, due_on, principal_vnd, interest_vnd, principal_paid_vnd, interest_paid_vnd, interest_waived_vnd,
            closed_on, replaced) =
           (excluded.opened_on, excluded.due_on, excluded.principal_vnd, excluded.interest_vnd,
            excluded.principal_paid_vnd, excluded.interest_paid_vnd, excluded.interest_waived_vnd, excluded.closed_on,
            excluded.replaced)""")

DROP_INSTALLMENTS = command(
    delete(LoanInstallment).where(
        col(LoanInstallment.loan_id) == param(1), col(LoanInstallment.number) == any_(param(2))
    )
)

# In the order of their ids, so that two corrections of the same repayments never wait for each other in a ring.
REPAYMENTS = statement(
    rows.RepaymentRow,
    select(Repayment).where(col(Repayment.id) == any_(param(1))).order_by(col(Repayment.id)),
)

# What was approved until the day $2, the newest first; of one day a recall comes after a new schedule, as in the replay.
# By ix_rescheduling_loan_id.
APPROVED_UNTIL = statement(
    ApprovedRow,
    """
    SELECT id, kind, effective_on, annual_rate_percent, terms, dues, decision_number, decided_on, request_reason
      FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved' AND effective_on <= $2
     ORDER BY effective_on DESC, kind = 'early_recall' DESC, id DESC""",
)

# What a loan was before it took the step $2 last: as its history says, by that table's key.
STATE_BEFORE = statement(
    StateBefore,
    """
    SELECT content ->> 'state' AS state, (content ->> 'drawing_closed_on')::date AS drawing_closed_on FROM history
     WHERE resource_type = 'loan' AND resource_id = $1::uuid
       AND version < (SELECT max(version) FROM history
                       WHERE resource_type = 'loan' AND resource_id = $1::uuid AND action = $2)
     ORDER BY version DESC LIMIT 1""",
)

# What was booked with the loan's last settlement; by ix_ledger_transaction_loan_id.
LAST_SETTLEMENT = scalar(
    str,
    """
    SELECT id FROM ledger_transaction WHERE loan_id = $1::uuid AND kind = 'settlement'
     ORDER BY recorded_at DESC, id DESC LIMIT 1""",
)
