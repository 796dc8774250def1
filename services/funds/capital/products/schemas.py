"""What a caller sends and gets for loan products."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.values.days import Day
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.field_types import in_order
from kernel.web.schemas import Input, Output, Recorded, code, listed, text
from services.funds import code_lists as codes
from services.funds.field_types import BorrowerKind, Months, Rows
from services.funds.names import FundName

ProductCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$")]


RepaymentPart = Annotated[str, code(codes.REPAYMENT_PARTS)]


class Interval(Input):
    """The time from one installment to the next."""

    count: Annotated[int, Field(strict=True, ge=1, le=366, description="How many days or months")]
    unit: Annotated[str, code(codes.INTERVAL_UNITS), Label("Tính theo")] = Field(description="days or months")


class IntervalShown(Output):
    """The time from one installment to the next."""

    count: int = Field(description="How many days or months")
    unit: Annotated[str, Label("Tính theo")] = Field(
        description="days or months", json_schema_extra=listed(codes.INTERVAL_UNITS)
    )


class LoanProductCreate(Input):
    """Enter a product of one fund, or of every fund of an alliance. A change of terms is a new product, dated.

    A `loan` needs `annual_rate_percent` and `method`; `annual_rate_minimum_percent` needs
    `annual_rate_percent` and is not above it.
    """

    id: Id | None = None
    fund_id: Id | None = Field(default=None, description="null: every fund of the alliance")
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose product it is, where no fund is named; the caller's own if left out"
    )
    code: Annotated[ProductCode, Label("Mã sản phẩm vay")]
    name: Annotated[str, text(300)]
    type: Annotated[str, code(codes.PRODUCT_TYPES), Label("Loại sản phẩm vay")] = "loan"
    borrower_kinds: Annotated[list[BorrowerKind], Field(min_length=1, max_length=10)] = list(codes.BORROWER_KINDS)
    annual_rate_percent: Percent | None = None
    annual_rate_minimum_percent: Percent | None = Field(
        default=None, description="The least rate that may be approved; the product's own rate if left out"
    )
    rate_as_quoted: Annotated[str, text(100)] | None = None
    rate_quoted_per: Annotated[str, code(codes.RATE_PERIODS)] | None = None
    overdue_rate_percent_of_rate: Percent | None = None
    overdue_interest_rate_percent: Percent | None = None
    term_min_months: Months | None = None
    term_max_months: Months | None = None
    method: Annotated[str, code(codes.METHODS)] | None = None
    interval: Interval | None = None
    principal_every: Annotated[int, Field(strict=True, ge=1, le=600)] = 1
    principal_grace: Rows = 0
    interest_grace: Rows = 0
    interest_free: Rows = 0
    day_count: Annotated[str, code(codes.DAY_COUNTS)] = "actual_365"
    holiday_rule: Annotated[str, code(codes.HOLIDAY_RULES)] = "none"
    round_installment_to_vnd: Vnd | None = None
    repayment_order: Annotated[list[RepaymentPart], Field(min_length=1, max_length=4)] = Field(
        default=list(codes.REPAYMENT_PARTS),
        description="The part named first is paid first; parts that are left out come last",
    )
    security: Annotated[str, code(codes.SECURITIES)] = "by_agreement"
    security_note: Annotated[str, text(1000)] | None = None
    own_capital_minimum_percent: Percent | None = None
    valid_from: Day
    valid_until: Day | None = None
    legal_basis: Annotated[str, text(500)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> LoanProductCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        if self.type == "loan":
            for name in ("annual_rate_percent", "method"):
                if getattr(self, name) is None:
                    raise field_error(
                        "required", "Sản phẩm cho vay cần mục này.", "A loan product needs this.", at=name
                    )
        if self.term_min_months and self.term_max_months and self.term_max_months < self.term_min_months:
            words = (
                "Kỳ hạn dài nhất ngắn hơn kỳ hạn ngắn nhất; hãy kiểm tra lại.",
                "The longest term is shorter than the shortest; check them.",
            )
            raise field_error("too_small", *words, at="term_max_months")
        if self.annual_rate_minimum_percent is not None and (
            self.annual_rate_percent is None
            or Decimal(self.annual_rate_minimum_percent) > Decimal(self.annual_rate_percent)
        ):
            words = (
                "Lãi suất tối thiểu cao hơn lãi suất của sản phẩm; hãy kiểm tra hai mức.",
                "The least rate is above the product's rate; check the two.",
            )
            raise field_error("too_large", *words, at="annual_rate_minimum_percent")
        if len(set(self.repayment_order)) < len(self.repayment_order):
            raise field_error(
                "given_twice", "Mỗi phần chỉ nêu một lần.", "Name each part once only.", at="repayment_order"
            )
        if self.own_capital_minimum_percent is not None and Decimal(self.own_capital_minimum_percent) > 100:
            raise field_error("too_large", "Tối đa 100%.", "At most 100 %.", at="own_capital_minimum_percent")
        if self.round_installment_to_vnd == 0:
            raise field_error(
                "too_small", "Hãy ghi số lớn hơn 0.", "Give a number above 0.", at="round_installment_to_vnd"
            )
        return self


class LoanProduct(Recorded):
    """What is lent or supported, to whom, and on which terms."""

    fund_id: str | None = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName | None, EMBEDDED]
    code: Annotated[str, Label("Mã sản phẩm vay")] = Field(
        description="Short name of the product, unlike any other of the alliance"
    )
    name: str
    type: Annotated[str, Label("Loại sản phẩm vay")] = Field(json_schema_extra=listed(codes.PRODUCT_TYPES))
    borrower_kinds: list[str]
    annual_rate_percent: str | None
    annual_rate_minimum_percent: str | None = Field(description="null: the product's own rate is the least")
    rate_as_quoted: str | None
    rate_quoted_per: str | None = Field(json_schema_extra=listed(codes.RATE_PERIODS))
    overdue_rate_percent_of_rate: str | None
    overdue_interest_rate_percent: str | None
    term_min_months: int | None
    term_max_months: int | None
    method: str | None = Field(json_schema_extra=listed(codes.METHODS))
    interval: IntervalShown | None
    principal_every: int
    principal_grace: int
    interest_grace: int
    interest_free: int
    day_count: str = Field(json_schema_extra=listed(codes.DAY_COUNTS))
    holiday_rule: str = Field(json_schema_extra=listed(codes.HOLIDAY_RULES))
    round_installment_to_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    repayment_order: list[str]
    security: str = Field(json_schema_extra=listed(codes.SECURITIES))
    security_note: str | None
    own_capital_minimum_percent: str | None
    valid_from: date
    valid_until: date | None
    legal_basis: str | None
    alliance: str
