"""What the reports of a fund answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.web.field_types import VndShown
from kernel.web.schemas import Output, PlacedPage, SubjectName, listed
from services.funds import code_lists as codes
from services.funds.capital.funds.schemas import RuleApplied
from services.funds.names import FundName


class LendingRow(Output):
    """Lending of a period: opening + disbursed + taken over − collected − handled = closing, to the đồng."""

    key: str = Field(description="Code of what the section is by; `total` for the sum")
    opening_outstanding_vnd: VndShown = Field(description="Outstanding principal before the first day")
    disbursed_vnd: VndShown
    taken_over_vnd: VndShown = Field(description="Of loans that ran before, entered with their opening in the period")
    collected_principal_vnd: VndShown = Field(
        description="Principal collected; of entrusted loans what the balances tell"
    )
    handled_vnd: VndShown = Field(description="Principal handled by provisions in the period")
    closing_outstanding_vnd: VndShown = Field(description="Outstanding principal on the last day")
    overdue_outstanding_vnd: VndShown = Field(description="Of it, of loans with anything overdue on the last day")
    interest_collected_vnd: VndShown = Field(description="In-term and overdue interest collected")
    projects: int = Field(description="Loans with at least one tranche in the period")
    borrowers: int = Field(description="Borrowers with principal outstanding on the last day")


class LendingSection(Output):
    """The same figures by one way of telling loans apart; each section adds up to the total."""

    by: str = Field(json_schema_extra=listed(codes.LENDING_SECTIONS))
    rows: list[LendingRow] = Field(description="The figures, row by row")


class LendingReport(Output):
    """The lending report of a half year or year (form 1a of Circular 52/2022/TT-BTC) from the records."""

    fund_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="null: every fund of the area")
    fund: Annotated[FundName | None, EMBEDDED]
    period: str
    from_: date = Field(alias="from", description="First day of the period", json_schema_extra={"format": "date"})
    to: date = Field(description="Last day of the period")
    total: LendingRow
    sections: list[LendingSection]
    outstanding_growth_percent: float | None = Field(
        description="(closing − opening) / opening, entrusted lending included; null without an opening"
    )
    npl_outstanding_vnd: VndShown = Field(description="Groups 3 to 5 at own risk on the last day")
    own_risk_outstanding_vnd: VndShown
    npl_ratio_percent: float | None = Field(description="Bad debt at own risk / outstanding at own risk")
    provision_vnd: VndShown = Field(description="Specific provisions on the last day")
    rule: RuleApplied


_AHEAD = (
    "Paid before the month for what falls due in it, less what was paid in it for later: below 0 where more was paid "
    "ahead than was used"
)


class CollectionLine(Output):
    """What one loan had to pay in a month: arrears + due − paid ahead − collected = remaining, to the đồng."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    arrears_principal_vnd: VndShown = Field(description="Overdue principal on the eve of the month")
    arrears_interest_vnd: VndShown = Field(description="Unpaid interest on the eve of the month, overdue interest too")
    due_principal_vnd: VndShown = Field(
        description="Principal that falls due in the month, less what a new schedule or provisions took out of it"
    )
    due_interest_vnd: VndShown = Field(
        description="Interest that falls due in the month and overdue interest earned in it, less what was given up"
    )
    paid_ahead_principal_vnd: VndShown = Field(description=_AHEAD)
    paid_ahead_interest_vnd: VndShown = Field(description=_AHEAD)
    collected_principal_vnd: VndShown = Field(description="All that came in, also for later months")
    collected_interest_vnd: VndShown = Field(description="In-term and overdue interest")
    remaining_principal_vnd: VndShown = Field(description="Due and unpaid at the end of the month")
    remaining_interest_vnd: VndShown = Field(
        description="Due and unpaid, with overdue interest, at the end of the month"
    )
    outstanding_vnd: VndShown = Field(description="Outstanding principal at the end of the month")


class CollectionTotals(Output):
    """Sums of a collection sheet, principal and interest together: arrears + falls due − paid ahead − collected = remaining."""

    arrears_vnd: VndShown = Field(description="Unpaid on the eve of the month")
    falls_due_vnd: VndShown = Field(description="Falls due in the month, with overdue interest")
    due_vnd: VndShown = Field(description="Arrears and what falls due in the month")
    paid_ahead_vnd: VndShown = Field(description=_AHEAD)
    collected_vnd: VndShown
    remaining_vnd: VndShown


class CollectionBorrower(CollectionTotals):
    """One borrower's loans in a month, and their sums."""

    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    commune_code: str | None
    commune_name: str | None
    loans: list[CollectionLine]


class WorkItem(Output):
    """One thing to do: money that falls due or is late, a check that is owed, a promise to ask after."""

    id: str = Field(description="Id of the item, the same as long as it is to do")
    kind: Annotated[str, Label("Loại việc")] = Field(json_schema_extra=listed(codes.WORK_KINDS))
    on: date = Field(description="Day it is due, or has been since")
    days_late: int = Field(description="Days since then; 0 while it is to come")
    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    amount_vnd: int | None = Field(
        json_schema_extra={"format": "int64"},
        description="Principal and interest concerned; of a late loan all that its position says is due",
    )
    needs_notice: bool = Field(
        description="The loan is late and a notice of overdue debt is to be sent: the first, or another after `notice_every_days`"
    )
    debt_group: int | None = Field(description="The loan's own today, 1 to 5; null where the fund bears no risk")
    borrower_debt_group: int | None
    officer_id: str | None
    officer_name: SubjectName
    phone: str | None = Field(
        description="Public phone of the organization that borrows, as the registry has it; else, with `include=phone`, the "
        "borrower's number"
    )
    redacted: list[str] = Field(description="`phone` where a number is kept that is not shown here")
    resource: Annotated[str, Label("Hồ sơ cần mở")] = Field(description="Path of the record to open")
    alliance: str


class CollectionBorrowerPage(PlacedPage[CollectionBorrower]):
    """A page of borrowers with what they had to pay in a month."""

    totals: CollectionTotals | None = Field(description="Sums over every borrower of the sheet, with `totals=exact`")


class WorkItemPage(PlacedPage[WorkItem]):
    """A page of what is to do."""
