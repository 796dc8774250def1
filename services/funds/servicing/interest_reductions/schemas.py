"""What a caller sends and gets for interest that is waived or reduced."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import VndShown
from kernel.web.schemas import Flag, Input, SubjectName, code, listed, text
from services.funds import code_lists as codes
from services.funds.servicing.loans.schemas import OfLoan


class InterestReductionCreate(Input):
    """Give up interest that is owed on a day. For inability to pay it counts for the debt group (group 3 at best).

    Needs `interest_vnd` or `overdue_interest_vnd`.
    """

    id: Id | None = None
    kind: Annotated[str, code(codes.REDUCTION_KINDS), Label("Hình thức miễn, giảm lãi")]
    effective_on: PastDay
    interest_vnd: Vnd = 0
    overdue_interest_vnd: Vnd = 0
    for_inability: Flag = Field(default=True, description="Because the borrower cannot pay it in full")
    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    note: Annotated[str, text(1000)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> InterestReductionCreate:
        if not self.interest_vnd and not self.overdue_interest_vnd:
            raise field_error("too_small", "Hãy ghi số tiền được giảm.", "Say how much is given up.", at="interest_vnd")
        return self


class InterestReduction(OfLoan, Confirmable):
    """Interest that the fund gave up."""

    kind: Annotated[str, Label("Hình thức miễn, giảm lãi")] = Field(json_schema_extra=listed(codes.REDUCTION_KINDS))
    effective_on: date
    interest_vnd: VndShown
    overdue_interest_vnd: VndShown
    for_inability: bool
    decision_number: str
    decided_on: date
    note: str | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversed_by_name: SubjectName
    reversal_reason: str | None
