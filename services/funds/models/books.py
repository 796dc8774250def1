"""Tables of the ledger, and of debt groups as classified at a month's end."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    PrimaryKeyConstraint,
    text,
)
from sqlmodel import Field

from kernel.database.columns import jsonb_field, reference_field, uuid_field, vnd_field
from services.funds.models.base import FundsModel, Record


class LedgerTransaction(FundsModel, table=True):
    """Entries of the ledger that belong together: their debits are their credits. Append-only."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        Index("ix_ledger_transaction_fund_id", "fund_id", "booked_on", "id"),
        Index("ix_ledger_transaction_loan_id", "loan_id"),
        Index("ix_ledger_transaction_source_id", "source_id"),
        Index("ix_ledger_transaction_corrects_id", "corrects_id", postgresql_where=text("corrects_id IS NOT NULL")),
        Index("ix_ledger_transaction_alliance_id", "alliance", "id"),
    )

    id: str = uuid_field(primary_key=True)
    alliance: str
    fund_id: str = reference_field("fund")
    booked_on: date
    kind: str
    loan_id: str | None = reference_field("loan", nullable=True)
    source_id: str | None = uuid_field(nullable=True)
    corrects_id: str | None = uuid_field(nullable=True)
    memo: str | None
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))
    recorded_by: str


class LedgerEntry(FundsModel, table=True):
    """One line of a ledger transaction: an account's debit or credit. Append-only."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        PrimaryKeyConstraint("transaction_id", "line"),
        # With the amounts: the cash of every day is read whenever money leaves.
        Index(
            "ix_ledger_entry_account", "fund_id", "account", "booked_on", postgresql_include=["debit_vnd", "credit_vnd"]
        ),
        Index("uq_ledger_entry_number", "number", unique=True),
        Index("ix_ledger_entry_fund_number", "fund_id", "number"),
        CheckConstraint("least(debit_vnd, credit_vnd) = 0 AND greatest(debit_vnd, credit_vnd) > 0", name="one_side"),
    )

    transaction_id: str = reference_field("ledger_transaction")
    line: int
    number: int = Field(sa_column=Column(BigInteger, Identity(), nullable=False))
    fund_id: str = uuid_field()
    account: str
    booked_on: date
    debit_vnd: int = vnd_field()
    credit_vnd: int = vnd_field()


class LedgerClosure(Record, table=True):
    """The books of a fund are closed until a day: nothing is booked there any more."""

    __tablename__ = "ledger_closure"
    __table_args__ = (
        Index("ix_ledger_closure_alliance_id", "alliance", "id"),
        Index("uq_ledger_closure_fund", "fund_id", "closed_until", unique=True),
    )

    fund_id: str = reference_field("fund")
    closed_until: date
    note: str | None


class DebtClassification(Record, table=True):
    """The debt groups of a fund's loans on the last day of a month, as known when it was made."""

    __tablename__ = "debt_classification"
    __table_args__ = (
        Index("ix_debt_classification_alliance_id", "alliance", "id"),
        Index("uq_debt_classification_month", "fund_id", "as_of", unique=True),
    )

    fund_id: str = reference_field("fund")
    as_of: date
    minutes_number: str | None
    note: str | None
    groups: str = jsonb_field()
    outstanding_vnd: int = vnd_field()
    npl_outstanding_vnd: int = vnd_field()
    provision_vnd: int = vnd_field()


class DebtClassificationLoan(FundsModel, table=True):
    """One loan of a classification, with what its group followed from."""

    __tablename__ = "debt_classification_loan"
    __table_args__ = (PrimaryKeyConstraint("debt_classification_id", "loan_id"),)

    debt_classification_id: str = reference_field("debt_classification")
    loan_id: str = reference_field("loan")
    debt_group: int
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    outstanding_vnd: int = vnd_field()
    deductible_vnd: int = vnd_field()
    provision_vnd: int = vnd_field()
    borrower_debt_group: int | None
