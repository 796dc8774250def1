"""What a caller gets for projects."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.web.field_types import VndShown
from kernel.web.schemas import Page, listed
from services.funds import code_lists as codes
from services.funds.names import FundName


class Project(EvidenceRow):
    """A project that a fund paid out for; its id is the loan's."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    contract_number: str
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    organization_id: str | None = Field(
        json_schema_extra={"format": "uuid"}, description="The borrower's, or that which it borrows as a member of"
    )
    organization: NamedOrganization
    purpose: str
    report_sector: str | None = Field(json_schema_extra=listed(codes.REPORT_SECTORS))
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    channel: Annotated[str, Label("Kênh cho vay")] = Field(json_schema_extra=listed(codes.LOAN_CHANNELS))
    state: Annotated[str, Label("Trạng thái khoản vay")] = Field(json_schema_extra=listed(codes.LOAN_STATES))
    planned_vnd: int | None = Field(json_schema_extra={"format": "int64"}, description="Total cost of the project")
    own_capital_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    cofinancing_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    requested_vnd: int | None = Field(json_schema_extra={"format": "int64"}, description="Asked for")
    approved_vnd: int | None = Field(
        json_schema_extra={"format": "int64"}, description="Approved; null without application"
    )
    contracted_vnd: VndShown = Field(description="Sum of the contract")
    disbursed_vnd: VndShown = Field(description="Paid out in all")
    disbursed_in_period_vnd: int | None = Field(
        json_schema_extra={"format": "int64"}, description="Paid out in the period that was asked for; null without one"
    )
    turns: int = Field(description="Tranches in the period that was asked for, or in all")
    first_disbursed_on: date
    last_disbursed_on: date
    repaid_vnd: VndShown = Field(description="Principal that came back, and what left the balance otherwise")
    interest_paid_vnd: VndShown
    outstanding_vnd: VndShown
    jobs: int | None
    expected_results: str | None
    result: Annotated[str | None, Label("Kết quả dự án")]
    alliance: str


class ProjectPage(Page[Project]):
    """A page of projects."""
