"""What a caller sends and gets for use checks, collection actions and balance statements."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import FileIds, VndShown
from kernel.web.schemas import Input, code, listed, text
from services.funds import code_lists as codes
from services.funds.servicing.loans.schemas import OfLoan


class UseCheckCreate(Input):
    """A check of how the money is used: planned for a day, and done with its finding.

    `checked_on` and `finding` come together.
    """

    id: Id | None = None
    due_on: Day
    checked_on: PastDay | None = None
    finding: Annotated[str, code(codes.USE_FINDINGS)] | None = None
    note: Annotated[str, text(2000)] | None = None
    minutes_number: Annotated[str, text(100)] | None = None
    checked_by: Annotated[str, text(200)] | None = None
    file_ids: FileIds = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> UseCheckCreate:
        if (self.checked_on is None) != (self.finding is None):
            words = ("Hãy ghi cả ngày kiểm tra và kết quả.", "Give both the day and the finding.")
            raise field_error("required", *words, at="finding" if self.finding is None else "checked_on")
        return self


class UseCheck(OfLoan):
    """A check of how the money is used."""

    due_on: date
    checked_on: date | None
    finding: str | None = Field(json_schema_extra=listed(codes.USE_FINDINGS))
    note: str | None
    minutes_number: str | None
    checked_by: str | None
    file_ids: list[str]


class CollectionActionCreate(Input):
    """What was done to get money back."""

    id: Id | None = None
    kind: Annotated[str, code(codes.COLLECTION_KINDS), Label("Biện pháp thu nợ")]
    done_on: PastDay
    document_number: Annotated[str, text(100)] | None = None
    promise: Annotated[str, text(1000)] | None = None
    promised_on: Day | None = None
    amount_vnd: Annotated[Vnd | None, Label("Số tiền đòi")] = None
    note: Annotated[str, text(2000)] | None = None
    file_ids: FileIds = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None


class CollectionAction(OfLoan):
    """What was done to get money back."""

    kind: Annotated[str, Label("Biện pháp thu nợ")] = Field(json_schema_extra=listed(codes.COLLECTION_KINDS))
    done_on: date
    document_number: str | None
    promise: str | None
    promised_on: date | None
    amount_vnd: Annotated[int | None, Label("Số tiền đòi")] = Field(json_schema_extra={"format": "int64"})
    note: str | None
    file_ids: list[str]


class BalanceStatementCreate(Input):
    """What the lender who keeps the books says is outstanding on a day; it stays out of the fund's ledger.

    `overdue_principal_vnd` above 0 and `overdue_since` come together.
    """

    id: Id | None = None
    as_of: PastDay
    outstanding_vnd: Vnd
    overdue_principal_vnd: Vnd = 0
    overdue_since: PastDay | None = None
    interest_collected_vnd: Vnd | None = None
    document_number: Annotated[str, text(100)] | None = None
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> BalanceStatementCreate:
        if self.overdue_principal_vnd > self.outstanding_vnd:
            words = (
                "Gốc quá hạn lớn hơn dư nợ gốc; hãy kiểm tra các số tiền.",
                "More is overdue than is outstanding; check the amounts.",
            )
            raise field_error("too_large", *words, at="overdue_principal_vnd")
        if (self.overdue_since is None) != (not self.overdue_principal_vnd):
            words = (
                "Hãy ghi cả gốc quá hạn và ngày bắt đầu quá hạn.",
                "Give both what is overdue and since which day.",
            )
            raise field_error("required", *words, at="overdue_since")
        return self


class BalanceStatement(OfLoan):
    """What the lender who keeps the books says is outstanding on a day."""

    as_of: date
    outstanding_vnd: VndShown
    overdue_principal_vnd: VndShown
    overdue_since: date | None
    interest_collected_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    document_number: str | None
    note: str | None
    file_ids: list[str]
