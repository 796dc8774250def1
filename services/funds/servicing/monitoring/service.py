"""What an officer notes of a running loan; balances that another lender reports become the loan's own."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import Invalid
from kernel.records import records
from kernel.records.records import locked
from kernel.storage.files import check_files
from kernel.web.operations import Call
from kernel.web.schemas import Input
from services.funds import problems
from services.funds.rows import BalanceStatementRow
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.monitoring.schemas import BalanceStatementCreate


async def noted(tx: Transaction, call: Call, body: Any, row: Row | None) -> dict[str, Any]:
    """Return the columns of a note on the loan in the path, or of what `row` becomes. Raises Invalid."""
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    parent = row if row is not None else {**call.found, "loan_id": call.found["id"]}
    owner = {name: parent[name] for name in ("fund_id", "loan_id", "alliance")}
    return {**body.model_dump(exclude={"id", "reason"}), **owner}


async def reported(tx: Transaction, call: Call, body: BalanceStatementCreate, row: Row | None) -> dict[str, Any]:
    loan = await locked(tx, call, LOAN, row["loan_id"] if row is not None else call.found["id"])
    if loan["channel"] != BOOKS_ELSEWHERE:
        raise problems.BooksKeptHere(channel=loan["channel"])
    return await noted(tx, call, body, row)


_NEWEST = "SELECT outstanding_vnd FROM balance_statement WHERE loan_id = $1::uuid ORDER BY as_of DESC LIMIT 1"


async def take_over(tx: Transaction, call: Call, body: Input, row: BalanceStatementRow) -> BalanceStatementRow:
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


async def day_taken(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.StatementExists(as_of=values["as_of"])
