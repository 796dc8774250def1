"""Statements on debt groups and saved classifications."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import any_
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlmodel import col, select

from kernel.database.statements import always, command, param, statement
from kernel.records.listing import Source
from services.funds import models


class LoanName(TypedDict):
    """What people call a loan by."""

    id: str
    contract_number: str
    borrower_name: str


# What is outstanding on the day $2 of the fund's loans without own risk, by ix_loan_fund_id and each loan's own indexes:
# these are few, and their sums of that day are derived as those at own risk are (services/funds/debt_groups.py).
OUTSTANDING_WITHOUT_RISK = always(
    int,
    """
    SELECT coalesce(sum(CASE l.channel WHEN 'entrusted_out' THEN coalesce(t.outstanding_vnd, m.out_vnd)
                                       ELSE m.out_vnd - m.in_vnd END), 0)::bigint
      FROM loan l
      JOIN LATERAL (SELECT (SELECT coalesce(sum(amount_vnd), 0) FROM disbursement
                             WHERE loan_id = l.id AND reversed_at IS NULL AND disbursed_on <= $2)
                           + CASE WHEN (l.opening ->> 'as_of')::date <= $2
                                  THEN (l.opening ->> 'principal_vnd')::bigint ELSE 0 END AS out_vnd,
                           (SELECT coalesce(sum(principal_vnd), 0) FROM repayment
                             WHERE loan_id = l.id AND reversed_at IS NULL AND paid_on <= $2)
                           + (SELECT coalesce(sum(amount_vnd), 0) FROM write_off
                               WHERE loan_id = l.id AND effective_on <= $2 AND kind = 'risk_handled' AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed') AS in_vnd) m ON true
      LEFT JOIN LATERAL (SELECT outstanding_vnd FROM balance_statement
                          WHERE loan_id = l.id AND as_of <= $2 ORDER BY as_of DESC LIMIT 1) t ON true
     WHERE l.fund_id = $1::uuid AND NOT l.own_risk AND l.starts_on <= $2""",
)


# Contract and borrower of the loans of a page.
LOAN_NAMES = statement(
    LoanName,
    select(models.Loan.id, models.Loan.contract_number, models.Loan.borrower_name).where(
        col(models.Loan.id) == any_(param(1, ARRAY(UUID)))
    ),
)


# All loans of a classification in one statement, a column a parameter.
SAVE_LOANS = command("""
    INSERT INTO debt_classification_loan (debt_classification_id, loan_id, debt_group, days_overdue, reschedule_count,
                                          interest_reduced, outstanding_vnd, deductible_vnd, provision_vnd,
                                          borrower_debt_group)
    SELECT $1::uuid, * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::boolean[], $7::bigint[], $8::bigint[],
                                   $9::bigint[], $10::int[])""")


# By the table's key: classification and loan.
SAVED_LOANS_SOURCE = Source(
    "c.loan_id, l.contract_number, l.borrower_name, c.debt_group, c.borrower_debt_group, c.days_overdue, "
    "c.reschedule_count, c.interest_reduced, c.outstanding_vnd, c.deductible_vnd, c.provision_vnd",
    "debt_classification_loan c JOIN loan l ON l.id = c.loan_id",
    ("c.debt_classification_id = {_classification}::uuid",),
    "l.alliance",
    dated="l",
)
