"""Capital movements: what was allocated to a fund, and what came in or went out. Append-only, reversed when wrong."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.capital.movements.records import CAPITAL_MOVEMENTS
from services.funds.capital.movements.resource import CAPITAL_MOVEMENT
from services.funds.capital.movements.reversal import reverse
from services.funds.capital.movements.schemas import CapitalMovement, CapitalReversal
from services.funds.scopes import WRITE

# GET, POST        /v1/funds/capital-movements
# GET              /v1/funds/capital-movements/{capital_movement_id}
# GET              /v1/funds/capital-movements/{capital_movement_id}/history
# POST             /v1/funds/capital-movements/{capital_movement_id}/confirmation
# POST             /v1/funds/capital-movements/{capital_movement_id}/withdrawal
router = record_router(CAPITAL_MOVEMENTS)


@router.operation(
    "POST",
    "/capital-movements/{capital_movement_id}/reversal",
    scopes=WRITE,
    status_code=201,
    guard=existing(CAPITAL_MOVEMENT, "capital_movement_id"),
    response_model=CapitalMovement,
    problems=(
        kernel_problems.NotConfirmed,
        problems.AlreadyReversed,
        problems.CapitalShort,
        problems.CashShort,
        problems.FreeBalanceShort,
        problems.PeriodClosed,
    ),
    summary="Reverse a capital movement",
)
async def reverse_capital_movement(call: CurrentCall, capital_movement_id: Id, body: CapitalReversal) -> Response:
    """Enter the opposite movement, which points back; it waits for a second person, then both stand. A reversal itself
    is not reversed. Where it takes money
    out it is held to what holds for taking out: never what is lent, never more cash than there is on any day.
    """

    async def effect(tx: Transaction) -> Response:
        movement = await reverse(tx, call, capital_movement_id, body)
        return await answer(tx, call, CAPITAL_MOVEMENT, movement, status=201)

    return await once(call, effect)
