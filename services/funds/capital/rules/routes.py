"""Lending rules: limits, caps and authorities as data, each with its validity and legal basis."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    owner,
    record_router,
    referenced_record,
    representation,
)
from kernel.records.listing import SortKey, code_filter, day_filter, id_filter
from kernel.records.records import Resource, table_of
from kernel.values.days import Day
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.auth import NATION
from kernel.web.operations import Call
from kernel.web.schemas import Input, Recorded, code, text
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.capital.funds.routes import FUND
from services.funds.capital.funds.schemas import in_order
from services.funds.capital.rules.service import rules_on
from services.funds.scopes import READ, WRITE

_PERCENT_RULES = ("single_borrower_limit", "related_borrowers_limit", "own_capital_minimum", "overdue_rate_maximum")
_AT_LEAST = ("own_capital_minimum",)
"""Rules that a fund may only raise; the others it may only lower."""


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


async def _columns(tx: Transaction, call: Call, body: LendingRuleCreate, row: Row | None) -> dict[str, Any]:
    if row is not None and row["alliance"] == NATION:
        alliance = NATION
    elif body.fund_id is not None:
        alliance = (await referenced_record(tx, call, FUND, body.fund_id, "/fund_id"))["alliance"]
    else:
        alliance = owner(call, body.alliance)
    values = body.model_dump(exclude={"id", "reason"})
    if alliance != NATION and body.value_percent is not None:
        # Nobody is national here: what holds without a fund and an alliance of one's own is the nation's rule.
        national = await rules_on(tx, None, NATION, body.valid_from)
        limit, asked = national.percent(body.rule), Decimal(body.value_percent)
        if limit is not None and (asked < limit if body.rule in _AT_LEAST else asked > limit):
            raise problems.LooserThanNational(
                rule=body.rule,
                national_percent=f"{limit}",
                asked_percent=body.value_percent,
                legal_basis=national.by_name[body.rule]["legal_basis"],
            )
    return {**values, "alliance": alliance}


LENDING_RULE = Resource(
    "lending_rule",
    table_of(models.LendingRule),
    "/v1/funds/lending-rules",
    representation(LendingRule),
    shared=True,
    row=rows.LendingRuleRow,
)


async def _readable(call: Call, path: dict[str, str]) -> None:
    """Load the rule in the path: one of the caller's area, or of the nation."""
    sql = f"{LENDING_RULE.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))"
    call.found = await call.db.fetchrow(sql, path["lending_rule_id"], call.caller.alliance)
    if call.found is None:
        raise kernel_problems.NotFound()


KIND = RecordType(
    LENDING_RULE,
    "lending-rules",
    LendingRule,
    LendingRuleCreate,
    listing_of(
        LENDING_RULE,
        LendingRule,
        (
            code_filter("rule", "r.rule", codes.LENDING_RULES, "What it rules."),
            id_filter("fund_id", "r.fund_id", "Fund whose own rule it is."),
            day_filter(
                "as_of",
                "(r.valid_from <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))",
                "Rules in force on that day",
            ),
        ),
        sorts={"valid_from": SortKey("r.valid_from", "date")},
        facets=("rule",),
    ),
    _columns,
    change=merge_patch_model(LendingRuleCreate, without=("rule", "fund_id", "alliance")),
    refusals=(problems.LooserThanNational,),
    guard=_readable,
    read_scopes=READ,
    write_scopes=WRITE,
)
router = record_router(KIND)
