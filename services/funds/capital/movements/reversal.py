"""Reversing a capital movement: the opposite one is entered, and both point at each other."""

from __future__ import annotations

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import loaded, locked, update
from kernel.records.crud import insert, referenced_record
from kernel.values.days import today
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.funds import problems
from services.funds.capital.funds.records import FUND
from services.funds.capital.movements.records import CAPITAL_MOVEMENT, CAPITAL_MOVEMENTS
from services.funds.capital.movements.schemas import CapitalReversal
from services.funds.capital.movements.service import book, refuse_shortage
from services.funds.rows import CapitalMovementRow


async def reverse(tx: Transaction, call: Call, capital_movement_id: str, body: CapitalReversal) -> CapitalMovementRow:
    """Enter the opposite of a movement and return it. Raises AlreadyReversed, Invalid and what refuses to pay out."""
    # The fund first: whoever takes capital out waits here, so that two together never take the same.
    await referenced_record(tx, call, FUND, loaded(call, CAPITAL_MOVEMENT)["fund_id"], "", lock=True)
    movement = await locked(tx, call, CAPITAL_MOVEMENT, capital_movement_id)
    if movement["reversed_by_id"] is not None or movement["reverses_id"] is not None:
        raise problems.AlreadyReversed(reversed_by_id=movement["reversed_by_id"])
    on = body.effective_on or today()
    if on < movement["moved_on"]:
        words = (
            "Ngày này trước ngày của bút toán gốc; hãy ghi ngày đó hoặc sau đó.",
            "This is before the day of what it reverses; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/effective_on"))
    values = {
        "id": new_id(),
        "fund_id": movement["fund_id"],
        "kind": movement["kind"],
        "stage": movement["stage"],
        "direction": "out" if movement["direction"] == "in" else "in",
        "amount_vnd": movement["amount_vnd"],
        "moved_on": on,
        "decision_number": movement["decision_number"],
        "decided_on": movement["decided_on"],
        "budget_year": movement["budget_year"],
        "counterparty": movement["counterparty"],
        "note": body.reason,
        "reverses_id": movement["id"],
        "reversed_by_id": None,
        "alliance": movement["alliance"],
    }
    await refuse_shortage(tx, values)
    reversal = await insert(tx, call, CAPITAL_MOVEMENTS, values, reason=body.reason)
    reversal = await book(tx, call, body, reversal)
    await update(tx, CAPITAL_MOVEMENT, movement, {"reversed_by_id": reversal["id"]}, by=call.caller, reason=body.reason)
    return reversal
