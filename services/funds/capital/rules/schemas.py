"""What a caller sends and gets for lending rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.values.days import Day
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.field_types import in_order
from kernel.web.schemas import Input, Recorded, code, text
from services.funds import code_lists as codes

_PERCENT_RULES = ("single_borrower_limit", "related_borrowers_limit", "own_capital_minimum", "overdue_rate_maximum")


class LendingRuleCreate(Input):
    """Lay down a rule of one fund, or of every fund of an alliance. It may be stricter than the nation's, not looser."""

    id: Id | None = None
    rule: Annotated[str, code(codes.LENDING_RULES)]
    fund_id: Id | None = Field(default=None, description="null: every fund of the alliance")
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose rule it is, where no fund is named; the caller's own if left out"
    )
    value_percent: Percent | None = None
    value_days: Annotated[int, Field(strict=True, ge=0, le=3650)] | None = None
    amount_up_to_vnd: Vnd | None = None
    authority: Annotated[str, code(codes.AUTHORITIES)] | None = None
    valid_from: Day
    valid_until: Day | None = None
    legal_basis: Annotated[str, text(500)]
    note: Annotated[str, text(1000)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> LendingRuleCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        if self.rule in _PERCENT_RULES:
            needed = "value_percent"
        else:
            needed = "authority" if self.rule == "approval_authority" else "value_days"
        if getattr(self, needed) is None:
            words = ("Quy tắc này cần mục này.", "This rule needs a value here.")
            raise field_error("required", *words, at=needed)
        for name in ("value_percent", "value_days", "authority"):
            if name != needed and getattr(self, name) is not None:
                words = ("Quy tắc này không dùng mục này; hãy để trống.", "This rule does not use this; leave it out.")
                raise field_error("not_null", *words, at=name)
        if self.amount_up_to_vnd is not None and needed != "authority":
            words = (
                "Chỉ thẩm quyền phê duyệt mới có mức tiền; hãy để trống.",
                "Only an authority to approve has an amount; leave it out.",
            )
            raise field_error("not_null", *words, at="amount_up_to_vnd")
        return self


class LendingRule(Recorded):
    """A rule of lending, in force from valid_from to valid_until."""

    rule: str = Field(json_schema_extra={"x-extensible-enum": list(codes.LENDING_RULES)})
    fund_id: str | None = Field(json_schema_extra={"format": "uuid"})
    value_percent: str | None
    value_days: int | None
    amount_up_to_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    authority: str | None = Field(json_schema_extra={"x-extensible-enum": list(codes.AUTHORITIES)})
    valid_from: date
    valid_until: date | None
    legal_basis: str
    note: str | None
    alliance: str = Field(description="VN: a rule of the nation")
