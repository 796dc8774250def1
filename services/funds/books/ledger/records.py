"""Closures of the books as records, and how ledger entries are listed."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.database.statements import command
from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, referenced_record, representation
from kernel.records.embedding import own_fields
from kernel.records.listing import Listing, SortKey, code_filter, day_range, id_filter, instant_range, sums_of
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.books.ledger.queries import ENTRIES_SOURCE
from services.funds.books.ledger.schemas import LedgerClosure, LedgerClosureCreate, LedgerEntry
from services.funds.capital.funds.records import FUND
from services.funds.names import FUND_NAME, OF_LOAN_NAMES, RECORDED_BY_NAME
from services.funds.posting import closed_until
from services.funds.rows import LedgerClosureRow
from services.funds.scopes import APPROVE, READ

# A lock that bookings wait for: each takes a key share of its fund (see the trigger on ledger_transaction).
_LOCK = command("SELECT 1 FROM fund WHERE id = $1::uuid FOR UPDATE")


async def _columns(
    tx: Transaction, call: Call, body: LedgerClosureCreate, row: LedgerClosureRow | None
) -> dict[str, Any]:
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
    embeds=(FUND_NAME,),
    row=rows.LedgerClosureRow,
)


LEDGER_CLOSURES = RecordType(
    resource=LEDGER_CLOSURE,
    plural="ledger-closures",
    output=LedgerClosure,
    create=LedgerClosureCreate,
    listing=listing_of(
        LEDGER_CLOSURE,
        LedgerClosure,
        (id_filter("fund_id", "r.fund_id", "Fund."), *day_range("closed_until", "r.closed_until", "Last closed day")),
        sorts={"closed_until": SortKey("r.closed_until", "date")},
    ),
    columns=_columns,
    refusals=(problems.AlreadyClosed,),
    write_scopes=APPROVE,
    read_scopes=READ,
)


LEDGER_ENTRIES = Listing(
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
    source=lambda parameters: ENTRIES_SOURCE,
    embeds=(*OF_LOAN_NAMES, RECORDED_BY_NAME),
    represent=lambda row: {name: row[name] for name in own_fields(LedgerEntry)},
    fields=tuple(LedgerEntry.model_fields),
    facets={"account": "e.account", "kind": "t.kind"},
    sums=sums_of(LedgerEntry.model_fields),
    id_key=SortKey("e.number", "bigint"),
    cache_control="no-store",
)
