"""The ledger over HTTP: accounts, entries, trial balance, and the closing of periods."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.records.crud import record_router
from kernel.records.listing import answer_list, list_operation
from kernel.values.days import AsOf, today
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import PRIVATE, json_reply
from services.funds.books.ledger.records import LEDGER_CLOSURES, LEDGER_ENTRIES
from services.funds.books.ledger.schemas import LedgerAccounts, LedgerEntryPage, TrialBalance
from services.funds.books.ledger.service import accounts, trial_balance
from services.funds.capital.funds.records import check_fund
from services.funds.scopes import READ

# GET, POST        /v1/funds/ledger-closures
# GET              /v1/funds/ledger-closures/{ledger_closure_id}
# GET              /v1/funds/ledger-closures/{ledger_closure_id}/history
router = record_router(LEDGER_CLOSURES)


@router.operation("GET", "/ledger/accounts", scopes=READ, response_model=LedgerAccounts, summary="List ledger accounts")
async def list_ledger_accounts(call: CurrentCall) -> Response:
    """Return every account with the side on which it grows; each fund has its own balances of them."""
    return json_reply({"items": accounts(call.language)}, cache=PRIVATE)


@list_operation(
    router,
    "/ledger/entries",
    LEDGER_ENTRIES,
    page=LedgerEntryPage,
    scopes=READ,
    summary="List ledger entries",
)
async def list_ledger_entries(call: CurrentCall) -> Response:
    """Page through the ledger. Entries are never changed or removed: a correction is booked and points back."""
    return await answer_list(call, LEDGER_ENTRIES)


@router.operation(
    "GET", "/ledger/trial-balance", scopes=READ, response_model=TrialBalance, summary="Read the trial balance"
)
async def read_trial_balance(
    call: CurrentCall,
    as_of: Annotated[AsOf | None, Query(description="What was booked until that day; today if left out")] = None,
    fund_id: Annotated[Id | None, Query(description="One fund; all of the caller's area if left out")] = None,
) -> Response:
    """Sum the entries booked until a day, account by account; debits equal credits."""
    await check_fund(call, fund_id)
    document = await trial_balance(call, as_of or today(), fund_id)
    return json_reply(document)
