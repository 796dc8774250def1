"""Tables of what happens to loans: money paid out and in, new schedules, interest and principal given up."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, Index, text
from sqlmodel import Field

from kernel.database.columns import ConfirmationColumns, jsonb_field, uuid_field, vnd_field
from services.funds.models.loans import LoanEntry


class Disbursement(LoanEntry, table=True):
    """A tranche paid out."""

    __tablename__ = "disbursement"
    __table_args__ = (
        Index("ix_disbursement_alliance_id", "alliance", "id"),
        Index("ix_disbursement_loan_id", "loan_id", "disbursed_on"),
        Index("ix_disbursement_fund_id", "fund_id", "disbursed_on"),
        Index("ix_disbursement_disbursed_on", "disbursed_on"),
        Index("ix_disbursement_province_2008", "province_2008", "disbursed_on"),
        Index("ix_disbursement_province_2025", "province_2025", "disbursed_on"),
        CheckConstraint("amount_vnd > 0", name="amount_positive"),
    )

    amount_vnd: int = vnd_field()
    disbursed_on: date
    payment_channel: str
    voucher_number: str | None
    bad_debt_check: str | None = jsonb_field(None)
    note: str | None
    province_2008: str
    province_2025: str
    reversed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    reversed_by: str | None
    reversal_reason: str | None


class Repayment(LoanEntry, table=True):
    """Money paid in, and where it went as the loan's history stands now."""

    __tablename__ = "repayment"
    __table_args__ = (
        Index("ix_repayment_alliance_id", "alliance", "id"),
        Index("ix_repayment_loan_id", "loan_id", "paid_on"),
        Index("ix_repayment_fund_id", "fund_id", "paid_on"),
        CheckConstraint("amount_vnd > 0", name="amount_positive"),
        CheckConstraint(
            "amount_vnd = principal_vnd + interest_vnd + overdue_interest_vnd + held_vnd", name="split_is_whole"
        ),
        CheckConstraint(
            "least(principal_vnd, interest_vnd, overdue_interest_vnd, held_vnd) >= 0", name="parts_not_negative"
        ),
    )

    amount_vnd: int = vnd_field()
    paid_on: date
    payment_channel: str
    voucher_number: str | None
    payer: str | None
    note: str | None
    excess: str
    prepayment: str = Field(sa_column_kwargs={"server_default": "keep"})
    principal_vnd: int = vnd_field()
    interest_vnd: int = vnd_field()
    overdue_interest_vnd: int = vnd_field()
    held_vnd: int = vnd_field()
    reversed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    reversed_by: str | None
    reversal_reason: str | None


class Rescheduling(LoanEntry, ConfirmationColumns, table=True):
    """A new schedule for what is unpaid: proposed by one person, in force once another approved it."""

    __tablename__ = "rescheduling"
    __table_args__ = (
        Index("ix_rescheduling_alliance_id", "alliance", "id"),
        Index("ix_rescheduling_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index("ix_rescheduling_loan_id", "loan_id", "effective_on"),
        Index("ix_rescheduling_fund_id", "fund_id", "effective_on"),
    )

    kind: str
    effective_on: date
    state: str
    annual_rate_percent: str | None
    terms: str = jsonb_field("{}")
    dues: str = jsonb_field()
    request_reason: str
    decision_number: str | None
    decided_on: date | None
    decided_by: str | None
    rejection_reason: str | None
    entered_by_name: str | None
    reversed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    reversed_by: str | None
    reversal_reason: str | None


class InterestReduction(LoanEntry, ConfirmationColumns, table=True):
    """Interest that the fund gave up."""

    __tablename__ = "interest_reduction"
    __table_args__ = (
        Index("ix_interest_reduction_alliance_id", "alliance", "id"),
        Index("ix_interest_reduction_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index("ix_interest_reduction_loan_id", "loan_id", "effective_on"),
        Index("ix_interest_reduction_fund_id", "fund_id", "effective_on"),
        CheckConstraint("least(interest_vnd, overdue_interest_vnd) >= 0", name="parts_not_negative"),
        CheckConstraint("interest_vnd + overdue_interest_vnd > 0", name="something_reduced"),
    )

    kind: str
    effective_on: date
    interest_vnd: int = vnd_field()
    overdue_interest_vnd: int = vnd_field()
    for_inability: bool
    decision_number: str
    decided_on: date
    note: str | None
    reversed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    reversed_by: str | None
    reversal_reason: str | None


class WriteOff(LoanEntry, ConfirmationColumns, table=True):
    """A step of giving a loan up: handled by provisions, derecognized, or money recovered later."""

    __tablename__ = "write_off"
    __table_args__ = (
        Index("ix_write_off_alliance_id", "alliance", "id"),
        Index("ix_write_off_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index("ix_write_off_loan_id", "loan_id", "effective_on"),
        Index("ix_write_off_fund_id", "fund_id", "effective_on"),
        CheckConstraint("amount_vnd >= 0", name="amount_not_negative"),
        CheckConstraint("least(interest_vnd, overdue_interest_vnd) >= 0", name="interest_not_negative"),
    )

    kind: str
    effective_on: date
    amount_vnd: int = vnd_field()
    interest_vnd: int | None = vnd_field()
    overdue_interest_vnd: int | None = vnd_field()
    ground: str | None
    file_ids: str = jsonb_field()
    reversed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    reversed_by: str | None
    reversal_reason: str | None
    decision_number: str
    decided_on: date
    note: str | None


class Reversal(LoanEntry, ConfirmationColumns, table=True):
    """A step of a loan that is undone, and what moved with it."""

    __tablename__ = "reversal"
    __table_args__ = (
        Index("ix_reversal_alliance_id", "alliance", "id"),
        Index("ix_reversal_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index("ix_reversal_loan_id", "loan_id", "id"),
        Index("ix_reversal_reverses_id", "reverses_id"),
    )

    kind: str
    reverses_id: str = uuid_field()
    effective_on: date
    amount_vnd: int | None = vnd_field()
    reason: str
    moved: str | None = jsonb_field(None)
