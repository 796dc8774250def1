"""What a capital movement does: to its source, to the ledger, and what refuses it."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.records.crud import referenced_record
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.capital.funds.position import cash_free
from services.funds.capital.funds.records import FUND
from services.funds.capital.movements.queries import LEAST_HELD
from services.funds.capital.movements.schemas import CapitalMovementCreate
from services.funds.rows import CapitalMovementRow

_NEVER_NEGATIVE = ("state", "members", "donors", "surplus_allocation", "mobilized", "entrusted_in")
"""Sources that pay out no more than they brought; a result may be a loss, and entrusted capital goes out first."""


async def columns(
    tx: Transaction, call: Call, body: CapitalMovementCreate, row: CapitalMovementRow | None
) -> dict[str, Any]:
    """Return the columns of a new movement; the fund is locked. Raises CapitalShort, Invalid."""
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id", lock=True)
    values = body.model_dump(exclude={"id", "reason"})
    values["direction"] = body.direction or ("out" if body.kind == "entrusted_out" else "in")
    await refuse_shortage(tx, values)
    return {**values, "reverses_id": None, "reversed_by_id": None, "alliance": fund["alliance"]}


_ACCOUNTS = {
    "mobilized": (posting.CASH, posting.BORROWED),
    "entrusted_in": (posting.CASH, posting.ENTRUSTED_IN),
    "entrusted_out": (posting.CASH, posting.ENTRUSTED_OUT),
    "surplus_allocation": (posting.RESULT, posting.CAPITAL),
    "undistributed_result": (posting.RESULT, posting.CAPITAL),
}
"""Source → what grows and where it came from; others bring money of the fund's own."""


async def book(tx: Transaction, call: Call, body: Any, row: CapitalMovementRow) -> CapitalMovementRow:
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
        await posting.book(tx, booking, lines, by=call.caller)
        await _refuse_lent(tx, row)
    return row


async def refuse_shortage(tx: Transaction, values: dict[str, Any]) -> None:
    """Refuse to pay out more of a source than it had brought by that day, or has left since; the fund is locked."""
    if values["direction"] == "in" or values["kind"] not in _NEVER_NEGATIVE:
        return
    source = (values["fund_id"], values["kind"], values["stage"], values["moved_on"])
    available, amount = max(0, await tx.fetchval(LEAST_HELD, *source)), values["amount_vnd"]
    if amount > available:
        raise problems.CapitalShort(
            kind=values["kind"], held_vnd=available, asked_vnd=amount, over_vnd=amount - available
        )


async def _refuse_lent(tx: Transaction, row: CapitalMovementRow) -> None:
    """Refuse to take capital out that is with borrowers, whoever asks and however; a loss is a fact and stands."""
    if row["direction"] == "in" or row["kind"] == "undistributed_result":
        return
    free = await cash_free(tx, row["fund_id"])
    if free < 0:
        amount = row["amount_vnd"]
        raise problems.FreeBalanceShort(free_vnd=max(0, free + amount), asked_vnd=amount, over_vnd=min(amount, -free))
