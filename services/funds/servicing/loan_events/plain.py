"""What is noted of a loan and moves no figure of ours: checks of use, steps of collection, balances told by others."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import Invalid
from kernel.records import records
from kernel.records.crud import RecordType, listing_of, merge_patch_model, record_router, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter
from kernel.records.records import Resource, locked, table_of
from kernel.storage.files import check_files
from kernel.web.operations import Call
from kernel.web.schemas import Input
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loan_events.schemas import (
    BalanceStatement,
    BalanceStatementCreate,
    CollectionAction,
    CollectionActionCreate,
    UseCheck,
    UseCheckCreate,
)
from services.funds.servicing.loans.records import BOOKS_ELSEWHERE, LOAN, UNDER_LOAN

_FILES = ("file_ids",)
_OF = (id_filter("loan_id", "r.loan_id", "Loan."), id_filter("fund_id", "r.fund_id", "Fund."))


async def of_loan(tx: Transaction, call: Call, body: Any, row: Row | None) -> dict[str, Any]:
    """Return the columns of a note on the loan in the path, or of what `row` becomes. Raises Invalid."""
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    parent = row if row is not None else {**call.found, "loan_id": call.found["id"]}
    owner = {name: parent[name] for name in ("fund_id", "loan_id", "alliance")}
    return {**body.model_dump(exclude={"id", "reason"}), **owner}


USE_CHECK = Resource(
    "use_check",
    table_of(models.UseCheck),
    "/v1/funds/use-checks",
    representation(UseCheck, parsed=_FILES),
    "no-store",
    row=rows.UseCheckRow,
)
USE_CHECKS = RecordType(
    USE_CHECK,
    "use-checks",
    UseCheck,
    UseCheckCreate,
    listing_of(
        USE_CHECK,
        UseCheck,
        (
            *_OF,
            flag_filter("is_done", "(r.checked_on IS NOT NULL)", "Those that were done, or are owed."),
            code_filter("finding", "r.finding", codes.USE_FINDINGS, "Finding."),
            *day_range("due_on", "r.due_on", "Day it is due"),
            *day_range("checked_on", "r.checked_on", "Day it was done"),
        ),
        sorts={"due_on": SortKey("r.due_on", "date")},
        facets=("finding",),
    ),
    of_loan,
    change=merge_patch_model(UseCheckCreate),
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
use_checks = record_router(USE_CHECKS)

COLLECTION_ACTION = Resource(
    "collection_action",
    table_of(models.CollectionAction),
    "/v1/funds/collection-actions",
    representation(CollectionAction, parsed=_FILES),
    "no-store",
    row=rows.CollectionActionRow,
)
COLLECTION_ACTIONS = RecordType(
    COLLECTION_ACTION,
    "collection-actions",
    CollectionAction,
    CollectionActionCreate,
    listing_of(
        COLLECTION_ACTION,
        CollectionAction,
        (
            *_OF,
            code_filter("kind", "r.kind", codes.COLLECTION_KINDS, "What was done."),
            *day_range("done_on", "r.done_on", "Day it was done"),
            *day_range("promised_on", "r.promised_on", "Day the borrower promised to pay on"),
        ),
        sorts={"done_on": SortKey("r.done_on", "date")},
        facets=("kind",),
    ),
    of_loan,
    change=merge_patch_model(CollectionActionCreate),
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
collection_actions = record_router(COLLECTION_ACTIONS)


async def _told(tx: Transaction, call: Call, body: BalanceStatementCreate, row: Row | None) -> dict[str, Any]:
    loan = await locked(tx, call, LOAN, row["loan_id"] if row is not None else call.found["id"])
    if loan["channel"] != BOOKS_ELSEWHERE:
        raise problems.BooksKeptHere(channel=loan["channel"])
    return await of_loan(tx, call, body, row)


_NEWEST = "SELECT outstanding_vnd FROM balance_statement WHERE loan_id = $1::uuid ORDER BY as_of DESC LIMIT 1"


async def _take_over(tx: Transaction, call: Call, body: Input, row: Row) -> Row:
    """Let the loan show the newest balance that was told."""
    loan = await records.read(tx, LOAN, row["loan_id"], call.caller, lock=True)
    assert loan is not None, "it was locked"
    newest = {"outstanding_vnd": await tx.fetchval(_NEWEST, row["loan_id"])}
    if newest["outstanding_vnd"] > loan["disbursed_vnd"]:
        raise problems.AboveContract(
            contract_vnd=loan["principal_vnd"],
            disbursed_vnd=loan["disbursed_vnd"],
            asked_vnd=newest["outstanding_vnd"],
            over_vnd=newest["outstanding_vnd"] - loan["disbursed_vnd"],
        )
    await records.update(tx, LOAN, loan, newest, by=call.caller, action="balance_told")
    return row


async def _day_taken(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.StatementExists(as_of=values["as_of"])


BALANCE_STATEMENT = Resource(
    "balance_statement",
    table_of(models.BalanceStatement),
    "/v1/funds/balance-statements",
    representation(BalanceStatement, parsed=_FILES),
    "no-store",
    row=rows.BalanceStatementRow,
)
BALANCE_STATEMENTS = RecordType(
    BALANCE_STATEMENT,
    "balance-statements",
    BalanceStatement,
    BalanceStatementCreate,
    listing_of(
        BALANCE_STATEMENT,
        BalanceStatement,
        (*_OF, *day_range("as_of", "r.as_of", "Day of the balance")),
        sorts={"as_of": SortKey("r.as_of", "date")},
    ),
    _told,
    under=UNDER_LOAN,
    after=_take_over,
    refusals=(problems.BooksKeptHere, problems.StatementExists, problems.AboveContract),
    unique={"uq_balance_statement_day": _day_taken},
    read_scopes=READ,
    write_scopes=WRITE,
)
balance_statements = record_router(BALANCE_STATEMENTS)
