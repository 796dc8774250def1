"""Tables of borrowers and applications."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Index,
    LargeBinary,
    text,
)
from sqlmodel import Field

from kernel.database.columns import jsonb_field, reference_field, uuid_field, vnd_field
from services.funds.models.base import Record
from services.funds.models.folding import APPLICATION_FOLDED


class Borrower(Record, table=True):
    """Who may be party to a loan. The numbers of a person are sealed; what is shown is their last digits."""

    __tablename__ = "borrower"
    __table_args__ = (
        Index("ix_borrower_alliance_id", "alliance", "id"),
        # Lists by the commune of the borrower.
        Index("ix_borrower_commune", "commune_code", "commune_map"),
        # Borrowers, and their loans, by part of the name.
        Index(
            "ix_borrower_name_folded_trgm",
            "name_folded",
            postgresql_using="gin",
            postgresql_ops={"name_folded": "gin_trgm_ops"},
        ),
        Index("ix_borrower_organization_id", "organization_id"),
        Index("ix_borrower_beneficiary_organization_id", "beneficiary_organization_id"),
        Index(
            "uq_borrower_organization",
            "alliance",
            "organization_id",
            unique=True,
            postgresql_where=text("organization_id IS NOT NULL"),
        ),
        Index(
            "uq_borrower_id_number",
            "alliance",
            "id_number_mark",
            unique=True,
            postgresql_where=text("id_number_mark IS NOT NULL"),
        ),
    )

    kind: str
    name: str
    name_folded: str
    organization_id: str | None = uuid_field(nullable=True)
    organization_code: str | None
    beneficiary_organization_id: str | None = uuid_field(nullable=True)
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
    ended_as: str | None
    ended_on: date | None
    is_active: bool
    erased_on: date | None = None


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

    borrower_group_id: str = reference_field("borrower_group")
    borrower_id: str = reference_field("borrower")
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
        # What a fund has approved and not contracted on a day.
        Index(
            "ix_loan_application_promised",
            "fund_id",
            "commitment_ended_on",
            postgresql_where=text("approved_on IS NOT NULL"),
        ),
        Index("ix_loan_application_borrower_id", "borrower_id"),
        Index("ix_loan_application_organization_id", "organization_id"),
        # Applications by part of their number or the borrower's name.
        Index(
            "ix_loan_application_folded",
            text(f"({APPLICATION_FOLDED.format(r='')}) gin_trgm_ops"),
            postgresql_using="gin",
        ),
        Index("ix_loan_application_province_2008", "province_2008", "id"),
        Index("ix_loan_application_province_2025", "province_2025", "id"),
        Index(
            "uq_loan_application_number",
            "alliance",
            "application_number",
            unique=True,
            postgresql_where=text("application_number IS NOT NULL"),
        ),
        CheckConstraint("requested_amount_vnd > 0", name="requested_positive"),
        CheckConstraint("approved_amount_vnd > 0", name="approved_positive"),
        CheckConstraint(
            "(state IN ('approved', 'contracted')) <= (approved_amount_vnd IS NOT NULL)", name="approved_has_amount"
        ),
    )

    fund_id: str = reference_field("fund")
    loan_product_id: str | None = reference_field("loan_product", nullable=True)
    borrower_id: str = reference_field("borrower")
    borrower_name: str
    organization_id: str | None = uuid_field(nullable=True)
    application_number: str | None
    entered_by_name: str | None
    state: str
    submitted_on: date
    requested_amount_vnd: int = vnd_field()
    requested_term_months: int
    purpose: str
    report_sector: str | None
    total_cost_vnd: int = vnd_field()
    own_capital_vnd: int = vnd_field()
    cofinancing_vnd: int = vnd_field()
    jobs: int | None
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    expected_results: str | None
    documents: str = jsonb_field()
    appraisal: str | None = jsonb_field(None)
    approval: str | None = jsonb_field(None)
    rejection: str | None = jsonb_field(None)
    withdrawal: str | None = jsonb_field(None)
    approved_on: date | None
    approved_amount_vnd: int | None = vnd_field()
    approved_term_months: int | None
    approved_annual_rate_percent: str | None
    commitment_ended_on: date | None
