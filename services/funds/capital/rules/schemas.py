"""What a caller sends and gets for lending rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.values.days import Day
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.field_types import in_order
from kernel.web.schemas import Input, Recorded, code, listed, text
from services.funds import code_lists as codes
from services.funds.cures import RULE
from services.funds.field_types import BorrowerKind, Installments, Months
from services.funds.names import FundName

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "single_borrower_limit": ("value_percent",),
    "related_borrowers_limit": ("value_percent",),
    "own_capital_minimum": ("value_percent",),
    "overdue_rate_maximum": ("value_percent",),
    "bad_debt_check_validity": ("value_days",),
    "notice_every_days": ("value_days",),
    "approval_authority": ("authority",),
    "document_checklist": ("borrower_kind", "documents"),
    RULE: (),
}
"""What each rule says; the other values it does not use."""
_ALLOWED: Mapping[str, tuple[str, ...]] = {**_NEEDED, RULE: ("value_months", "value_installments")}
_VALUES = (
    "value_percent",
    "value_days",
    "value_months",
    "value_installments",
    "authority",
    "borrower_kind",
    "documents",
)

ChecklistDocument = Annotated[str, code(codes.APPLICATION_DOCUMENTS)]


class LendingRuleCreate(Input):
    """Lay down a rule of one fund, or of every fund of an alliance. It may be stricter than the nation's, not looser.

    Each `rule` needs its own values (`value_months` or `value_installments`, `amount_up_to_vnd`, `documents` and so
    on) and takes no other.
    """

    id: Id | None = None
    rule: Annotated[str, code(codes.LENDING_RULES)]
    fund_id: Id | None = Field(default=None, description="null: every fund of the alliance")
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose rule it is, where no fund is named; the caller's own if left out"
    )
    value_percent: Percent | None = None
    value_days: Annotated[int, Field(strict=True, ge=0, le=3650)] | None = None
    value_months: Months | None = Field(default=None, description="Of a cure: months in a row without arrears")
    value_installments: Installments | None = Field(
        default=None, description="Of a cure: installments in a row paid on time; with months as well, both are needed"
    )
    amount_up_to_vnd: Vnd | None = None
    authority: Annotated[str, code(codes.AUTHORITIES)] | None = None
    borrower_kind: BorrowerKind | None = Field(default=None, description="Of a checklist: who hands the documents in")
    documents: (
        Annotated[list[ChecklistDocument], Field(min_length=1, max_length=20), Label("Danh mục giấy tờ")] | None
    ) = Field(default=None, description="Of a checklist: the kinds of document that an application needs")
    valid_from: Day
    valid_until: Day | None = None
    legal_basis: Annotated[str, text(500)]
    note: Annotated[str, text(1000)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> LendingRuleCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        needed = _NEEDED[self.rule]
        for name in needed:
            if getattr(self, name) is None:
                words = ("Quy tắc này cần mục này.", "This rule needs a value here.")
                raise field_error("required", *words, at=name)
        if self.rule == RULE and self.value_months is None and self.value_installments is None:
            words = (
                "Hãy ghi số tháng hoặc số kỳ trả đúng hạn.",
                "Give the months or the installments that are paid on time.",
            )
            raise field_error("required", *words, at="value_months")
        for name in _VALUES:
            if name not in _ALLOWED[self.rule] and getattr(self, name) is not None:
                words = ("Quy tắc này không dùng mục này; hãy để trống.", "This rule does not use this; leave it out.")
                raise field_error("not_null", *words, at=name)
        if self.rule == "notice_every_days" and self.value_days == 0:
            raise field_error("too_small", "Hãy ghi từ 1 ngày.", "Give 1 day or more.", at="value_days")
        if len(set(self.documents or ())) < len(self.documents or ()):
            words = ("Mỗi loại giấy tờ chỉ nêu một lần.", "Name each kind of document once only.")
            raise field_error("given_twice", *words, at="documents")
        if self.amount_up_to_vnd is not None and "authority" not in needed:
            words = (
                "Chỉ thẩm quyền phê duyệt mới có mức tiền; hãy để trống.",
                "Only an authority to approve has an amount; leave it out.",
            )
            raise field_error("not_null", *words, at="amount_up_to_vnd")
        return self


class LendingRule(Recorded):
    """A rule of lending, in force from `valid_from` to `valid_until`."""

    rule: str = Field(json_schema_extra=listed(codes.LENDING_RULES))
    fund_id: str | None = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName | None, EMBEDDED]
    value_percent: str | None
    value_days: int | None
    value_months: int | None
    value_installments: int | None
    amount_up_to_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    authority: str | None = Field(json_schema_extra=listed(codes.AUTHORITIES))
    borrower_kind: str | None = Field(json_schema_extra=listed(codes.BORROWER_KINDS))
    documents: Annotated[list[str] | None, Label("Danh mục giấy tờ")] = Field(
        description="Kinds of document that an application needs"
    )
    valid_from: date
    valid_until: date | None
    legal_basis: str
    note: str | None
    alliance: str = Field(description="VN: a rule of the nation")
