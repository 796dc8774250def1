"""What a caller sends and gets for funds."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.records.embedding import EMBEDDED
from kernel.values import geography
from kernel.values.days import Day
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import ProvinceId, in_order
from kernel.web.schemas import Input, Output, Recorded, code, listed, text
from services.funds import code_lists as codes
from services.funds.names import FundName


class FundCreate(Input):
    """Enter a fund; an alliance may have several, each valid for a time (Decree 45/2021/NĐ-CP, Art. 15).

    `licence_number` and `licensed_on` come together.
    """

    id: Id | None = None
    name: Annotated[str, text(300)]
    operating_model: Annotated[str, code(codes.OPERATING_MODELS)]
    legal_form: Annotated[str, code(codes.LEGAL_FORMS)] = "state_owned_company"
    legal_basis: Annotated[str, text(500)] | None = None
    alliance_label: Annotated[str, text(300)] | None = None
    province: ProvinceId = Field(
        description="Where it lends, on either map: 25-2025, or 17-2008 for a fund of an old province"
    )
    licence_number: Annotated[str, text(100)] | None = None
    licensed_on: Day | None = None
    established_on: Day | None = None
    valid_from: Day = Field(description="First day on which the fund counts in reports")
    valid_until: Day | None = None
    charter_capital_vnd: Vnd | None = None
    opening_until: Day | None = Field(
        default=None,
        description="Last day on which loans that ran before may be entered with their opening; null: none. Any change of this "
        "day afterwards waits for a second person",
    )
    state: Annotated[str, code(codes.FUND_STATES), Label("Trạng thái quỹ")] = "operating"
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> FundCreate:
        if geography.province(self.province) is None:
            words = (
                "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
                "There is no such province; choose one of the list.",
            )
            raise field_error("unknown_province", *words, at="province")
        in_order(self.valid_from, self.valid_until, "valid_until")
        if (self.licence_number is None) != (self.licensed_on is None):
            words = ("Hãy ghi cả số và ngày giấy phép.", "Give both the number and the day of the licence.")
            raise field_error("required", *words, at="licensed_on" if self.licensed_on is None else "licence_number")
        if self.state == "planned" and self.licensed_on is not None:
            words = (
                "Quỹ đã có giấy phép thì không còn ở trạng thái đang chuẩn bị; hãy chọn trạng thái khác.",
                "A licensed fund is no longer being prepared; choose another state.",
            )
            raise field_error("not_allowed", *words, at="state")
        return self


class Fund(Recorded, Confirmable):
    """A cooperative development support fund, or capital that an alliance manages like one."""

    name: str
    operating_model: str = Field(json_schema_extra=listed(codes.OPERATING_MODELS))
    legal_form: str = Field(json_schema_extra=listed(codes.LEGAL_FORMS))
    legal_basis: str | None
    alliance_label: str | None
    province: str
    licence_number: str | None
    licensed_on: date | None
    established_on: date | None
    valid_from: date
    valid_until: date | None
    charter_capital_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    opening_until: date | None
    pending_opening_until: date | None = Field(
        description="What `opening_until` becomes once a second person confirms it, while `confirmation_state` is pending"
    )
    state: Annotated[str, Label("Trạng thái quỹ")] = Field(json_schema_extra=listed(codes.FUND_STATES))
    alliance: str


class CapitalSource(Output):
    """What one source brought: allocated by decisions, received and paid out, each for itself."""

    kind: Annotated[str, Label("Nguồn vốn")] = Field(json_schema_extra=listed(codes.CAPITAL_KINDS))
    allocated_vnd: int = Field(json_schema_extra={"format": "int64"})
    received_vnd: int = Field(json_schema_extra={"format": "int64"})
    paid_out_vnd: int = Field(json_schema_extra={"format": "int64"})
    not_received_vnd: int = Field(json_schema_extra={"format": "int64"})


class RuleApplied(Output):
    """The rule by which a figure was computed."""

    id: str = Field(description="Stable name of the rule")
    version: str = Field(description="Since when it reads like this, year and month")
    legal_basis: str


class FundPosition(Output):
    """What a fund owns, has lent, has promised and may still lend on a day.

    `capital_vnd` is the sum of received less paid out over all sources; `free_balance_vnd` is that less `lent_out_vnd`,
    `losses_vnd` and `commitments_vnd`. Where they are more, `free_balance_vnd` is 0 and `short_vnd` says by how much.
    """

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    as_of: date
    capital: list[CapitalSource]
    actual_charter_capital_vnd: int = Field(json_schema_extra={"format": "int64"})
    charter_capital_source: str = Field(json_schema_extra=listed(codes.CHARTER_CAPITAL_SOURCES))
    capital_vnd: int = Field(json_schema_extra={"format": "int64"})
    lent_out_vnd: int = Field(json_schema_extra={"format": "int64"})
    entrusted_lent_vnd: int = Field(
        json_schema_extra={"format": "int64"}, description="Outstanding of loans whose books another lender keeps"
    )
    commitments_vnd: int = Field(json_schema_extra={"format": "int64"})
    losses_vnd: int = Field(
        json_schema_extra={"format": "int64"}, description="Principal handled by provisions, less what was recovered"
    )
    free_balance_vnd: int = Field(json_schema_extra={"format": "int64"})
    short_vnd: int = Field(json_schema_extra={"format": "int64"})
    provisions_vnd: int = Field(json_schema_extra={"format": "int64"})
    rule: RuleApplied
