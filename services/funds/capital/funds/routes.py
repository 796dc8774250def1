"""Funds over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.records import existing, loaded
from kernel.records.crud import record_router
from kernel.values.days import AsOf, today
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import json_reply
from services.funds.capital.funds.position import position_of
from services.funds.capital.funds.records import FUND, FUNDS
from services.funds.capital.funds.schemas import FundPosition
from services.funds.scopes import READ

# GET, POST        /v1/funds/funds
# GET, PATCH       /v1/funds/funds/{fund_id}
# GET              /v1/funds/funds/{fund_id}/history
router = record_router(FUNDS)


@router.operation(
    "GET",
    "/funds/{fund_id}/position",
    scopes=READ,
    guard=existing(FUND, "fund_id"),
    response_model=FundPosition,
    summary="Read the position of a fund",
)
async def read_fund_position(
    call: CurrentCall,
    fund_id: Id,
    as_of: Annotated[AsOf | None, Query(description="Position at the end of that day; today if left out")] = None,
) -> Response:
    """Derive the position from the records, for any past day: an entry made late changes it as it should."""
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await position_of(tx, loaded(call, FUND), as_of or today())
    return json_reply(document, cache=FUND.cache_control)
