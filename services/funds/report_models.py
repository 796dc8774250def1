"""Tables of reports: what a province's records hold completely, and the debt groups as classified at a month's end."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.funds.models import FundsModel, Record, _jsonb, _of, _vnd


class DebtClassification(Record, table=True):
    """The debt groups of a fund's loans on the last day of a month, as known when it was made."""

    __tablename__ = "debt_classification"
    __table_args__ = (
        Index("ix_debt_classification_alliance_id", "alliance", "id"),
        Index("uq_debt_classification_month", "fund_id", "as_of", unique=True),
    )

    fund_id: str = _of("fund")
    as_of: date
    minutes_number: str | None
    note: str | None
    groups: str = _jsonb()
    outstanding_vnd: int = _vnd()
    npl_outstanding_vnd: int = _vnd()
    provision_vnd: int = _vnd()


class DebtClassificationLoan(FundsModel, table=True):
    """One loan of a classification, with what its group followed from."""

    __tablename__ = "debt_classification_loan"
    __table_args__ = (PrimaryKeyConstraint("debt_classification_id", "loan_id"),)

    debt_classification_id: str = _of("debt_classification")
    loan_id: str = _of("loan")
    debt_group: int
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    outstanding_vnd: int = _vnd()
    deductible_vnd: int = _vnd()
    provision_vnd: int = _vnd()


class Coverage(Record, table=True):
    """What a province's records hold completely: without it a figure is `not_reported`, never 0."""

    __tablename__ = "coverage"
    __table_args__ = (
        Index("ix_coverage_alliance_id", "alliance", "id"),
        CheckConstraint("covered_to IS NULL OR covered_to >= covered_from", name="ends_after_start"),
    )

    province: str
    provinces_2008: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    record_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    covered_from: date
    covered_to: date | None
    source: str | None
