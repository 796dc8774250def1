"""Reversing a capital movement: the opposite one is entered, and once it is confirmed both point at each other."""

from __future__ import annotations

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import loaded, locked
from kernel.records.confirmations import awaiting, require_in_force, try_out
from kernel.records.crud import insert
from kernel.values.days import today
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.funds import problems
from services.funds.capital.movements.queries import PENDING_REVERSAL
from services.funds.capital.movements.records import CAPITAL_MOVEMENTS
from services.funds.capital.movements.resource import CAPITAL_MOVEMENT
from services.funds.capital.movements.schemas import CapitalReversal
from services.funds.capital.movements.service import lock_fund
from services.funds.rows import CapitalMovementRow


async def reverse(tx: Transaction, call: Call, capital_movement_id: str, body: CapitalReversal) -> CapitalMovementRow:
    """Enter the opposite of a movement, which waits for a second person, and return it.

    Raises AlreadyReversed, NotConfirmed, Invalid and what refuses to pay out.
    """
    await lock_fund(tx, call, loaded(call, CAPITAL_MOVEMENT))
    movement = await locked(tx, call, CAPITAL_MOVEMENT, capital_movement_id)
    require_in_force(movement)
    reversed_by_id = movement["reversed_by_id"] or await tx.fetchval(PENDING_REVERSAL, capital_movement_id)
    if reversed_by_id is not None or movement["reverses_id"] is not None:
        raise problems.AlreadyReversed(reversed_by_id=reversed_by_id)
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
    reversal = await insert(tx, call, CAPITAL_MOVEMENTS, values | awaiting(call.caller), reason=body.reason)
    assert CAPITAL_MOVEMENTS.confirmation is not None, "movements are confirmed"
    await try_out(tx, call, CAPITAL_MOVEMENT, CAPITAL_MOVEMENTS.confirmation, reversal)
    return reversal
