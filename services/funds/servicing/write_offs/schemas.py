"""What a caller sends and gets for write-offs and recoveries."""

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
from kernel.web.field_types import VND, FileIds, VndShown
from kernel.web.schemas import Input, SubjectName, code, listed, text
from services.funds import code_lists as codes
from services.funds.servicing.loans.schemas import OfLoan


class WriteOffCreate(Input):
    """A step of giving a loan up (Decree 45/2021/NĐ-CP, Art. 28).

    risk_handled: provisions are used, all that is owed leaves the balance, interest stops. derecognized: five years later
    at the earliest. recovery: money that came in afterwards; it pays the principal first, then interest, then overdue
    interest.

    `recovery` needs `amount_vnd`, `risk_handled` needs `ground` and `file_ids`; no other kind takes `amount_vnd` or
    `ground`.
    """

    id: Id | None = None
    kind: Annotated[str, code(codes.WRITE_OFF_KINDS), Label("Bước xử lý rủi ro")]
    effective_on: PastDay
    amount_vnd: Vnd | None = Field(default=None, description="Of a recovery; the others take what is outstanding")
    ground: Annotated[str, code(codes.WRITE_OFF_GROUNDS), Label("Căn cứ xử lý rủi ro")] | None = Field(
        default=None, description="Needed for `risk_handled`, and true on its day"
    )
    file_ids: FileIds = Field(default_factory=list, description="The papers, uploaded before; `risk_handled` needs one")
    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    note: Annotated[str, text(1000)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> WriteOffCreate:
        if self.kind == "recovery" and not self.amount_vnd:
            raise field_error("required", "Hãy ghi số tiền thu hồi.", "Say how much came in.", at="amount_vnd")
        if self.kind != "recovery" and self.amount_vnd is not None:
            words = (
                "Bước này lấy toàn bộ dư nợ gốc; hãy để trống số tiền.",
                "This step takes all that is outstanding; leave the amount out.",
            )
            raise field_error("not_allowed", *words, at="amount_vnd")
        if self.kind == "risk_handled":
            if self.ground is None:
                raise field_error("required", "Hãy nêu căn cứ xử lý rủi ro.", "Say on what ground.", at="ground")
            if not self.file_ids:
                words = ("Hãy tải lên giấy tờ làm căn cứ.", "Upload the paper that shows the ground.")
                raise field_error("required", *words, at="file_ids")
        elif self.ground is not None:
            words = ("Chỉ bước xử lý bằng dự phòng có căn cứ.", "Only the use of provisions has a ground.")
            raise field_error("not_allowed", *words, at="ground")
        return self


class WriteOff(OfLoan, Confirmable):
    """A step of giving a loan up."""

    kind: Annotated[str, Label("Bước xử lý rủi ro")] = Field(json_schema_extra=listed(codes.WRITE_OFF_KINDS))
    effective_on: date
    amount_vnd: VndShown = Field(description="Principal that left the balance, or all that was recovered")
    principal_vnd: VndShown = Field(description="Principal that left the balance, or was recovered")
    interest_vnd: int | None = Field(
        json_schema_extra=VND,
        description="In-term interest that left the balance, or was recovered; null until confirmed, and where it was not kept",
    )
    overdue_interest_vnd: int | None = Field(
        json_schema_extra=VND,
        description="Overdue interest that left the balance, or was recovered; null in the same cases as `interest_vnd`",
    )
    ground: Annotated[str | None, Label("Căn cứ xử lý rủi ro")] = Field(
        json_schema_extra=listed(codes.WRITE_OFF_GROUNDS),
        description="Of `risk_handled`; null where none was asked for then",
    )
    file_ids: list[str]
    reversed_at: datetime | None
    reversed_by: str | None
    reversed_by_name: SubjectName
    reversal_reason: str | None
    decision_number: str
    decided_on: date
    note: str | None
