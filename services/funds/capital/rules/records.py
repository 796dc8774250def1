"""Lending rules as records."""

from __future__ import annotations

from typing import Any

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    owner,
    referenced_record,
    representation,
)
from kernel.records.listing import SortKey, code_filter, id_filter
from kernel.values.days import day_text
from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.capital.funds.records import FUND
from services.funds.capital.rules.queries import NATIONAL_DURING
from services.funds.capital.rules.schemas import LendingRule, LendingRuleCreate
from services.funds.capital.rules.service import is_looser
from services.funds.field_types import valid_on
from services.funds.names import FUND_NAME
from services.funds.rows import LendingRuleRow
from services.funds.scopes import READ, WRITE


async def _refuse_looser(tx: Transaction, body: LendingRuleCreate) -> None:
    """Raise LooserThanNational, or Invalid of days, where the nation has a stricter rule on any day of this one."""
    for national in await tx.fetch(NATIONAL_DURING, body.rule, body.valid_from, body.valid_until):
        if not is_looser(body.rule, body.value_percent, body.value_days, than=national):
            continue
        if body.value_percent is None:
            most, since = national["value_days"], national["valid_from"]
            words = (
                f"Quy định của Nhà nước từ {day_text(since)} là {most} ngày; hãy ghi {most} hoặc ít hơn.",
                f"The national rule since {day_text(since)} is {most} days; give {most} or fewer.",
            )
            raise Invalid(FieldError("too_large", words, pointer="/value_days"))
        raise problems.LooserThanNational(
            rule=body.rule,
            national_percent=national["value_percent"],
            asked_percent=body.value_percent,
            legal_basis=national["legal_basis"],
        )


async def _columns(tx: Transaction, call: Call, body: LendingRuleCreate, row: LendingRuleRow | None) -> dict[str, Any]:
    if row is not None and row["alliance"] == NATION:
        alliance = NATION
    elif body.fund_id is not None:
        alliance = (await referenced_record(tx, call, FUND, body.fund_id, "/fund_id"))["alliance"]
    else:
        alliance = owner(call, body.alliance)
    values = body.model_dump(exclude={"id", "reason"})
    if alliance != NATION:
        await _refuse_looser(tx, body)
    return {**values, "alliance": alliance}


LENDING_RULE = Resource(
    "lending_rule",
    table_of(models.LendingRule),
    "/v1/funds/lending-rules",
    representation(LendingRule, parsed=("documents",)),
    shared=True,
    embeds=(FUND_NAME,),
    row=rows.LendingRuleRow,
)


# By its key; whose it is decides whether it is seen.
_READABLE = statement(
    LendingRuleRow,
    f"{LENDING_RULE.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))",
)


async def _readable(call: Call, path: dict[str, str]) -> None:
    """Load the rule in the path: one of the caller's area, or of the nation."""
    call.record = await call.db.fetchrow(_READABLE, path["lending_rule_id"], call.caller.alliance)
    if call.record is None:
        raise kernel_problems.NotFound()


LENDING_RULES = RecordType(
    resource=LENDING_RULE,
    plural="lending-rules",
    output=LendingRule,
    create=LendingRuleCreate,
    listing=listing_of(
        LENDING_RULE,
        LendingRule,
        (
            code_filter("rule", "r.rule", codes.LENDING_RULES, "What it rules."),
            id_filter("fund_id", "r.fund_id", "Fund whose own rule it is."),
            code_filter("borrower_kind", "r.borrower_kind", codes.BORROWER_KINDS, "Whose checklist it is."),
            valid_on("Rules in force on that day"),
        ),
        sorts={"valid_from": SortKey("r.valid_from", "date")},
        facets=("rule",),
        # A ceiling is no money that adds up.
        sums={},
    ),
    columns=_columns,
    change=merge_patch_model(LendingRuleCreate, without=("rule", "fund_id", "alliance")),
    refusals=(problems.LooserThanNational,),
    guard=_readable,
    read_scopes=READ,
    write_scopes=WRITE,
)
