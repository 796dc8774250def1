"""What one organization took part in and whom it sells to, over the years."""

from __future__ import annotations

from starlette.responses import Response

from kernel.records.embedding import name_all
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import PRIVATE, json_reply
from services.training.names import ORGANIZATION_NAME
from services.training.parties import organization_guard
from services.training.scopes import OWN_READ, training_router
from services.training.trade.trade_records.queries import HAS_PART, YEARS
from services.training.trade.trade_records.schemas import TradeRecord

router = training_router("organization-records")


@router.operation(
    "GET",
    "/organizations/{organization_id}/trade-record",
    scopes=OWN_READ,
    guard=organization_guard(HAS_PART),
    response_model=TradeRecord,
    summary="Read the trade record of an organization",
)
async def read_trade_record(call: CurrentCall, organization_id: Id) -> Response:
    """Sum, year by year, the events that it took part in, what it showed and sold there, and its agreements."""
    years = await call.db.fetch(YEARS, organization_id, call.caller.alliance)
    document = {
        "organization_id": organization_id,
        "years": [dict(year) for year in years],
        "participations": f"/v1/training/participations?organization_id={organization_id}",
        "market_links": f"/v1/training/market-links?organization_id={organization_id}",
    }
    await name_all(call.db, (ORGANIZATION_NAME,), [document], [document])
    return json_reply(document, cache=PRIVATE)
