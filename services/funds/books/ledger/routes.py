"""The ledger over HTTP: accounts, entries, trial balance, and the closing of periods."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.problems import FieldError, Invalid
from kernel.records.crud import record_router
from kernel.records.listing import (
    answer_list,
)
from kernel.records.records import dump, read
from kernel.values.days import Day, today
from kernel.values.ids import Id
from kernel.web.auth import narrow
from kernel.web.operations import Call, CurrentCall
from services.funds import code_lists as codes
from services.funds.books.ledger.queries import TRIAL_BALANCE
from services.funds.books.ledger.records import ENTRIES, LEDGER_CLOSURES
from services.funds.books.ledger.schemas import (
    LedgerAccounts,
    LedgerEntryPage,
    TrialBalance,
)
from services.funds.capital.funds.records import FUND
from services.funds.scopes import READ

router = record_router(LEDGER_CLOSURES)


_DEBIT = frozenset({"cash", "loan_principal", "loan_losses", "entrusted_out", "result_distributed"})


@router.operation(
    "GET", "/ledger/accounts", scopes=READ, response_model=LedgerAccounts, summary="The accounts of the ledger"
)
async def list_ledger_accounts(call: CurrentCall) -> Response:
    """Return every account with the side on which it grows; each fund has its own balances of them."""
    at = 1 if call.language == "en" else 0
    items = [
        {"code": code, "label": labels[at], "side": "debit" if code in _DEBIT else "credit"}
        for code, labels in codes.LEDGER_ACCOUNTS.items()
    ]
    return Response(dump({"items": items}), 200, {"Cache-Control": "private, no-cache"}, "application/json")


async def _list(call: Call) -> Response:
    return await answer_list(call, ENTRIES)


@router.operation(
    "GET",
    "/ledger/entries",
    scopes=READ,
    direct=_list,
    response_model=LedgerEntryPage,
    summary="List ledger entries",
    openapi_extra={"parameters": ENTRIES.parameters()},
    problems=(kernel_problems.CursorMismatch,),
)
async def list_ledger_entries(call: CurrentCall) -> Response:
    """Page through the ledger. Entries are never changed or removed: a correction is booked and points back."""
    return await _list(call)


@router.operation(
    "GET", "/ledger/trial-balance", scopes=READ, response_model=TrialBalance, summary="Trial balance on a day"
)
async def read_trial_balance(
    call: CurrentCall,
    as_of: Annotated[Day | None, Query(description="What was booked until that day; today if left out")] = None,
    fund_id: Annotated[Id | None, Query(description="One fund; all of the caller's area if left out")] = None,
) -> Response:
    """Sum the entries booked until a day, account by account; debits equal credits."""
    on = as_of or today()
    args: list[Any] = [on, fund_id]
    sql = TRIAL_BALANCE.format(area=narrow(call.caller, args, "f.alliance"))
    if fund_id is not None and await read(call.db, FUND, fund_id, call.caller) is None:
        words = ("Không có quỹ này trong địa bàn của bạn.", "There is no such fund in your area.")
        raise Invalid(FieldError("unknown_fund", words, parameter="fund_id"))
    items = []
    for row in await call.db.fetch(sql, *args):
        net = row["debit_vnd"] - row["credit_vnd"]
        side = "debit" if net > 0 or (net == 0 and row["account"] in _DEBIT) else "credit"
        items.append({**row, "balance_vnd": abs(net), "side": side})
    debits, credits = (sum(item[name] for item in items) for name in ("debit_vnd", "credit_vnd"))
    document = {
        "as_of": on,
        "items": items,
        "debit_vnd": debits,
        "credit_vnd": credits,
        "is_balanced": debits == credits,
    }
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
