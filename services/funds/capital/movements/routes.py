"""Capital movements: what was allocated to a fund, and what came in or went out. Append-only, reversed when wrong."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.records import answer, existing
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.capital.movements.records import CAPITAL_MOVEMENT, CAPITAL_MOVEMENTS
from services.funds.capital.movements.reversal import reverse
from services.funds.capital.movements.schemas import CapitalMovement, CapitalReversal
from services.funds.scopes import WRITE

# GET, POST        /v1/funds/capital-movements
# GET              /v1/funds/capital-movements/{capital_movement_id}
# GET              /v1/funds/capital-movements/{capital_movement_id}/history
router = record_router(CAPITAL_MOVEMENTS)


@router.operation(
    "POST",
    "/capital-movements/{capital_movement_id}/reversal",
    scopes=WRITE,
    status_code=201,
    guard=existing(CAPITAL_MOVEMENT, "capital_movement_id"),
    response_model=CapitalMovement,
    problems=(
        problems.AlreadyReversed,
        problems.CapitalShort,
        problems.CashShort,
        problems.FreeBalanceShort,
        problems.PeriodClosed,
    ),
    summary="Reverse a capital movement",
)
async def reverse_capital_movement(call: CurrentCall, capital_movement_id: Id, body: CapitalReversal) -> Response:
    """Enter the opposite movement, which points back; both stay. A reversal itself is not reversed. Where it takes money
    out it is held to what holds for taking out: never what is lent, never more cash than there is on any day.
    """

    async def effect(tx: Transaction) -> Response:
        movement = await reverse(tx, call, capital_movement_id, body)
        return answer(call, CAPITAL_MOVEMENT, movement, status=201)

    return await once(call, effect)
