"""Every table of the funds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.db import NAMING_CONVENTION
from kernel.organizations import followed_organization_table
from kernel.tables import (
    audit_table,
    change_table,
    feed_epoch_table,
    file_table,
    followed_feed_table,
    history_table,
    idempotency_table,
    job_table,
    key_fingerprint_table,
)


class FundsModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the funds' tables: metadata of its own, so that services share a process in tests."""


metadata = FundsModel.metadata
change = change_table(metadata)
feed_epoch = feed_epoch_table(metadata)
history = history_table(metadata)
idempotency_key = idempotency_table(metadata)
audit = audit_table(metadata)
key_fingerprint = key_fingerprint_table(metadata)
job = job_table(metadata)
file = file_table(metadata)
followed_feed = followed_feed_table(metadata)
followed_organization = followed_organization_table(metadata)


def _uuid(**options: Any) -> Any:
    return Field(sa_type=UUID(as_uuid=False), **options)


def _of(table: str, **options: Any) -> Any:
    """Return a column that names a row of `table`, which stays as long as it is named."""
    return _uuid(foreign_key=f"{table}.id", ondelete="RESTRICT", **options)


def _jsonb(default: str | None = "[]", **options: Any) -> Any:
    """Return a jsonb column; without a default it may be null."""
    if default is None:
        return Field(sa_type=JSONB, nullable=True, **options)
    return Field(sa_type=JSONB, sa_column_kwargs={"server_default": text(f"'{default}'"), "nullable": False})


def _vnd(**options: Any) -> Any:
    return Field(sa_type=BigInteger, **options)


class Record(FundsModel):
    """Columns of every record. `alliance` owns the row: it alone decides access."""

    id: str = _uuid(primary_key=True)
    version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    alliance: str


class Fund(Record, table=True):
    """A cooperative development support fund, or capital that an alliance manages like one."""

    __tablename__ = "fund"
    __table_args__ = (
        Index("ix_fund_alliance_id", "alliance", "id"),
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
    charter_capital_vnd: int | None = _vnd()
    state: str


class CapitalMovement(Record, table=True):
    """Capital that was allocated to a fund, or came in or went out. Append-only: a mistake is reversed."""

    __tablename__ = "capital_movement"
    __table_args__ = (
        Index("ix_capital_movement_fund_id", "fund_id", "moved_on"),
        Index("ix_capital_movement_alliance_id", "alliance", "id"),
        Index(
            "uq_capital_movement_reverses_id", "reverses_id", unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        CheckConstraint("amount_vnd > 0", name="amount_positive"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("stage IN ('allocated', 'received')", name="stage"),
    )  # fmt: skip

    fund_id: str = _of("fund")
    kind: str
    stage: str
    direction: str
    amount_vnd: int = _vnd()
    moved_on: date
    decision_number: str | None
    decided_on: date | None
    budget_year: int | None
    counterparty: str | None
    note: str | None
    reverses_id: str | None = _of("capital_movement", nullable=True)
    reversed_by_id: str | None = _uuid(nullable=True)


class LoanProduct(Record, table=True):
    """What a fund, or every fund of an alliance, lends or supports, with the rules that hold for a time."""

    __tablename__ = "loan_product"
    __table_args__ = (
        Index("ix_loan_product_alliance_id", "alliance", "id"),
        Index("uq_loan_product_code", "alliance", "code", unique=True),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    fund_id: str | None = _of("fund", nullable=True)
    code: str
    name: str
    type: str
    borrower_kinds: str = _jsonb()
    annual_rate_percent: str | None
    rate_as_quoted: str | None
    rate_quoted_per: str | None
    overdue_rate_percent_of_rate: str | None
    overdue_interest_rate_percent: str | None
    term_min_months: int | None
    term_max_months: int | None
    method: str | None
    interval: str | None = _jsonb(None)
    principal_every: int
    principal_grace: int
    interest_grace: int
    interest_free: int
    day_count: str
    holiday_rule: str
    round_installment_to_vnd: int | None = _vnd()
    repayment_order: str = _jsonb()
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
    fund_id: str | None = _of("fund", nullable=True)
    value_percent: str | None
    value_days: int | None
    amount_up_to_vnd: int | None = _vnd()
    authority: str | None
    valid_from: date
    valid_until: date | None
    legal_basis: str
    note: str | None


class Borrower(Record, table=True):
    """Who may be party to a loan. The numbers of a person are sealed; what is shown is their last digits."""

    __tablename__ = "borrower"
    __table_args__ = (
        Index("ix_borrower_alliance_id", "alliance", "id"),
        Index("ix_borrower_organization_id", "organization_id"),
        Index("ix_borrower_beneficiary_organization_id", "beneficiary_organization_id"),
        Index(
            "uq_borrower_organization", "alliance", "organization_id", unique=True,
            postgresql_where=text("organization_id IS NOT NULL"),
        ),
        Index(
            "uq_borrower_id_number", "alliance", "id_number_mark", unique=True,
            postgresql_where=text("id_number_mark IS NOT NULL"),
        ),
    )  # fmt: skip

    kind: str
    name: str
    name_folded: str
    organization_id: str | None = _uuid(nullable=True)
    organization_code: str | None
    beneficiary_organization_id: str | None = _uuid(nullable=True)
    beneficiary_organization_name: str | None
    beneficiary_kind: str | None
    address: str | None
    commune_code: str | None
    commune_map: str | None
    province_2008: str | None
    province_2025: str | None
    phone_last4: str | None
    phone_sealed: bytes | None = Field(sa_type=LargeBinary)
    id_number_last4: str | None
    id_number_sealed: bytes | None = Field(sa_type=LargeBinary)
    id_number_mark: str | None
    is_active: bool


class BorrowerGroup(Record, table=True):
    """Related persons, whose loans count together against the limit of 25 %."""

    __tablename__ = "borrower_group"
    __table_args__ = (Index("ix_borrower_group_alliance_id", "alliance", "id"),)

    name: str
    name_folded: str
    kind: str
    note: str | None


class BorrowerGroupMember(Record, table=True):
    """A borrower's time in a group of related persons."""

    __tablename__ = "borrower_group_member"
    __table_args__ = (
        Index("ix_borrower_group_member_alliance_id", "alliance", "id"),
        Index("ix_borrower_group_member_group_id", "borrower_group_id"),
        Index("ix_borrower_group_member_borrower_id", "borrower_id"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    borrower_group_id: str = _of("borrower_group")
    borrower_id: str = _of("borrower")
    relation: str | None
    valid_from: date
    valid_until: date | None


class LoanApplication(Record, table=True):
    """A request for a loan with its project, from the day it was filed to the decision and the contract.

    From `approved_on` until the day before `commitment_ended_on` the approved amount is promised and not yet paid.
    """

    __tablename__ = "loan_application"
    __table_args__ = (
        Index("ix_loan_application_alliance_id", "alliance", "id"),
        Index("ix_loan_application_fund_id", "fund_id", "state"),
        Index("ix_loan_application_borrower_id", "borrower_id"),
        Index("ix_loan_application_organization_id", "organization_id"),
        Index("ix_loan_application_province_2008", "province_2008", "id"),
        Index("ix_loan_application_province_2025", "province_2025", "id"),
        Index(
            "uq_loan_application_number", "alliance", "application_number", unique=True,
            postgresql_where=text("application_number IS NOT NULL"),
        ),
        CheckConstraint("requested_amount_vnd > 0", name="requested_positive"),
        CheckConstraint("approved_amount_vnd > 0", name="approved_positive"),
        CheckConstraint("(state IN ('approved', 'contracted')) <= (approved_amount_vnd IS NOT NULL)",
                        name="approved_has_amount"),
    )  # fmt: skip

    fund_id: str = _of("fund")
    loan_product_id: str | None = _of("loan_product", nullable=True)
    borrower_id: str = _of("borrower")
    borrower_name: str
    organization_id: str | None = _uuid(nullable=True)
    application_number: str | None
    state: str
    submitted_on: date
    requested_amount_vnd: int = _vnd()
    requested_term_months: int
    purpose: str
    report_sector: str | None
    total_cost_vnd: int = _vnd()
    own_capital_vnd: int = _vnd()
    cofinancing_vnd: int = _vnd()
    jobs: int | None
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    expected_results: str | None
    documents: str = _jsonb()
    appraisal: str | None = _jsonb(None)
    approval: str | None = _jsonb(None)
    rejection: str | None = _jsonb(None)
    withdrawal: str | None = _jsonb(None)
    approved_on: date | None
    approved_amount_vnd: int | None = _vnd()
    approved_term_months: int | None
    approved_annual_rate_percent: str | None
    commitment_ended_on: date | None


class Collateral(Record, table=True):
    """What secures a loan, from its registration to its release."""

    __tablename__ = "collateral"
    __table_args__ = (
        Index("ix_collateral_alliance_id", "alliance", "id"),
        Index("ix_collateral_loan_application_id", "loan_application_id"),
        Index("ix_collateral_loan_id", "loan_id"),
        CheckConstraint("value_vnd >= 0", name="value_not_negative"),
        CheckConstraint("deductible_value_vnd BETWEEN 0 AND value_vnd", name="deductible_within_value"),
        CheckConstraint("released_on IS NULL OR registered_on IS NULL OR released_on >= registered_on",
                        name="released_after_registered"),
    )  # fmt: skip

    loan_application_id: str | None = _of("loan_application", nullable=True)
    loan_id: str | None = _of("loan", nullable=True)
    borrower_id: str = _of("borrower")
    kind: str
    description: str
    owner_name: str
    certificate_number: str | None
    value_vnd: int = _vnd()
    deductible_value_vnd: int = _vnd()
    valued_on: date | None
    registration_number: str | None
    registered_on: date | None
    released_on: date | None
    file_ids: str = _jsonb()


from services.funds import loan_models as loan_models  # noqa: E402  # the rest of the tables, in the same metadata
from services.funds import report_models as report_models  # noqa: E402
