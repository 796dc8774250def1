"""Tables of loans, their security, and of what happens to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    text,
)
from sqlmodel import Field

from kernel.database.columns import ConfirmationColumns, jsonb_field, reference_field, uuid_field, vnd_field
from services.funds.models.base import FundsModel, Record


class Loan(Record, ConfirmationColumns, table=True):
    """A loan contract with the project it pays for; what is derived from its entries is kept beside it."""

    __tablename__ = "loan"
    __table_args__ = (
        Index("ix_loan_alliance_id", "alliance", "id"),
        Index("ix_loan_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index("ix_loan_fund_id", "fund_id", "id"),
        Index("ix_loan_borrower_id", "borrower_id"),
        Index("ix_loan_organization_id", "organization_id"),
        Index("ix_loan_province_2008", "province_2008", "id"),
        Index("ix_loan_province_2025", "province_2025", "id"),
        Index("ix_loan_starts_on", "alliance", "starts_on", "id"),
        # What ended unconfirmed holds no number.
        Index(
            "uq_loan_contract_number",
            "alliance",
            "contract_number",
            unique=True,
            postgresql_where=text("coalesce(confirmation_state, 'confirmed') IN ('pending', 'confirmed')"),
        ),
        Index("ix_loan_import_id", "import_id", postgresql_where=text("import_id IS NOT NULL")),
        Index(
            "uq_loan_application",
            "loan_application_id",
            unique=True,
            postgresql_where=text("loan_application_id IS NOT NULL"),
        ),
        CheckConstraint("principal_vnd > 0", name="principal_positive"),
        CheckConstraint("outstanding_vnd BETWEEN 0 AND disbursed_vnd", name="outstanding_within_disbursed"),
        CheckConstraint("disbursed_vnd <= principal_vnd", name="disbursed_within_contract"),
        CheckConstraint(
            "least(interest_paid_vnd, overdue_interest_paid_vnd, held_vnd, written_off_vnd, recovered_vnd) >= 0",
            name="sums_not_negative",
        ),
    )

    fund_id: str = reference_field("fund")
    loan_application_id: str | None = reference_field("loan_application", nullable=True)
    loan_product_id: str | None = reference_field("loan_product", nullable=True)
    borrower_id: str = reference_field("borrower")
    borrower_name: str
    organization_id: str | None = uuid_field(nullable=True)
    contract_number: str
    channel: str
    own_risk: bool
    signed_on: date
    principal_vnd: int = vnd_field()
    annual_rate_percent: str
    overdue_rate_percent_of_rate: str
    overdue_interest_rate_percent: str
    repayment_order: str = jsonb_field()
    terms: str = jsonb_field("{}")
    dues: str = jsonb_field()
    starts_on: date | None
    last_due_on: date | None
    purpose: str
    report_sector: str | None
    total_cost_vnd: int | None = vnd_field()
    own_capital_vnd: int | None = vnd_field()
    cofinancing_vnd: int | None = vnd_field()
    jobs: int | None
    expected_results: str | None
    result: str | None
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    opening: str | None = jsonb_field(None)
    in_force: str | None = jsonb_field(None)
    state: str
    drawing_closed_on: date | None
    disbursed_vnd: int = vnd_field()
    outstanding_vnd: int = vnd_field()
    interest_paid_vnd: int = vnd_field()
    overdue_interest_paid_vnd: int = vnd_field()
    held_vnd: int = vnd_field()
    written_off_vnd: int = vnd_field()
    recovered_vnd: int = vnd_field()
    reschedule_count: int
    settlement: str | None = jsonb_field(None)
    settled_on: date | None
    import_id: str | None = uuid_field(nullable=True)


class _Entry(Record):
    """Something that happened to a loan on a day, entered once; a mistake is reversed."""

    fund_id: str = reference_field("fund")
    loan_id: str = reference_field("loan")


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


class Disbursement(_Entry, table=True):
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


class Repayment(_Entry, table=True):
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
    principal_vnd: int = vnd_field()
    interest_vnd: int = vnd_field()
    overdue_interest_vnd: int = vnd_field()
    held_vnd: int = vnd_field()
    reversed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    reversed_by: str | None
    reversal_reason: str | None


class Rescheduling(_Entry, ConfirmationColumns, table=True):
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


class InterestReduction(_Entry, ConfirmationColumns, table=True):
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


class WriteOff(_Entry, ConfirmationColumns, table=True):
    """A step of giving a loan up: handled by provisions, derecognized, or money recovered later."""

    __tablename__ = "write_off"
    __table_args__ = (
        Index("ix_write_off_alliance_id", "alliance", "id"),
        Index("ix_write_off_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index("ix_write_off_loan_id", "loan_id", "effective_on"),
        Index("ix_write_off_fund_id", "fund_id", "effective_on"),
        CheckConstraint("amount_vnd >= 0", name="amount_not_negative"),
    )

    kind: str
    effective_on: date
    amount_vnd: int = vnd_field()
    decision_number: str
    decided_on: date
    note: str | None


class UseCheck(_Entry, table=True):
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


class CollectionAction(_Entry, table=True):
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


class BalanceStatement(_Entry, table=True):
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


class LoanInstallment(FundsModel, table=True):
    """An installment as the loan's history makes it, to the end: what asks for arrears on any day reads this."""

    __tablename__ = "loan_installment"
    __table_args__ = (
        PrimaryKeyConstraint("loan_id", "number"),
        Index("ix_loan_installment_due_on", "due_on"),
        CheckConstraint(
            "least(principal_vnd, interest_vnd, principal_paid_vnd, interest_paid_vnd, interest_waived_vnd) >= 0",
            name="amounts_not_negative",
        ),
        CheckConstraint(
            "principal_paid_vnd <= principal_vnd AND interest_paid_vnd + interest_waived_vnd <= interest_vnd",
            name="paid_within_due",
        ),
    )

    loan_id: str = reference_field("loan")
    number: int
    opened_on: date
    due_on: date
    principal_vnd: int = vnd_field()
    interest_vnd: int = vnd_field()
    principal_paid_vnd: int = vnd_field()
    interest_paid_vnd: int = vnd_field()
    interest_waived_vnd: int = vnd_field()
    closed_on: date | None
    replaced: bool


class LoanToDerive(FundsModel, table=True):
    """A loan of which what is kept was derived by rules of before; a migration notes it, the service strikes it off."""

    __tablename__ = "loan_to_derive"
    __table_args__ = (PrimaryKeyConstraint("loan_id"),)

    loan_id: str = uuid_field(foreign_key="loan.id", ondelete="CASCADE")
