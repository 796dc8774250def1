"""The officer's morning list: what falls due, what is late, checks that are owed, promises to ask after."""

from __future__ import annotations

from typing import Any

from kernel.database.statements import statement
from kernel.records.listing import (
    Listing,
    SortKey,
    Source,
    code_filter,
    day_filter,
    flag_filter,
    id_filter,
)
from kernel.values.days import today
from kernel.values.field_errors import as_fault, field_error
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds.books.reports.queries import WORK_ITEMS
from services.funds.books.reports.schemas import WorkItem
from services.funds.rows import LoanRow
from services.funds.servicing.loans.account import state_on
from services.funds.servicing.loans.resource import LOAN


def _check(parameters: dict[str, Any]) -> list[Any]:
    """Say which day is today, and until when the list reaches."""
    parameters["_today"] = today()
    parameters.setdefault("until", parameters["_today"])
    if parameters["until"] < parameters["_today"]:
        words = ("Hãy ghi hôm nay hoặc ngày sau đó.", "Give today or a later day.")
        return [as_fault(field_error("too_small", *words), parameter="until")]
    return []


_SOURCE = Source(
    'w.id, w.kind, w.day AS "on", greatest({_today}::date - w.day, 0) AS days_late, w.loan_id, l.contract_number, '
    "l.borrower_id, l.borrower_name, w.amount_vnd, w.needs_notice, w.resource",
    WORK_ITEMS.replace("{_today}", "{_today}::date").replace("{until}", "{until}::date"),
    (),
    "l.alliance",
    dated="l",
    named=True,
)


# A page's late loans, by their keys.
_LOANS = statement(LoanRow, f"{LOAN.select} WHERE id = ANY($1::uuid[])")


async def _amounts(call: Call, items: list[dict[str, Any]]) -> None:
    """Say of late loans what their position says: principal and interest that are due, with the overdue interest."""
    late = {item["loan_id"]: item for item in items if item["kind"] == "overdue" and item["amount_vnd"] is None}
    for loan in await call.db.fetch(_LOANS, list(late)) if late else ():
        state = await state_on(call.db, loan, today())
        late[loan["id"]]["amount_vnd"] = (
            state.principal_due_vnd + state.interest_owed_vnd + state.overdue_interest_owed_vnd
        )


WORK_LIST = Listing(
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
    source=lambda parameters: _SOURCE,
    represent=lambda row: {name: row[name] for name in WorkItem.model_fields},
    fields=tuple(WorkItem.model_fields),
    facets={"kind": "w.kind"},
    id_key=SortKey("w.id"),
    cache_control="no-store",
    check=_check,
    finish=_amounts,
)
