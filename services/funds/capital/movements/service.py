"""What a capital movement does: to its source, to the ledger, and what refuses it."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.records import read, update
from kernel.records.crud import referenced_record
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.capital.funds.position import cash_free
from services.funds.capital.funds.records import FUND
from services.funds.capital.movements.queries import LEAST_HELD
from services.funds.capital.movements.resource import CAPITAL_MOVEMENT
from services.funds.capital.movements.schemas import CapitalMovementCreate
from services.funds.rows import CapitalMovementRow

_NEVER_NEGATIVE = ("state", "members", "donors", "surplus_allocation", "mobilized", "entrusted_in")
"""Sources that pay out no more than they brought; a result may be a loss, and entrusted capital goes out first."""


async def columns(
    tx: Transaction, call: Call, body: CapitalMovementCreate, row: CapitalMovementRow | None
) -> dict[str, Any]:
    """Return the columns of a new movement; the fund is locked. Raises Invalid."""
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id", lock=True)
    values = body.model_dump(exclude={"id", "reason"})
    values["direction"] = body.direction or ("out" if body.kind == "entrusted_out" else "in")
    return {**values, "reverses_id": None, "reversed_by_id": None, "alliance": fund["alliance"]}


_ACCOUNTS = {
    "mobilized": (posting.CASH, posting.BORROWED),
    "entrusted_in": (posting.CASH, posting.ENTRUSTED_IN),
    "entrusted_out": (posting.CASH, posting.ENTRUSTED_OUT),
    "surplus_allocation": (posting.RESULT, posting.CAPITAL),
    "undistributed_result": (posting.RESULT, posting.CAPITAL),
}
"""Source → what grows and where it came from; others bring money of the fund's own."""


async def lock_fund(tx: Transaction, call: Call, row: CapitalMovementRow) -> None:
    """Lock the fund: whoever takes capital out waits here, so that two together never take the same."""
    await referenced_record(tx, call, FUND, row["fund_id"], "", lock=True)


async def take_effect(tx: Transaction, call: Call, row: CapitalMovementRow) -> CapitalMovementRow:
    """Let a movement count and book it; the fund is locked. One that reverses another is tied to it.

    Raises CapitalShort, FreeBalanceShort, CashShort, PeriodClosed, AlreadyReversed.
    """
    await _refuse_shortage(tx, row)
    await _book(tx, row, by=call.caller)
    if row["reverses_id"] is not None:
        await _tie_to_reversed(tx, call, row, row["reverses_id"])
    return row


async def _tie_to_reversed(tx: Transaction, call: Call, row: CapitalMovementRow, reversed_id: str) -> None:
    movement = await read(tx, CAPITAL_MOVEMENT, reversed_id, call.caller, lock=True)
    assert movement is not None, "kept by a foreign key"
    if movement["reversed_by_id"] is not None:
        raise problems.AlreadyReversed(reversed_by_id=movement["reversed_by_id"])
    await update(tx, CAPITAL_MOVEMENT, movement, {"reversed_by_id": row["id"]}, by=call.caller, reason=row["note"])


async def _book(tx: Transaction, row: CapitalMovementRow, *, by: Caller) -> None:
    """Book what was received or paid out; what is only allocated is not money yet."""
    if row["stage"] == "received":
        amount = row["amount_vnd"] if row["direction"] == "in" else -row["amount_vnd"]
        grows, source = _ACCOUNTS.get(row["kind"], (posting.CASH, posting.CAPITAL))
        corrects = None if row["reverses_id"] is None else await posting.booked(tx, row["reverses_id"])
        booking = posting.Booking(
            row["fund_id"], row["alliance"], row["moved_on"], "capital", source_id=row["id"], corrects_id=corrects
        )
        lines = [(grows, amount), (source, -amount)] if corrects is None else await posting.opposite(tx, corrects)
        if grows == posting.RESULT and amount > 0 and corrects is None:
            # What these books did not earn was earned before they began, or elsewhere: it is money that is there.
            earned = await posting.undistributed(tx, row["fund_id"], row["moved_on"])
            lines += [(posting.CASH, max(0, amount - earned)), (posting.OPENING, -max(0, amount - earned))]
        await posting.book(tx, booking, lines, by=by)
        await _refuse_lent(tx, row)


async def _refuse_shortage(tx: Transaction, row: CapitalMovementRow) -> None:
    """Refuse to pay out more of a source than it had brought by that day, or has left since; the row counts already."""
    if row["direction"] == "in" or row["kind"] not in _NEVER_NEGATIVE:
        return
    amount = row["amount_vnd"]
    left = await tx.fetchval(LEAST_HELD, row["fund_id"], row["kind"], row["stage"], row["moved_on"])
    if left < 0:
        held = max(0, left + amount)
        raise problems.CapitalShort(kind=row["kind"], held_vnd=held, asked_vnd=amount, over_vnd=amount - held)


async def _refuse_lent(tx: Transaction, row: CapitalMovementRow) -> None:
    """Refuse to take capital out that is with borrowers, whoever asks and however; a loss is a fact and stands."""
    if row["direction"] == "in" or row["kind"] == "undistributed_result":
        return
    free = await cash_free(tx, row["fund_id"])
    if free < 0:
        amount = row["amount_vnd"]
        raise problems.FreeBalanceShort(free_vnd=max(0, free + amount), asked_vnd=amount, over_vnd=min(amount, -free))
