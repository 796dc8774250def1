"""Market links over HTTP: cooperatives and the buyers that they were brought together with."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.training.trade.market_links.records import MARKET_LINK_TYPE

# GET, POST             /v1/training/market-links
# GET, PATCH, DELETE    /v1/training/market-links/{market_link_id}
# GET                   /v1/training/market-links/{market_link_id}/history
router = record_router(MARKET_LINK_TYPE)
