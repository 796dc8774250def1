"""What an officer notes of a running loan; balances that another lender reports become the loan's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, param
from kernel.problems import Invalid
from kernel.records import loaded, locked
from kernel.records.confirmations import require_in_force
from kernel.storage.files import check_files
from kernel.web.calls import Call
from services.funds import problems
from services.funds.models import BalanceStatement
from services.funds.rows import BalanceStatementRow, CollectionActionRow, UseCheckRow
from services.funds.servicing.loans.kept import keep_anew
from services.funds.servicing.loans.locks import lock_loan_of
from services.funds.servicing.loans.resource import LOAN, owner_of
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE, refuse_erased
from services.funds.servicing.monitoring.schemas import BalanceStatementCreate, CollectionActionCreate, UseCheckCreate

Note = UseCheckCreate | CollectionActionCreate | BalanceStatementCreate
NoteRow = UseCheckRow | CollectionActionRow | BalanceStatementRow

# The statement just entered may be of a day before another's, so the newest is read again. By uq_balance_statement_day.
_NEWEST_BALANCE = always(
    int,
    select(col(BalanceStatement.outstanding_vnd))
    .where(col(BalanceStatement.loan_id) == param(1))
    .order_by(col(BalanceStatement.as_of).desc())
    .limit(1),
)


async def noted(tx: Transaction, call: Call, body: Note, row: NoteRow | None) -> dict[str, Any]:
    """Return the columns of a note on the loan in the path, or of what `row` becomes, behind an erasure that goes on.

    Raises AlreadyErased, NotConfirmed, Invalid.
    """
    if errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*errors)
    loan = await lock_loan_of(tx, call, {"loan_id": loaded(call, LOAN)["id"]} if row is None else row)
    refuse_erased(loan)
    if row is None:
        require_in_force(loan)
    return {**body.model_dump(exclude={"id", "reason"}), **owner_of(loan)}


async def reported(
    tx: Transaction, call: Call, body: BalanceStatementCreate, row: BalanceStatementRow | None
) -> dict[str, Any]:
    """Return the columns of a balance that another lender reports. Raises BooksKeptHere, Invalid; the loan is locked."""
    loan = await locked(tx, call, LOAN, loaded(call, LOAN)["id"] if row is None else row["loan_id"])
    if loan["channel"] != BOOKS_ELSEWHERE:
        raise problems.BooksKeptHere(channel=loan["channel"])
    return await noted(tx, call, body, row)


async def take_over(
    tx: Transaction, call: Call, body: BalanceStatementCreate, row: BalanceStatementRow
) -> BalanceStatementRow:
    """Let the loan show the newest balance that was reported. Raises AboveContract."""
    loan = await records.read(tx, LOAN, row["loan_id"], call.caller, lock=True)
    assert loan is not None, "it was locked"
    newest_vnd = await tx.fetchval(_NEWEST_BALANCE, row["loan_id"])
    if newest_vnd > loan["disbursed_vnd"]:
        raise problems.AboveContract(
            contract_vnd=loan["principal_vnd"],
            disbursed_vnd=loan["disbursed_vnd"],
            asked_vnd=newest_vnd,
            over_vnd=newest_vnd - loan["disbursed_vnd"],
        )
    await records.update(tx, LOAN, loan, {"outstanding_vnd": newest_vnd}, by=call.caller, action="balance_told")
    await keep_anew(tx, [loan["id"]])
    return row


async def day_taken(tx: Transaction, values: dict[str, Any]) -> Exception:
    """Return the refusal of a second balance of one day."""
    return problems.StatementExists(as_of=values["as_of"])
