"""Tables of funds, their capital, products and rules, and of what their records hold completely."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Index,
    text,
)

from kernel.database.columns import (
    ConfirmationColumns,
    CoverageColumns,
    coverage_constraints,
    jsonb_field,
    reference_field,
    uuid_field,
    vnd_field,
)
from services.funds.models.base import Record


class Fund(Record, ConfirmationColumns, table=True):
    """A cooperative development support fund, or capital that an alliance manages like one."""

    __tablename__ = "fund"
    __table_args__ = (
        Index("ix_fund_alliance_id", "alliance", "id"),
        Index("ix_fund_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        CheckConstraint("charter_capital_vnd >= 0", name="charter_capital_not_negative"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    name: str
    name_folded: str
    operating_model: str
    legal_form: str
    legal_basis: str | None
    alliance_label: str | None
    province: str
    licence_number: str | None
    licensed_on: date | None
    established_on: date | None
    valid_from: date
    valid_until: date | None
    charter_capital_vnd: int | None = vnd_field()
    opening_until: date | None
    pending_opening_until: date | None
    state: str


class CapitalMovement(Record, ConfirmationColumns, table=True):
    """Capital that was allocated to a fund, or came in or went out. Append-only: a mistake is reversed."""

    __tablename__ = "capital_movement"
    __table_args__ = (
        Index("ix_capital_movement_fund_id", "fund_id", "moved_on"),
        Index("ix_capital_movement_alliance_id", "alliance", "id"),
        Index("ix_capital_movement_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index(
            "uq_capital_movement_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=text(
                "reverses_id IS NOT NULL AND coalesce(confirmation_state, 'confirmed') IN ('pending', 'confirmed')"
            ),
        ),
        CheckConstraint("amount_vnd > 0", name="amount_positive"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("stage IN ('allocated', 'received')", name="stage"),
    )

    fund_id: str = reference_field("fund")
    kind: str
    stage: str
    direction: str
    amount_vnd: int = vnd_field()
    moved_on: date
    decision_number: str | None
    decided_on: date | None
    budget_year: int | None
    counterparty: str | None
    note: str | None
    reverses_id: str | None = reference_field("capital_movement", nullable=True)
    reversed_by_id: str | None = uuid_field(nullable=True)


class LoanProduct(Record, table=True):
    """What a fund, or every fund of an alliance, lends or supports, with the rules that hold for a time."""

    __tablename__ = "loan_product"
    __table_args__ = (
        Index("ix_loan_product_alliance_id", "alliance", "id"),
        Index("uq_loan_product_code", "alliance", "code", unique=True),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    fund_id: str | None = reference_field("fund", nullable=True)
    code: str
    name: str
    type: str
    borrower_kinds: str = jsonb_field()
    annual_rate_percent: str | None
    annual_rate_minimum_percent: str | None
    rate_as_quoted: str | None
    rate_quoted_per: str | None
    overdue_rate_percent_of_rate: str | None
    overdue_interest_rate_percent: str | None
    term_min_months: int | None
    term_max_months: int | None
    method: str | None
    interval: str | None = jsonb_field(None)
    principal_every: int
    principal_grace: int
    interest_grace: int
    interest_free: int
    day_count: str
    holiday_rule: str
    round_installment_to_vnd: int | None = vnd_field()
    repayment_order: str = jsonb_field()
    security: str
    security_note: str | None
    own_capital_minimum_percent: str | None
    valid_from: date
    valid_until: date | None
    legal_basis: str | None


class LendingRule(Record, table=True):
    """A rule of lending with its validity and legal basis; the alliance VN owns those of the nation."""

    __tablename__ = "lending_rule"
    __table_args__ = (
        Index("ix_lending_rule_alliance_id", "alliance", "id"),
        Index("ix_lending_rule_rule", "rule", "valid_from"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
        CheckConstraint("amount_up_to_vnd >= 0", name="amount_not_negative"),
    )

    rule: str
    fund_id: str | None = reference_field("fund", nullable=True)
    value_percent: str | None
    value_days: int | None
    value_months: int | None
    value_installments: int | None
    amount_up_to_vnd: int | None = vnd_field()
    authority: str | None
    borrower_kind: str | None
    documents: str | None = jsonb_field(None)
    valid_from: date
    valid_until: date | None
    legal_basis: str
    note: str | None


class Coverage(Record, CoverageColumns, table=True):
    """What a province's records hold completely."""

    __tablename__ = "coverage"
    __table_args__ = coverage_constraints()
