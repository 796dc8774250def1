"""Capital movements: what was allocated to a fund, and what came in or went out. Append-only, reversed when wrong."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.crud import insert, record_router, referenced_record
from kernel.records.records import answer, existing, locked, update
from kernel.values.days import today
from kernel.values.ids import Id, new_id
from kernel.web.idempotency import once
from kernel.web.operations import CurrentCall
from services.funds import problems
from services.funds.capital.funds.records import FUND
from services.funds.capital.movements.records import CAPITAL_MOVEMENT, CAPITAL_MOVEMENTS
from services.funds.capital.movements.schemas import CapitalMovement, CapitalReversal
from services.funds.capital.movements.service import (
    book,
    refuse_shortage,
)
from services.funds.problems import CashShort, FreeBalanceShort, PeriodClosed
from services.funds.scopes import WRITE

router = record_router(CAPITAL_MOVEMENTS)


@router.operation(
    "POST",
    "/capital-movements/{capital_movement_id}/reversal",
    scopes=WRITE,
    status_code=201,
    guard=existing(CAPITAL_MOVEMENT, "capital_movement_id"),
    response_model=CapitalMovement,
    problems=(problems.AlreadyReversed, problems.CapitalShort, CashShort, FreeBalanceShort, PeriodClosed),
    summary="Reverse a capital movement",
)
async def reverse_capital_movement(call: CurrentCall, capital_movement_id: Id, body: CapitalReversal) -> Response:
    """Enter the opposite movement, which points back; both stay. A reversal itself is not reversed. Where it takes money
    out it is held to what holds for taking out: never what is lent, never more cash than there is on any day.
    """

    async def effect(tx: Transaction) -> Response:
        await referenced_record(tx, call, FUND, call.found["fund_id"], "", lock=True)
        row = await locked(tx, call, CAPITAL_MOVEMENT, capital_movement_id)
        if row["reversed_by_id"] is not None or row["reverses_id"] is not None:
            raise problems.AlreadyReversed(reversed_by_id=row["reversed_by_id"])
        on = body.effective_on or today()
        if on < row["moved_on"]:
            words = (
                "Ngày này trước ngày của bút toán gốc; hãy ghi ngày đó hoặc sau đó.",
                "This is before the day of what it reverses; give that day or a later one.",
            )
            raise Invalid(FieldError("end_before_start", words, pointer="/effective_on"))
        copied = {
            name: row[name]
            for name in (
                "fund_id",
                "kind",
                "stage",
                "amount_vnd",
                "decision_number",
                "decided_on",
                "budget_year",
                "counterparty",
                "alliance",
            )
        }
        direction = "out" if row["direction"] == "in" else "in"
        values = {
            **copied,
            "id": new_id(),
            "direction": direction,
            "moved_on": on,
            "note": body.reason,
            "reverses_id": row["id"],
            "reversed_by_id": None,
        }
        await refuse_shortage(tx, values)
        made = await book(tx, call, body, await insert(tx, call, CAPITAL_MOVEMENTS, values, reason=body.reason))
        await update(tx, CAPITAL_MOVEMENT, row, {"reversed_by_id": made["id"]}, by=call.caller, reason=body.reason)
        return answer(call, CAPITAL_MOVEMENT, made, status=201)

    return await once(call, effect)
