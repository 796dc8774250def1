"""The ledger over HTTP: accounts, entries, trial balance, and the closing of periods."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records.crud import RecordType, listing_of, record_router, referenced_record, representation
from kernel.records.listing import (
    Listing,
    SortKey,
    Source,
    answer_list,
    code_filter,
    day_range,
    id_filter,
    instant_range,
)
from kernel.records.records import Resource, dump, read, table_of
from kernel.values.days import Day, PastDay, today
from kernel.values.ids import Id
from kernel.web.auth import narrow
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Output, Page, Recorded, text
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.books.ledger.posting import closed_until
from services.funds.capital.funds.routes import FUND
from services.funds.scopes import APPROVE, READ
from services.funds.servicing.repayments.schemas import VndShown


class LedgerClosureCreate(Input):
    """Close the books of a fund until a day, that day included: nothing is booked there any more."""

    id: Id | None = None
    fund_id: Id
    closed_until: PastDay
    note: Annotated[str, text(500)] | None = None
    reason: Annotated[str, text(500)] | None = None


class LedgerClosure(Recorded):
    """The books of a fund are closed until a day."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    closed_until: date
    note: str | None
    alliance: str


# A lock that bookings wait for: each takes a key share of its fund (see the trigger on ledger_transaction).
_LOCK = "SELECT 1 FROM fund WHERE id = $1::uuid FOR UPDATE"


async def _columns(tx: Transaction, call: Call, body: LedgerClosureCreate, row: Row | None) -> dict[str, Any]:
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id")
    await tx.execute(_LOCK, body.fund_id)
    closed = await closed_until(tx, body.fund_id)
    if closed is not None and body.closed_until <= closed:
        raise problems.AlreadyClosed(closed_until=closed.isoformat())
    return {**body.model_dump(exclude={"id", "reason"}), "alliance": fund["alliance"]}


LEDGER_CLOSURE = Resource(
    "ledger_closure",
    table_of(models.LedgerClosure),
    "/v1/funds/ledger-closures",
    representation(LedgerClosure),
    row=rows.LedgerClosureRow,
)
CLOSURES = RecordType(
    LEDGER_CLOSURE,
    "ledger-closures",
    LedgerClosure,
    LedgerClosureCreate,
    listing_of(
        LEDGER_CLOSURE,
        LedgerClosure,
        (id_filter("fund_id", "r.fund_id", "Fund."), *day_range("closed_until", "r.closed_until", "Last closed day")),
        sorts={"closed_until": SortKey("r.closed_until", "date")},
    ),
    _columns,
    refusals=(problems.AlreadyClosed,),
    write_scopes=APPROVE,
    read_scopes=READ,
)
router = record_router(CLOSURES)


class LedgerAccount(Output):
    """An account of the ledger."""

    code: Annotated[str, Label("Mã tài khoản")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.LEDGER_ACCOUNTS)}
    )
    label: str = Field(description="Name in the language asked for")
    side: str = Field(
        description="On which side it grows", json_schema_extra={"x-extensible-enum": ["debit", "credit"]}
    )


class LedgerAccounts(Output):
    """Every account of the ledger."""

    items: list[LedgerAccount]


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


class LedgerEntry(Output):
    """One line of a ledger transaction: a debit or a credit."""

    number: Annotated[int, Label("Số thứ tự bút toán")] = Field(description="Grows with every entry of the ledger")
    transaction_id: str = Field(json_schema_extra={"format": "uuid"})
    line: int
    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    account: str = Field(json_schema_extra={"x-extensible-enum": list(codes.LEDGER_ACCOUNTS)})
    booked_on: date
    debit_vnd: VndShown
    credit_vnd: VndShown
    kind: Annotated[str, Label("Loại bút toán")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.LEDGER_KINDS)}
    )
    loan_id: str | None = Field(json_schema_extra={"format": "uuid"})
    source_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="The record that made it")
    corrects_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="The transaction it corrects")
    memo: str | None
    recorded_at: datetime
    recorded_by: str


class LedgerEntryPage(Page[LedgerEntry]):
    """A page of ledger entries."""


_COLUMNS = """
    e.number, e.transaction_id, e.line, e.fund_id, e.account, e.booked_on, e.debit_vnd, e.credit_vnd,
    t.kind, t.loan_id, t.source_id, t.corrects_id, t.memo, t.recorded_at, t.recorded_by"""
_SOURCE = Source(
    _COLUMNS, "ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id", (), "t.alliance", dated="e"
)
ENTRIES = Listing(
    name="ledger_entry",
    filters=(
        id_filter("fund_id", "e.fund_id", "Fund."),
        id_filter("loan_id", "t.loan_id", "Loan."),
        id_filter("transaction_id", "t.id", "Transaction."),
        id_filter("source_id", "t.source_id", "Record that made it."),
        id_filter("corrects_id", "t.corrects_id", "Transaction that is corrected."),
        code_filter("account", "e.account", codes.LEDGER_ACCOUNTS, "Account."),
        code_filter("kind", "t.kind", codes.LEDGER_KINDS, "What it was booked for."),
        *day_range("booked_on", "t.booked_on", "Day it is booked on"),
        *instant_range("recorded_at", "t.recorded_at", "When it was entered"),
    ),
    sorts={"number": SortKey("e.number", "bigint"), "booked_on": SortKey("t.booked_on", "date")},
    default_sort="number",
    source=lambda given: _SOURCE,
    represent=lambda row: {name: row[name] for name in LedgerEntry.model_fields},
    fields=tuple(LedgerEntry.model_fields),
    facets={"account": "e.account", "kind": "t.kind"},
    id_key=SortKey("e.number", "bigint"),
)


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


class TrialBalanceLine(Output):
    """One account of one fund on a day."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    account: str = Field(json_schema_extra={"x-extensible-enum": list(codes.LEDGER_ACCOUNTS)})
    debit_vnd: VndShown = Field(description="All debits until the day")
    credit_vnd: VndShown = Field(description="All credits until the day")
    balance_vnd: VndShown = Field(description="On the side it says")
    side: str = Field(description="Side of the balance", json_schema_extra={"x-extensible-enum": ["debit", "credit"]})


class TrialBalance(Output):
    """Every account on a day; the sums of debits and credits are equal."""

    as_of: date
    items: list[TrialBalanceLine]
    debit_vnd: VndShown
    credit_vnd: VndShown
    is_balanced: bool


_TRIAL = """
    SELECT e.fund_id, e.account, sum(e.debit_vnd)::bigint AS debit_vnd, sum(e.credit_vnd)::bigint AS credit_vnd
      FROM ledger_entry e JOIN fund f ON f.id = e.fund_id
     WHERE e.booked_on <= $1 AND ($2::uuid IS NULL OR e.fund_id = $2) AND {area}
     GROUP BY e.fund_id, e.account ORDER BY e.fund_id, e.account"""


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
    sql = _TRIAL.format(area=narrow(call.caller, args, "f.alliance"))
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
