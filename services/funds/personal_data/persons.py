"""Borrowers as persons that can be erased: all that is emptied, and what follows of it."""

from __future__ import annotations

from kernel.database.connections import Transaction
from kernel.database.statements import command
from kernel.personal_data.persons import Emptied, Persons
from services.funds.lending.borrowers.records import BORROWERS_KEPT
from services.funds.personal_data.others import approvals_of_others, groups_of
from services.funds.personal_data.telling import ITSELF, OF_BORROWER, OF_LOAN, OF_LOANS
from services.funds.rows import BorrowerRow
from services.funds.servicing.loans.kept import keep_anew

# By ix_ledger_transaction_loan_id. The ledger itself lets nothing go but the words on loans that an erasure names.
_FORGET_MEMOS = command(
    "UPDATE ledger_transaction SET memo = NULL WHERE loan_id = ANY($1::uuid[]) AND memo IS NOT NULL"
)


async def _emptied(tx: Transaction, borrower: BorrowerRow) -> list[Emptied]:
    """Return all that tells of the locked borrower, who stands first. Loans are locked before what happened to them."""
    id_ = borrower["id"]
    itself = ITSELF.emptied(borrower)
    unnamed = {
        "name_folded": "",
        "phone_sealed": None,
        "id_number_sealed": None,
        "id_number_mark": None,
        "is_active": False,
    }
    emptied = [itself._replace(values={**itself.values, **unnamed})]
    loans = await OF_LOANS.rows(tx, [id_], lock=True)
    emptied += [OF_LOANS.emptied(loan) for loan in loans]
    for telling in OF_BORROWER:
        emptied += [telling.emptied(row) for row in await telling.rows(tx, [id_], lock=True)]
        emptied += await telling.of_before(tx, id_)
    loan_ids = [loan["id"] for loan in loans]
    for telling in OF_LOAN:
        emptied += [telling.emptied(row) for row in await telling.rows(tx, loan_ids, lock=True)]
    return [*emptied, *await approvals_of_others(tx, borrower), *await groups_of(tx, borrower)]


async def _afterwards(tx: Transaction, borrower: BorrowerRow) -> None:
    loan_ids = [loan["id"] for loan in await OF_LOANS.rows(tx, [borrower["id"]])]
    await tx.execute(_FORGET_MEMOS, loan_ids)
    # What is kept of a loan is kept with its version, and holds as before.
    await keep_anew(tx, loan_ids)


BORROWERS_AS_PERSONS = Persons(
    resource=BORROWERS_KEPT.resource,
    held=BORROWERS_KEPT.held,
    are_persons=BORROWERS_KEPT.are_persons,
    emptied=_emptied,
    afterwards=_afterwards,
)
