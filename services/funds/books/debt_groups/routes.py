"""Debt groups of a fund on any day, the loans of each, and what was kept of them at the end of a month."""

from __future__ import annotations

import calendar
from typing import Annotated

import orjson
from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.crud import (
    find_replay,
    record_router,
    referenced_record,
)
from kernel.records.listing import answer_list
from kernel.records.records import answer, dump, existing
from kernel.values.days import Day, today
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from services.funds.books.debt_groups.queries import SHOWN
from services.funds.books.debt_groups.records import DEBT_CLASSIFICATION, DEBT_CLASSIFICATIONS, KEPT_LOANS_LISTING
from services.funds.books.debt_groups.schemas import (
    ClassifiedLoan,
    ClassifiedLoanPage,
    DebtClassification,
    DebtClassificationCompared,
    DebtClassificationCreate,
    DebtClassificationLoanPage,
    DebtGroups,
)
from services.funds.books.debt_groups.service import groups_of, keep, kept
from services.funds.capital.funds.records import FUND
from services.funds.cursors import cursor_page, given_cursor
from services.funds.debt_groups import GROUPS, classify
from services.funds.scopes import READ, WRITE

router = record_router(DEBT_CLASSIFICATIONS)
_FUND = existing(FUND, "fund_id")
_AS_OF = Query(description="At the end of that day; today if left out")


@router.operation(
    "GET",
    "/funds/{fund_id}/debt-groups",
    scopes=READ,
    guard=_FUND,
    response_model=DebtGroups,
    summary="Debt groups of a fund on a day",
)
async def read_debt_groups(call: CurrentCall, fund_id: Id, as_of: Annotated[Day | None, _AS_OF] = None) -> Response:
    """Classify every loan at the fund's own risk by the rules of that day: derived from the records, for any past day.

    The groups add up to what is outstanding at own risk; each opens to its loans by `evidence`.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await groups_of(tx, fund_id, as_of or today())
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")


@router.operation(
    "GET",
    "/funds/{fund_id}/classified-loans",
    scopes=READ,
    guard=_FUND,
    response_model=ClassifiedLoanPage,
    problems=(kernel_problems.CursorMismatch,),
    summary="Loans of a fund with their debt groups",
)
async def list_classified_loans(
    call: CurrentCall,
    fund_id: Id,
    as_of: Annotated[Day | None, _AS_OF] = None,
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
    bound = [fund_id.lower(), on.isoformat(), wanted]
    after = given_cursor(cursor, bound)
    found = [loan for loan in await classify(call.db, fund_id, on) if loan.debt_group in wanted]
    rest = [loan for loan in found if after is None or loan.loan_id > after]
    page = rest[:limit]
    names = {row["id"]: row for row in await call.db.fetch(SHOWN, [loan.loan_id for loan in page])}
    items = [
        {
            name: getattr(loan, name) if hasattr(loan, name) else names[loan.loan_id][name]
            for name in ClassifiedLoan.model_fields
        }
        for loan in page
    ]
    document = cursor_page(
        call,
        items,
        last=page[-1].loan_id if len(rest) > limit else None,
        bound=bound,
        count=len(found) if count else None,
    )
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")


@router.operation(
    "POST",
    "/debt-classifications",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=DebtClassification,
    problems=(kernel_problems.IdInUse,),
    summary="Keep the debt groups of a month's end",
)
async def create_debt_classification(call: CurrentCall, body: DebtClassificationCreate) -> Response:
    """Classify a fund's loans on the last day of a month and keep the result. Of a month that is kept already the
    answer is what was kept (200): running it twice or late changes nothing.
    """
    last = calendar.monthrange(body.as_of.year, body.as_of.month)[1]
    if body.as_of.day != last:
        words = ("Hãy ghi ngày cuối của một tháng.", "Give the last day of a month.")
        raise Invalid(FieldError("not_a_month_end", words, pointer="/as_of"))

    async def effect(tx: Transaction) -> Response:
        known, digest = await find_replay(tx, call, DEBT_CLASSIFICATIONS, body)
        fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id", lock=True)
        if known is None:
            sql = f"{DEBT_CLASSIFICATION.select} WHERE fund_id = $1::uuid AND as_of = $2"
            known = await tx.fetchrow(sql, body.fund_id, body.as_of)
        if known is not None:
            return answer(call, DEBT_CLASSIFICATION, known, status=200)
        return answer(call, DEBT_CLASSIFICATION, await keep(tx, call, fund, body, digest), status=201)

    return await once(call, effect)


_ONE = existing(DEBT_CLASSIFICATION, "debt_classification_id")


@router.operation(
    "GET",
    "/debt-classifications/{debt_classification_id}/comparison",
    scopes=READ,
    guard=_ONE,
    response_model=DebtClassificationCompared,
    summary="A kept classification beside what is known now",
)
async def compare_debt_classification(call: CurrentCall, debt_classification_id: Id) -> Response:
    """Say whether the groups of that day are still the same, now that entries were made or reversed since."""
    row = call.found
    now = kept(await classify(call.db, row["fund_id"], row["as_of"]))
    document = {
        **DEBT_CLASSIFICATION.represent(row),
        "differs_from_now": now != orjson.loads(row["groups"]),
        "groups_now": now,
    }
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")


async def _list_kept(call: Call) -> Response:
    return await answer_list(call, KEPT_LOANS_LISTING, preset={"_classification": call.found["id"]})


@router.operation(
    "GET",
    "/debt-classifications/{debt_classification_id}/loans",
    scopes=READ,
    guard=_ONE,
    direct=_list_kept,
    response_model=DebtClassificationLoanPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": KEPT_LOANS_LISTING.parameters()},
    summary="Loans of a kept classification",
)
async def list_loans_of_debt_classification(call: CurrentCall, debt_classification_id: Id) -> Response:
    """Page through the loans as they were classified, with what each group followed from."""
    return await _list_kept(call)
