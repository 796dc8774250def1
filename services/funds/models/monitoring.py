"""Tables of what secures loans, and of how they are watched and collected."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index

from kernel.database.columns import jsonb_field, reference_field, vnd_field
from services.funds.models.base import Record
from services.funds.models.loans import LoanEntry


class Collateral(Record, table=True):
    """What secures a loan, from its registration to its release."""

    __tablename__ = "collateral"
    __table_args__ = (
        Index("ix_collateral_alliance_id", "alliance", "id"),
        Index("ix_collateral_loan_application_id", "loan_application_id"),
        Index("ix_collateral_loan_id", "loan_id"),
        CheckConstraint("value_vnd >= 0", name="value_not_negative"),
        CheckConstraint("deductible_value_vnd BETWEEN 0 AND value_vnd", name="deductible_within_value"),
        CheckConstraint(
            "released_on IS NULL OR registered_on IS NULL OR released_on >= registered_on",
            name="released_after_registered",
        ),
    )

    loan_application_id: str | None = reference_field("loan_application", nullable=True)
    loan_id: str | None = reference_field("loan", nullable=True)
    borrower_id: str = reference_field("borrower")
    kind: str
    description: str
    owner_name: str
    certificate_number: str | None
    value_vnd: int = vnd_field()
    deductible_value_vnd: int = vnd_field()
    valued_on: date | None
    registration_number: str | None
    registered_on: date | None
    released_on: date | None
    file_ids: str = jsonb_field()


class UseCheck(LoanEntry, table=True):
    """A check of how the money is used: due, then done with its finding."""

    __tablename__ = "use_check"
    __table_args__ = (
        Index("ix_use_check_alliance_id", "alliance", "id"),
        Index("ix_use_check_loan_id", "loan_id", "due_on"),
    )

    due_on: date
    checked_on: date | None
    finding: str | None
    note: str | None
    minutes_number: str | None
    checked_by: str | None
    file_ids: str = jsonb_field()


class CollectionAction(LoanEntry, table=True):
    """What was done to get overdue money back."""

    __tablename__ = "collection_action"
    __table_args__ = (
        Index("ix_collection_action_alliance_id", "alliance", "id"),
        Index("ix_collection_action_loan_id", "loan_id", "done_on"),
    )

    kind: str
    done_on: date
    document_number: str | None
    promise: str | None
    promised_on: date | None
    amount_vnd: int | None = vnd_field()
    note: str | None
    file_ids: str = jsonb_field()


class BalanceStatement(LoanEntry, table=True):
    """What another lender who keeps the books says of a loan on a day."""

    __tablename__ = "balance_statement"
    __table_args__ = (
        Index("ix_balance_statement_alliance_id", "alliance", "id"),
        Index("uq_balance_statement_day", "loan_id", "as_of", unique=True),
        Index("ix_balance_statement_fund_id", "fund_id", "as_of"),
        CheckConstraint(
            "outstanding_vnd >= 0 AND overdue_principal_vnd BETWEEN 0 AND outstanding_vnd",
            name="overdue_within_outstanding",
        ),
    )

    as_of: date
    outstanding_vnd: int = vnd_field()
    overdue_principal_vnd: int = vnd_field()
    overdue_since: date | None
    interest_collected_vnd: int | None = vnd_field()
    document_number: str | None
    note: str | None
    file_ids: str = jsonb_field()
