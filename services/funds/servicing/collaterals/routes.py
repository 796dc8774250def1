"""Collaterals: what secures a loan, from its registration to its release."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    record_router,
    referenced_record,
    representation,
)
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter
from kernel.records.records import Resource, table_of
from kernel.storage.files import check_files
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.operations import Call
from kernel.web.schemas import Input, Recorded, code, text
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.capital.funds.schemas import in_order
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.borrowers.routes import BORROWER
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.records import LOAN


class CollateralCreate(Input):
    """Enter what secures an application or, later, its loan. The deductible value is what provisions may count."""

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
    loan_application_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan_id: str | None = Field(json_schema_extra={"format": "uuid"})
    kind: Annotated[str, Label("Loại tài sản bảo đảm")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.COLLATERAL_KINDS)}
    )
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


async def _columns(tx: Transaction, call: Call, body: CollateralCreate, row: Row | None) -> dict[str, Any]:
    values = body.model_dump(exclude={"id", "reason"})
    if body.loan_application_id is not None:
        application = await referenced_record(
            tx, call, LOAN_APPLICATION, body.loan_application_id, "/loan_application_id"
        )
        if body.borrower_id not in (None, application["borrower_id"]):
            words = (
                "Hồ sơ này của khách hàng khác; hãy chọn hồ sơ của khách hàng đã nêu.",
                "The application is another borrower's; choose one of the borrower named.",
            )
            raise Invalid(FieldError("differs_from_application", words, pointer="/borrower_id"))
        values["borrower_id"] = application["borrower_id"]
    if body.loan_id is not None:
        loan = await referenced_record(tx, call, LOAN, body.loan_id, "/loan_id")
        if values["borrower_id"] not in (None, loan["borrower_id"]):
            words = (
                "Khoản vay này của khách hàng khác; hãy chọn khoản vay của khách hàng đã nêu.",
                "The loan is another borrower's; choose one of the borrower named.",
            )
            raise Invalid(FieldError("differs_from_loan", words, pointer="/borrower_id"))
        values["borrower_id"] = loan["borrower_id"]
    borrower = await referenced_record(tx, call, BORROWER, values["borrower_id"], "/borrower_id")
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    return {**values, "alliance": borrower["alliance"]}


COLLATERAL = Resource(
    "collateral",
    table_of(models.Collateral),
    "/v1/funds/collaterals",
    representation(Collateral, parsed=("file_ids",)),
    "no-store",
    row=rows.CollateralRow,
)
KIND = RecordType(
    COLLATERAL,
    "collaterals",
    Collateral,
    CollateralCreate,
    listing_of(
        COLLATERAL,
        Collateral,
        (
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            id_filter("loan_application_id", "r.loan_application_id", "Application."),
            id_filter("loan_id", "r.loan_id", "Loan."),
            code_filter("kind", "r.kind", codes.COLLATERAL_KINDS, "Kind."),
            flag_filter("is_released", "(r.released_on IS NOT NULL)", "Released, or not yet."),
            *day_range("registered_on", "r.registered_on", "Day of registration"),
        ),
        sorts={"value_vnd": SortKey("r.value_vnd", "bigint")},
        facets=("kind",),
    ),
    _columns,
    change=merge_patch_model(CollateralCreate),
    removable=True,
    read_scopes=READ,
    write_scopes=WRITE,
)
router = record_router(KIND)
