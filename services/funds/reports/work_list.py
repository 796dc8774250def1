"""The officer's morning list: what falls due, what is late, checks that are owed, notices to send, promises to ask after."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_no
from kernel.faults import as_fault, fault
from kernel.listing import Listing, SortKey, Source, answer_list, code_filter, day_filter, id_filter
from kernel.routing import Call, CurrentCall
from kernel.schemas import Page
from kernel.time import today
from services.funds import loan_code_lists as codes
from services.funds.reports.schemas import WorkItem
from services.funds.scopes import READ, funds_router

router = funds_router("reports")
# {_today} and {until} are days. An installment counts once: as overdue by its loan, or as due by itself.
_ITEMS = """(
    SELECT 'due-' || i.loan_id || '-' || i.number AS id, 'due' AS kind, i.due_on AS day, i.loan_id,
           (i.principal_vnd - i.principal_paid_vnd + i.interest_vnd - i.interest_paid_vnd - i.interest_waived_vnd) AS amount_vnd,
           '/v1/funds/loans/' || i.loan_id || '/schedule' AS resource
      FROM loan_installment i
     WHERE i.due_on BETWEEN {_today} AND {until} AND NOT i.replaced AND i.closed_on IS NULL
    UNION ALL
    SELECT 'overdue-' || i.loan_id, 'overdue', min(i.due_on), i.loan_id,
           sum(i.principal_vnd - i.principal_paid_vnd + i.interest_vnd - i.interest_paid_vnd - i.interest_waived_vnd)::bigint,
           '/v1/funds/loans/' || i.loan_id || '/position'
      FROM loan_installment i
     WHERE i.due_on < {_today} AND NOT i.replaced AND i.closed_on IS NULL GROUP BY i.loan_id
    UNION ALL
    SELECT 'notice-' || late.loan_id, 'notice', late.since, late.loan_id, NULL,
           '/v1/funds/loans/' || late.loan_id || '/documents/overdue-notice'
      FROM (SELECT loan_id, min(due_on) AS since FROM loan_installment
             WHERE due_on < {_today} AND NOT replaced AND closed_on IS NULL GROUP BY loan_id) late
     WHERE NOT EXISTS (SELECT FROM collection_action a WHERE a.loan_id = late.loan_id AND a.kind = 'notice'
                          AND a.done_on >= late.since)
    UNION ALL
    SELECT 'use_check-' || c.id, 'use_check', c.due_on, c.loan_id, NULL, '/v1/funds/use-checks/' || c.id
      FROM use_check c WHERE c.checked_on IS NULL AND c.due_on <= {until}
    UNION ALL
    SELECT 'promise-' || a.id, 'promise', a.promised_on, a.loan_id, a.amount_vnd, '/v1/funds/collection-actions/' || a.id
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
        return [as_fault(fault("too_small", *words), parameter="until")]
    return []


_SOURCE = Source(
    "w.id, w.kind, w.day AS \"on\", greatest({_today}::date - w.day, 0) AS days_late, w.loan_id, l.contract_number, "
    "l.borrower_id, l.borrower_name, w.amount_vnd, w.resource",
    _ITEMS.replace("{_today}", "{_today}::date").replace("{until}", "{until}::date"), (), "l.alliance", dated="l", named=True,
)  # fmt: skip
LISTING = Listing(
    name="work_item",
    filters=(
        day_filter("until", "{0}::date IS NOT NULL", "What falls due until that day is listed too; today if left out"),
        code_filter("kind", "w.kind", codes.WORK_KINDS, "What is to do."),
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
)


class WorkItemPage(Page[WorkItem]):
    """A page of what is to do."""


async def _list(call: Call) -> Response:
    return await answer_list(call, LISTING)


@router.operation(
    "GET", "/work-list", scopes=READ, direct=_list, response_model=WorkItemPage, problems=(kernel_no.CursorMismatch,),
    openapi_extra={"parameters": LISTING.parameters()}, summary="What is to do until a day",
)  # fmt: skip
async def list_work(call: CurrentCall) -> Response:
    """Page through what an officer has to look after, oldest first: installments that fall due until the day, loans that
    are late, notices of overdue debt not sent yet, checks of use that are owed, and promises that brought no money.
    """
    return await _list(call)
