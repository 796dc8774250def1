"""Booking: what happens to money becomes a balanced transaction of the ledger, in the transaction of the effect.

Interest is booked when it is collected; what is owed of it on a day is derived. The database itself refuses a
transaction that does not balance, one in a closed period, and any change of what was booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypedDict

import asyncpg

from kernel.database.connections import Transaction
from kernel.database.statements import always, command, scalar, statement
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import problems

CASH, LOANS, INTEREST, OVERDUE_INTEREST = "cash", "loan_principal", "interest_income", "overdue_interest_income"
HELD, OPENING, LOSSES, RECOVERED = "repayments_held", "opening_balance", "loan_losses", "recovered_income"
CAPITAL, BORROWED, ENTRUSTED_IN, ENTRUSTED_OUT = "fund_capital", "mobilized_funds", "entrusted_in", "entrusted_out"
RESULT = "result_distributed"
_PERIOD_CLOSED = "VC001"
"""The trigger's own SQLSTATE: bookings and closures of one fund wait for each other in the database."""

Line = tuple[str, int]
"""An account and its amount in whole đồng: above 0 a debit, below 0 a credit."""


class _LedgerLine(TypedDict):
    account: str
    amount: int


class _Shortage(TypedDict):
    booked_on: date
    cash_vnd: int


# A transaction with its lines in one statement: the trigger that compares debits with credits sees all of them.
_BOOK = command("""
    WITH booked AS (
        INSERT INTO ledger_transaction (id, alliance, fund_id, booked_on, kind, loan_id, source_id, corrects_id, memo,
                                        recorded_at, recorded_by)
        VALUES ($1::uuid, $2, $3::uuid, $4, $5, $6::uuid, $7::uuid, $8::uuid, $9, $10, $11))
    INSERT INTO ledger_entry (transaction_id, line, fund_id, account, booked_on, debit_vnd, credit_vnd)
    SELECT $1::uuid, line, $3::uuid, account, $4, greatest(amount, 0), greatest(-amount, 0)
      FROM unnest($12::text[], $13::bigint[]) WITH ORDINALITY AS l(account, amount, line)""")
# By uq_ledger_closure_fund.
_CLOSED_UNTIL = scalar(date, "SELECT max(closed_until) FROM ledger_closure WHERE fund_id = $1::uuid")
# Whoever takes cash waits for whoever took it before, so that two together never pass what there is.
_LOCK = command("SELECT 1 FROM fund WHERE id = $1::uuid FOR NO KEY UPDATE")
# The first day from $2 on at whose end the fund's cash is below nothing; with $3 only where it was not before $3 left.
# The entries of an account come from ix_ledger_entry_account alone.
_SHORT = statement(
    _Shortage,
    """
    WITH moved AS (
        SELECT booked_on, sum(debit_vnd - credit_vnd) AS net FROM ledger_entry
         WHERE fund_id = $1::uuid AND account = 'cash' GROUP BY booked_on),
    cash AS (SELECT booked_on, sum(net) OVER (ORDER BY booked_on)::bigint AS cash_vnd FROM moved)
    SELECT booked_on, cash_vnd FROM cash
     WHERE booked_on >= $2 AND cash_vnd < 0 AND ($3::bigint IS NULL OR cash_vnd >= -$3) ORDER BY booked_on LIMIT 1""",
)
_GIVES_BACK = frozenset({"reversal", "settlement"})
"""A fund that goes live may enter its loans before its capital: cash is below nothing until then, which holds up no money
that is given back to whom it belongs."""
_OPENS = "opening"
"""An opening pays nothing out; its money left before."""
# What was earned until a day, as far as the books know, less what of it became capital; by ix_ledger_entry_account.
_UNDISTRIBUTED = always(
    int,
    """
    SELECT coalesce(sum(credit_vnd - debit_vnd), 0)::bigint FROM ledger_entry
     WHERE fund_id = $1::uuid AND booked_on <= $2 AND account = ANY($3::text[])""",
)
# By the key of the entries: transaction and line.
_LINES_OF = statement(
    _LedgerLine,
    """
    SELECT account, debit_vnd - credit_vnd AS amount FROM ledger_entry
     WHERE transaction_id = $1::uuid ORDER BY line""",
)
# By ix_ledger_transaction_source_id.
_BOOKED = scalar(str, "SELECT id FROM ledger_transaction WHERE source_id = $1::uuid ORDER BY recorded_at, id LIMIT 1")


@dataclass(frozen=True)
class Booking:
    """What a transaction is about. `source_id`: the record that made it; `corrects_id`: the transaction it corrects."""

    fund_id: str
    alliance: str
    on: date
    kind: str
    loan_id: str | None = None
    source_id: str | None = None
    corrects_id: str | None = None
    memo: str | None = None


async def closed_until(tx: Transaction, fund_id: str) -> date | None:
    """Return the last day of the fund's closed books, or None."""
    day = await tx.fetchval(_CLOSED_UNTIL, fund_id)
    return day


async def book(tx: Transaction, booking: Booking, lines: Sequence[Line], *, by: Caller) -> str | None:
    """Book `lines`, which sum to 0; return the id, or None if nothing moved. Raises PeriodClosed, CashShort.

    Money that leaves has to be there on its day, and may not be missing on any day after it.
    """
    moved = [line for line in lines if line[1]]
    if not moved:
        return None
    id_ = new_id()
    paid_out = -sum(amount for account, amount in moved if account == CASH)
    if paid_out > 0:
        await tx.execute(_LOCK, booking.fund_id)
    try:
        await tx.execute(
            _BOOK,
            id_,
            booking.alliance,
            booking.fund_id,
            booking.on,
            booking.kind,
            booking.loan_id,
            booking.source_id,
            booking.corrects_id,
            booking.memo,
            now(),
            by.id,
            [line[0] for line in moved],
            [line[1] for line in moved],
        )
    except asyncpg.PostgresError as error:
        if error.sqlstate != _PERIOD_CLOSED:
            raise
        raise problems.PeriodClosed(closed_until=error.as_dict()["detail"], booked_on=booking.on.isoformat()) from None
    if paid_out > 0 and booking.kind != _OPENS:
        await _refuse_short(tx, booking, paid_out)
    return id_


async def _refuse_short(tx: Transaction, booking: Booking, paid_out_vnd: int) -> None:
    returned_vnd = paid_out_vnd if booking.kind in _GIVES_BACK else None
    short = await tx.fetchrow(_SHORT, booking.fund_id, booking.on, returned_vnd)
    if short is not None:
        raise problems.CashShort(
            first_short_on=short["booked_on"].isoformat(),
            cash_vnd=short["cash_vnd"] + paid_out_vnd,
            asked_vnd=paid_out_vnd,
            over_vnd=-short["cash_vnd"],
        )


async def booked(tx: Transaction, source_id: str | None) -> str | None:
    """Return the first transaction that a record made, or None."""
    transaction_id = await tx.fetchval(_BOOKED, source_id)
    return transaction_id


async def undistributed(tx: Transaction, fund_id: str, on: date) -> int:
    """Return what the fund earned until a day and did not make capital of, in whole đồng; never below 0."""
    accounts = [INTEREST, OVERDUE_INTEREST, RECOVERED, OPENING, RESULT]
    return max(0, await tx.fetchval(_UNDISTRIBUTED, fund_id, on, accounts))


async def opposite(tx: Transaction, transaction_id: str) -> list[Line]:
    """Return the lines that undo a transaction."""
    return [(row["account"], -row["amount"]) for row in await tx.fetch(_LINES_OF, transaction_id)]


async def correct(
    tx: Transaction, booking: Booking, lines: Sequence[Line], *, by: Caller, closed: date | None
) -> str | None:
    """Book a correction of what `booking.source_id` booked: on its day, or on the first open one after it."""
    on = booking.on if closed is None or booking.on > closed else closed + timedelta(days=1)
    corrects = await booked(tx, booking.source_id)
    return await book(tx, replace(booking, on=on, corrects_id=corrects), lines, by=by)


def refuse_closed(on: date, closed: date | None) -> None:
    """Raise PeriodClosed for a day within the closed books."""
    if closed is not None and on <= closed:
        raise problems.PeriodClosed(closed_until=closed.isoformat(), booked_on=on.isoformat())
