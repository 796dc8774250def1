"""What an approval looked at, as it is answered: each limit and circumstance with its numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.web.schemas import Output, listed
from services.funds import code_lists as codes
from services.funds.capital.funds.schemas import RuleApplied


class CouncilVotes(Output):
    """The votes of the appraisal council, counted."""

    votes_for: int
    votes_against: int
    votes_abstain: int


class OtherLoan(Output):
    """Another loan of the borrower, of any fund of the alliance, as it stood on the day of the decision."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund_name: Annotated[str, Label("Tên Quỹ")] = Field(description="Name of the fund that lent it")
    outstanding_vnd: int = Field(json_schema_extra={"format": "int64"})
    debt_group: int = Field(description="As it would be at the fund's own risk; 5 where provisions handled it")
    days_overdue: int = Field(description="Since the oldest due date that was unpaid on that day")
    lost_vnd: int = Field(
        json_schema_extra={"format": "int64"}, description="Handled by provisions until that day and not recovered"
    )


class SharedBeneficiary(Output):
    """Another borrower of the same organization, with what this fund has lent and promised to it."""

    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    used_vnd: int = Field(json_schema_extra={"format": "int64"})
    is_related: Annotated[bool, Label("Đã ghi là có liên quan")] = Field(
        description="Whether a group of related persons holds both on that day"
    )


class LimitCheck(Output):
    """One thing that an approval looks at, with its numbers. What counts as used is outstanding principal and promises.

    For the limits: `limit_vnd` is `limit_percent` of `basis_vnd` (the actual charter capital), rounded down; `used_vnd`
    and `asked_vnd` together may not pass it, and `over_vnd` says by how much they would. For `own_capital_minimum`
    `basis_vnd` is the project's cost, `limit_vnd` the least own capital, rounded up, `asked_vnd` the own capital, and
    `over_vnd` what is missing. For `free_balance` `basis_vnd` is the capital that the fund has received, `used_vnd`
    what of it is lent, lost or promised, `limit_vnd` what is left. `shared_beneficiary` counts the borrower and all in
    `borrowers` together.
    """

    check: str = Field(description="What was looked at", json_schema_extra=listed(codes.APPROVAL_CHECKS))
    is_met: bool = Field(description="false: a warning that the approver acknowledged")
    warning: Annotated[str | None, Label("Điều cần lưu ý")] = Field(
        description="What was acknowledged; null where it is met",
        json_schema_extra=listed(codes.APPROVAL_WARNINGS),
    )
    limit_percent: str | None
    asked_percent: str | None
    basis_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    limit_vnd: int | None = Field(json_schema_extra={"format": "int64"}, description="null: no limit")
    used_vnd: int = Field(json_schema_extra={"format": "int64"})
    asked_vnd: int = Field(json_schema_extra={"format": "int64"})
    over_vnd: int = Field(json_schema_extra={"format": "int64"})
    borrower_group_id: str | None = Field(json_schema_extra={"format": "uuid"})
    authority: str | None
    loans: list[OtherLoan] = Field(
        description="Of `other_loans`: each on which something is owed, the newest contract first"
    )
    borrowers: list[SharedBeneficiary] = Field(
        description="Of `shared_beneficiary`: the 50 to whom the fund has lent or promised most"
    )
    missing_documents: list[str] = Field(description="Of `documents`: kinds that the checklist asks for and nobody has")
    votes: CouncilVotes | None = Field(description="Of `council_votes`: how the council voted")
    rule: RuleApplied | None
