"""The officer's morning list: what falls due, what is late, checks that are owed, promises to ask after."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.records.listing import (
    Listing,
    SortKey,
    Source,
    answer_list,
    code_filter,
    day_filter,
    flag_filter,
    id_filter,
)
from kernel.values.days import today
from kernel.values.field_errors import as_fault, field_error
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Page
from services.funds import code_lists as codes
from services.funds.books.reports.schemas import WorkItem
from services.funds.scopes import READ, funds_router
from services.funds.servicing.loans.account import state_on
from services.funds.servicing.loans.resource import LOAN

router = funds_router("reports")
# {_today} and {until} are days. A late loan stands here once: what falls due today is in its overdue amount, which is
# that of its position (see `_amounts`), and whether its notice is still to be sent is said beside it.
_ITEMS = """(
    WITH late AS (
        SELECT loan_id, min(due_on) AS since, NULL::bigint AS told_vnd FROM loan_installment
         WHERE due_on < {_today} AND NOT replaced AND closed_on IS NULL GROUP BY loan_id
        UNION ALL SELECT loan_id, overdue_since, overdue_principal_vnd
          FROM (SELECT DISTINCT ON (loan_id) loan_id, overdue_since, overdue_principal_vnd FROM balance_statement
                 WHERE as_of <= {_today} ORDER BY loan_id, as_of DESC) told
         WHERE overdue_since IS NOT NULL)
    SELECT 'due-' || i.loan_id || '-' || i.number AS id, 'due' AS kind, i.due_on AS day, i.loan_id,
           (i.principal_vnd - i.principal_paid_vnd + i.interest_vnd - i.interest_paid_vnd - i.interest_waived_vnd) AS amount_vnd,
           false AS needs_notice, '/v1/funds/loans/' || i.loan_id || '/schedule' AS resource
      FROM loan_installment i
     WHERE i.due_on BETWEEN {_today} AND {until} AND NOT i.replaced AND i.closed_on IS NULL
       AND (i.due_on > {_today} OR NOT EXISTS (SELECT FROM late WHERE late.loan_id = i.loan_id))
    UNION ALL
    SELECT 'overdue-' || late.loan_id, 'overdue', late.since, late.loan_id, late.told_vnd,
           late.told_vnd IS NULL AND NOT EXISTS (
               SELECT FROM collection_action a
                WHERE a.loan_id = late.loan_id AND a.kind = 'notice' AND a.done_on >= late.since),
           '/v1/funds/loans/' || late.loan_id || '/position'
      FROM late
    UNION ALL
    SELECT 'use_check-' || c.id, 'use_check', c.due_on, c.loan_id, NULL, false, '/v1/funds/use-checks/' || c.id
      FROM use_check c WHERE c.checked_on IS NULL AND c.due_on <= {until}
    UNION ALL
    SELECT 'promise-' || a.id, 'promise', a.promised_on, a.loan_id, a.amount_vnd, false,
           '/v1/funds/collection-actions/' || a.id
      FROM collection_action a
     WHERE a.promised_on <= {until}
       AND NOT EXISTS (SELECT FROM repayment p WHERE p.loan_id = a.loan_id AND p.reversed_at IS NULL
                          AND p.paid_on BETWEEN a.done_on AND greatest(a.promised_on, {_today}))
    ) w JOIN loan l ON l.id = w.loan_id AND l.state IN ('disbursing', 'active')"""


def _items(given: dict[str, Any]) -> list[Any]:
    given["_today"] = today()
    given.setdefault("until", given["_today"])
    if given["until"] < given["_today"]:
        words = ("Hãy ghi hôm nay hoặc ngày sau đó.", "Give today or a later day.")
        return [as_fault(field_error("too_small", *words), parameter="until")]
    return []


_SOURCE = Source(
    'w.id, w.kind, w.day AS "on", greatest({_today}::date - w.day, 0) AS days_late, w.loan_id, l.contract_number, '
    "l.borrower_id, l.borrower_name, w.amount_vnd, w.needs_notice, w.resource",
    _ITEMS.replace("{_today}", "{_today}::date").replace("{until}", "{until}::date"),
    (),
    "l.alliance",
    dated="l",
    named=True,
)


async def _amounts(call: Call, items: list[dict[str, Any]]) -> None:
    """Say of late loans what their position says: principal and interest that are due, with the overdue interest."""
    late = {item["loan_id"]: item for item in items if item["kind"] == "overdue" and item["amount_vnd"] is None}
    for loan in await call.db.fetch(f"{LOAN.select} WHERE id = ANY($1::uuid[])", list(late)) if late else ():
        state = await state_on(call.db, loan, today())
        late[loan["id"]]["amount_vnd"] = (
            state.principal_due_vnd + state.interest_owed_vnd + state.overdue_interest_owed_vnd
        )


LISTING = Listing(
    name="work_item",
    filters=(
        day_filter("until", "{0}::date IS NOT NULL", "What falls due until that day is listed too; today if left out"),
        code_filter("kind", "w.kind", codes.WORK_KINDS, "What is to do."),
        flag_filter("needs_notice", "w.needs_notice", "Late loans whose notice of overdue debt is still to be sent."),
        id_filter("fund_id", "l.fund_id", "Fund."),
        id_filter("borrower_id", "l.borrower_id", "Borrower."),
        id_filter("loan_id", "l.id", "Loan."),
    ),
    sorts={"on": SortKey("w.day", "date"), "id": SortKey("w.id")},
    default_sort="on",
    source=lambda given: _SOURCE,
    represent=lambda row: {name: row[name] for name in WorkItem.model_fields},
    fields=tuple(WorkItem.model_fields),
    facets={"kind": "w.kind"},
    id_key=SortKey("w.id"),
    cache_control="no-store",
    check=_items,
    finish=_amounts,
)


class WorkItemPage(Page[WorkItem]):
    """A page of what is to do."""


async def _list(call: Call) -> Response:
    return await answer_list(call, LISTING)


@router.operation(
    "GET",
    "/work-list",
    scopes=READ,
    direct=_list,
    response_model=WorkItemPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": LISTING.parameters()},
    summary="What is to do until a day",
)
async def list_work(call: CurrentCall) -> Response:
    """Page through what an officer has to look after, oldest first: installments that fall due until the day, loans that
    are late (each once, with the amount of its position and whether its notice is still to be sent), checks of use that
    are owed, and promises that brought no money.
    """
    return await _list(call)
