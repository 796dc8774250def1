"""What a caller sends and gets for collaterals."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import in_order
from kernel.web.schemas import Input, Recorded, code, listed, text
from services.funds import code_lists as codes
from services.funds.names import BorrowerName, LoanName


class CollateralCreate(Input):
    """Enter what secures an application or, later, its loan. The deductible value is what provisions may count.

    Needs at least one of `borrower_id`, `loan_application_id` and `loan_id`.
    """

    id: Id | None = None
    borrower_id: Id | None = Field(default=None, description="Needed unless the application says who borrows")
    loan_application_id: Id | None = None
    loan_id: Id | None = Field(default=None, description="For a loan without an application")
    kind: Annotated[str, code(codes.COLLATERAL_KINDS), Label("Loại tài sản bảo đảm")]
    description: Annotated[str, text(1000)]
    owner_name: Annotated[str, text(200)]
    certificate_number: Annotated[Annotated[str, text(100)] | None, Label("Số giấy chứng nhận tài sản")] = None
    value_vnd: Vnd
    deductible_value_vnd: Vnd = 0
    valued_on: PastDay | None = None
    registration_number: Annotated[Annotated[str, text(100)] | None, Label("Số đăng ký biện pháp bảo đảm")] = None
    registered_on: Annotated[PastDay | None, Label("Ngày đăng ký biện pháp bảo đảm")] = None
    released_on: PastDay | None = None
    file_ids: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> CollateralCreate:
        if self.borrower_id is None and self.loan_application_id is None and self.loan_id is None:
            raise field_error(
                "required",
                "Hãy nêu khách hàng vay hoặc hồ sơ vay.",
                "Name the borrower or the application.",
                at="borrower_id",
            )
        if self.deductible_value_vnd > self.value_vnd:
            words = (
                "Giá trị khấu trừ vượt giá trị tài sản; hãy kiểm tra các số tiền.",
                "More is deductible than it is worth; check the amounts.",
            )
            raise field_error("too_large", *words, at="deductible_value_vnd")
        in_order(self.registered_on, self.released_on, "released_on")
        return self


class Collateral(Recorded):
    """What secures a loan."""

    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower: Annotated[BorrowerName, EMBEDDED]
    loan_application_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName | None, EMBEDDED]
    kind: Annotated[str, Label("Loại tài sản bảo đảm")] = Field(json_schema_extra=listed(codes.COLLATERAL_KINDS))
    description: str
    owner_name: str
    certificate_number: Annotated[str | None, Label("Số giấy chứng nhận tài sản")]
    value_vnd: int = Field(json_schema_extra={"format": "int64"})
    deductible_value_vnd: int = Field(json_schema_extra={"format": "int64"})
    valued_on: date | None
    registration_number: Annotated[str | None, Label("Số đăng ký biện pháp bảo đảm")]
    registered_on: Annotated[date | None, Label("Ngày đăng ký biện pháp bảo đảm")]
    released_on: date | None
    file_ids: list[str]
    alliance: str
