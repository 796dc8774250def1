"""Tables of loans, and of what is kept beside each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text

from kernel.database.columns import ConfirmationColumns, jsonb_field, reference_field, uuid_field, vnd_field
from services.funds.models.base import FundsModel, Record
from services.funds.models.folding import LOAN_FOLDED


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
        Index("ix_loan_officer_id", "officer_id", "id", postgresql_where=text("officer_id IS NOT NULL")),
        Index("ix_loan_starts_on", "alliance", "starts_on", "id"),
        # What ended unconfirmed holds no number.
        Index(
            "uq_loan_contract_number",
            "alliance",
            "contract_number",
            unique=True,
            postgresql_where=text("coalesce(confirmation_state, 'confirmed') IN ('pending', 'confirmed')"),
        ),
        Index("ix_loan_contract_number", "contract_number"),
        # Loans by part of the contract's number or the borrower's name.
        Index("ix_loan_folded", text(f"({LOAN_FOLDED.format(r='')}) gin_trgm_ops"), postgresql_using="gin"),
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
    officer_id: str | None
    # What the last entry left, for any day from `kept_from` on (services/funds/loan_facts.py); kept with `kept_version` of
    # the loan, empty where it has to be derived. What secures it is kept by the database, for days from `secured_from` on.
    kept_version: int | None
    kept_from: date | None
    unpaid_since: date | None
    deductible_vnd: int | None = vnd_field()
    secured_from: date | None


class LoanEntry(Record):
    """Something that happened to a loan on a day, entered once; a mistake is reversed."""

    fund_id: str = reference_field("fund")
    loan_id: str = reference_field("loan")


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
