"""Records of trade promotion, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import itertools
from typing import Any

from kernel.values.ids import new_id
from tests.training.builders import MILLION, PATH, Make, Record, a_coverage

EVENTS, PARTICIPATIONS, LINKS = f"{PATH}/trade-events", f"{PATH}/participations", f"{PATH}/market-links"
_NUMBERS = itertools.count(1)


def a_trade_event(**fields: Any) -> dict[str, Any]:
    return {
        "name": f"Hội chợ nông sản lần {next(_NUMBERS)}",
        "kind": "fair",
        "organizer_kind": "national_alliance",
        "organizer_name": "Liên minh HTX Việt Nam",
        "attribution": "supported",
        "commune_code": "07900",
        "commune_map": "2008",
        "starts_on": "2023-05-10",
        "ends_on": "2023-05-14",
        "decision_number": "45/QĐ-LMHTX",
        "support_per_cooperative_vnd": 5 * MILLION,
        "is_held": True,
        **fields,
    }


def a_participation(**fields: Any) -> dict[str, Any]:
    return {
        "organization_id": new_id(),
        "organization_name": f"HTX Đồng Tâm {next(_NUMBERS)}",
        "booth": "A12",
        "products": [{"kind": "tea", "name": "Chè xanh"}, {"kind": "honey"}],
        "support_received_vnd": 5 * MILLION,
        **fields,
    }


def a_market_link(**fields: Any) -> dict[str, Any]:
    return {
        "organization_id": new_id(),
        "organization_name": f"HTX Rau sạch {next(_NUMBERS)}",
        "province": "25-2008",
        "buyer_kind": "shop_chain",
        "buyer_name": "Chuỗi cửa hàng Nông sản Việt",
        "product_kind": "vegetables",
        "signed_on": "2023-04-02",
        "volume": "12.5",
        "volume_unit": "tấn/tháng",
        "value_vnd": 250 * MILLION,
        **fields,
    }


class MakeTrade(Make):
    """Makes records of Phú Thọ's trade promotion through the service's own operations."""

    async def event(self, **fields: Any) -> Record:
        """Make a fair that was held, of Phú Thọ's alliance."""
        return await self.create("trade-events", a_trade_event(**({"alliance": "25-2025"} | fields)))

    async def participation(self, event: dict[str, Any] | None = None, **fields: Any) -> Record:
        """Make a participation, in an event of its own unless one is given."""
        event = event or await self.event()
        return await self.create("participations", a_participation(trade_event_id=event["id"], **fields))

    async def link(self, **fields: Any) -> Record:
        """Make a market link of a cooperative in old Phú Thọ."""
        return await self.create("market-links", a_market_link(**fields))

    async def covered(self, *record_types: str, **fields: Any) -> Record:
        """Declare that trade promotion in Phú Thọ is known completely."""
        types = record_types or ("participations", "market_links")
        return await self.create("coverages", a_coverage(*types, **fields))
