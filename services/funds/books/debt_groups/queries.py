"""Statements on debt groups and saved classifications."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import any_
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlmodel import col, select

from kernel.database.statements import command, param, statement
from kernel.records.listing import Source
from services.funds import models


class LoanName(TypedDict):
    """What people call a loan by."""

    id: str
    contract_number: str
    borrower_name: str


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
