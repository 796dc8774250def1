"""Confirming, rejecting or withdrawing the loans of one import, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from kernel import problems
from kernel.database.connections import Transaction
from kernel.database.statements import always, statement
from kernel.problems import Problem
from kernel.records import confirmations
from kernel.records.confirmations import PENDING, Confirmation, ConfirmationCreate, WithdrawalCreate
from kernel.web.calls import Call
from services.funds.rows import LoanRow
from services.funds.servicing.loans.records import LOANS
from services.funds.servicing.loans.resource import LOAN

# In the order of their ids, so that two decisions never wait for each other in a ring. By ix_loan_import_id.
_OF_IMPORT = statement(
    LoanRow,
    f"{LOAN.select} WHERE import_id = $1::uuid AND ($2::text IS NULL OR alliance = $2) ORDER BY id FOR NO KEY UPDATE",
)


# By ix_loan_import_id.
_EXISTS = always(
    bool,
    "SELECT EXISTS (SELECT FROM loan WHERE import_id = $1::uuid AND ($2::text IS NULL OR alliance = $2))",
)


async def existing_import(call: Call, path: dict[str, str]) -> None:
    """Guard the import in the path. Raises NotFound."""
    if not await call.db.fetchval(_EXISTS, path["import_id"], call.caller.alliance):
        raise problems.NotFound()


async def decide(tx: Transaction, call: Call, import_id: str, body: ConfirmationCreate) -> dict[str, Any]:
    """Confirm or reject what waits of an import; return the answer. A loan that is refused is named, and undoes it all.

    Raises NotFound, SamePerson, PersonNeeded, NotPending, and what refuses a loan.
    """
    decided = []
    for loan in await _waiting(tx, call, import_id):
        try:
            decided.append(await confirmations.decide(tx, call, LOAN, _confirmation(), loan, body))
        except Problem as problem:
            problem.members |= {"loan_id": loan["id"], "contract_number": loan["contract_number"]}
            raise
    return _answer(import_id, decided)


async def withdraw(tx: Transaction, call: Call, import_id: str, body: WithdrawalCreate) -> dict[str, Any]:
    """Take back what waits of an import; return the answer. Raises NotFound, NotPending, EnteredByAnother."""
    decided = [
        await confirmations.withdraw(tx, call, LOAN, _confirmation(), loan, body)
        for loan in await _waiting(tx, call, import_id)
    ]
    return _answer(import_id, decided)


async def _waiting(tx: Transaction, call: Call, import_id: str) -> list[LoanRow]:
    loans = await tx.fetch(_OF_IMPORT, import_id, call.caller.alliance)
    if not loans:
        raise problems.NotFound()
    waiting = [loan for loan in loans if loan["confirmation_state"] == PENDING]
    if not waiting:
        raise problems.NotPending(confirmation_state=loans[0]["confirmation_state"])
    return waiting


def _confirmation() -> Confirmation[LoanRow]:
    assert LOANS.confirmation is not None, "loans that ran before are confirmed"
    return LOANS.confirmation


def _answer(import_id: str, loans: Sequence[LoanRow]) -> dict[str, Any]:
    openings = [orjson.loads(loan["opening"]) for loan in loans if loan["opening"] is not None]
    return {
        "import_id": import_id,
        "confirmation_state": loans[0]["confirmation_state"],
        "loans": len(loans),
        "outstanding_vnd": sum(opening["principal_vnd"] for opening in openings),
    }
