"""Debt groups of a fund on any day, the loans of each, and what was saved of them at the end of a month."""

from __future__ import annotations

import calendar
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import answer, existing, loaded
from kernel.records.crud import record_router
from kernel.records.cursors import computed_page, last_id
from kernel.records.listing import answer_list, list_operation
from kernel.values.days import AsOf, today
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply
from services.funds.books.debt_groups.records import DEBT_CLASSIFICATION, DEBT_CLASSIFICATIONS, SAVED_LOANS
from services.funds.books.debt_groups.schemas import (
    ClassifiedLoanPage,
    DebtClassification,
    DebtClassificationCompared,
    DebtClassificationCreate,
    DebtClassificationLoanPage,
    DebtGroups,
)
from services.funds.books.debt_groups.service import compared, described, groups_of, save_classification
from services.funds.capital.funds.records import FUND
from services.funds.debt_groups import GROUPS, classify
from services.funds.scopes import READ, WRITE

# GET              /v1/funds/debt-classifications
# GET              /v1/funds/debt-classifications/{debt_classification_id}
# GET              /v1/funds/debt-classifications/{debt_classification_id}/history
router = record_router(DEBT_CLASSIFICATIONS)
_FUND = existing(FUND, "fund_id")
_AS_OF = Query(description="At the end of that day; today if left out")


@router.operation(
    "GET",
    "/funds/{fund_id}/debt-groups",
    scopes=READ,
    guard=_FUND,
    response_model=DebtGroups,
    summary="Read the debt groups of a fund",
)
async def read_debt_groups(call: CurrentCall, fund_id: Id, as_of: Annotated[AsOf | None, _AS_OF] = None) -> Response:
    """Classify every loan at the fund's own risk by the rules of that day: derived from the records, for any past day.

    The groups add up to what is outstanding at own risk; each opens to its loans by `evidence`.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await groups_of(tx, loaded(call, FUND), as_of or today())
    return json_reply(document, cache=PRIVATE)


@router.operation(
    "GET",
    "/funds/{fund_id}/classified-loans",
    scopes=READ,
    guard=_FUND,
    response_model=ClassifiedLoanPage,
    problems=(kernel_problems.CursorMismatch,),
    summary="List the classified loans of a fund",
)
async def list_classified_loans(
    call: CurrentCall,
    fund_id: Id,
    as_of: Annotated[AsOf | None, _AS_OF] = None,
    debt_group: Annotated[list[int] | None, Query(description="These groups only. Repeat for OR.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")] = None,
    count: Annotated[str | None, Query(pattern="^exact$", description="exact: add `count`, all that match")] = None,
) -> Response:
    """Page through the loans behind the debt groups of a day, with what each group followed from."""
    on, wanted = as_of or today(), sorted(set(debt_group or GROUPS))
    if not set(wanted) <= set(GROUPS):
        words = ("Hãy chọn nhóm nợ từ 1 đến 5.", "Choose a debt group from 1 to 5.")
        raise Invalid(FieldError("out_of_range", words, parameter="debt_group"))
    asked = [fund_id.lower(), on.isoformat(), wanted]
    after = last_id(cursor, asked)
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        loans = [loan for loan in await classify(tx, fund_id, on) if loan.debt_group in wanted]
        rest = [loan for loan in loans if after is None or loan.loan_id > after]
        page = rest[:limit]
        items = await described(tx, page, on)
    document = computed_page(
        call,
        items,
        last=page[-1].loan_id if len(rest) > limit else None,
        asked=asked,
        count=len(loans) if count else None,
    )
    return json_reply(document)


@router.operation(
    "POST",
    "/debt-classifications",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=DebtClassification,
    problems=(kernel_problems.IdInUse,),
    summary="Save month-end debt classification",
)
async def create_debt_classification(call: CurrentCall, body: DebtClassificationCreate) -> Response:
    """Classify a fund's loans on the last day of a month and save the result. Of a month that is saved already the
    answer is what was saved (200): running it twice or late changes nothing.
    """
    last = calendar.monthrange(body.as_of.year, body.as_of.month)[1]
    if body.as_of.day != last:
        words = ("Hãy ghi ngày cuối của một tháng.", "Give the last day of a month.")
        raise Invalid(FieldError("not_a_month_end", words, pointer="/as_of"))

    async def effect(tx: Transaction) -> Response:
        classification, is_new = await save_classification(tx, call, body)
        return await answer(tx, call, DEBT_CLASSIFICATION, classification, status=201 if is_new else 200)

    return await once(call, effect)


_ONE = existing(DEBT_CLASSIFICATION, "debt_classification_id")


@router.operation(
    "GET",
    "/debt-classifications/{debt_classification_id}/comparison",
    scopes=READ,
    guard=_ONE,
    response_model=DebtClassificationCompared,
    summary="Compare a debt classification with today's records",
)
async def compare_debt_classification(call: CurrentCall, debt_classification_id: Id) -> Response:
    """Say whether the groups of that day are still the same, now that entries were made or reversed since."""
    document = await compared(call, loaded(call, DEBT_CLASSIFICATION))
    return json_reply(document, cache=PRIVATE)


@list_operation(
    router,
    "/debt-classifications/{debt_classification_id}/loans",
    SAVED_LOANS,
    page=DebtClassificationLoanPage,
    scopes=READ,
    guard=_ONE,
    of="debt_classification_id",
    summary="List the loans of a debt classification",
)
async def list_loans_of_debt_classification(call: CurrentCall) -> Response:
    """Page through the loans as they were classified, with what each group followed from."""
    return await answer_list(call, SAVED_LOANS, preset={"_classification": loaded(call, DEBT_CLASSIFICATION)["id"]})
