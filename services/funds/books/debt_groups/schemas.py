"""What a caller sends and gets for debt groups."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.records.embedding import EMBEDDED
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import VndShown
from kernel.web.schemas import Input, Output, Page, Recorded, text
from services.funds.capital.funds.schemas import RuleApplied
from services.funds.names import FundName

Group = Annotated[int, Field(ge=1, le=5, description="1 standard, 2 watched, 3 to 5 non-performing")]


class DebtGroup(Output):
    """The loans of one debt group on a day."""

    debt_group: Group
    provision_percent: str = Field(description="Rate of the specific provision")
    loans: int
    outstanding_vnd: VndShown
    provision_vnd: VndShown
    evidence: str = Field(description="Path of the list of exactly these loans")


class DebtGroups(Output):
    """The debt groups of a fund on a day. Loans without own risk stand apart and are not provisioned."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    as_of: date
    items: list[DebtGroup]
    outstanding_vnd: VndShown = Field(description="At the fund's own risk")
    npl_outstanding_vnd: VndShown = Field(description="Groups 3 to 5")
    npl_ratio_percent: float | None = Field(description="Of the outstanding at own risk; null without any")
    provision_vnd: VndShown
    without_risk_vnd: VndShown = Field(description="Outstanding of entrusted loans whose risk others bear")
    rule: RuleApplied


class ClassifiedLoan(Output):
    """A loan on a day: how late it is, in which group, and what is set aside for it."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    borrower_name: str
    debt_group: Group
    borrower_debt_group: int | None
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool = Field(description="Interest was given up because the borrower could not pay")
    outstanding_vnd: VndShown
    deductible_vnd: VndShown = Field(description="Deductible value of what secures it")
    provision_vnd: VndShown


class DebtClassificationCreate(Input):
    """Save the debt groups of a fund on the last day of a month. Made again, late or never, it changes no figure."""

    id: Id | None = None
    fund_id: Id
    as_of: PastDay = Field(description="Last day of a month")
    minutes_number: Annotated[str, text(100)] | None = Field(default=None, description="Minutes of the risk council")
    note: Annotated[str, text(1000)] | None = None
    reason: Annotated[str, text(500)] | None = None


class DebtGroupKept(Output):
    """One group of a saved classification."""

    debt_group: Group
    loans: int
    outstanding_vnd: VndShown
    provision_vnd: VndShown


class DebtClassification(Recorded):
    """The debt groups of a fund at the end of a month, as known when they were saved."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    as_of: date
    minutes_number: str | None
    note: str | None
    groups: list[DebtGroupKept]
    outstanding_vnd: VndShown
    npl_outstanding_vnd: VndShown
    provision_vnd: VndShown
    alliance: str


class DebtClassificationCompared(DebtClassification):
    """A saved classification beside what follows from the records as they are known now."""

    differs_from_now: bool
    groups_now: list[DebtGroupKept]


class DebtClassificationLoan(Output):
    """One loan of a saved classification."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    borrower_name: str
    debt_group: Group
    borrower_debt_group: int | None = Field(
        description="Worst group over the borrower's loans on that day; null where it was saved before this was kept"
    )
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    outstanding_vnd: VndShown
    deductible_vnd: VndShown
    provision_vnd: VndShown


class ClassifiedLoanPage(Page[ClassifiedLoan]):
    """A page of loans with their groups."""


class DebtClassificationLoanPage(Page[DebtClassificationLoan]):
    """A page of the loans of a saved classification."""
