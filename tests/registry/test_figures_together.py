"""Two figures made from the same records, each reported for its own provinces: neither counts what only the other may."""

from __future__ import annotations

from tests.registry.builders import PATH, THAI_BINH, Make
from tests.support.answers import ok
from tests.support.client import ApiClient


async def test_a_figure_counts_only_where_it_has_coverage_though_one_beside_it_has_more(
    registry: ApiClient, make: Make
) -> None:
    await make.organization(registered_on="2019-01-01")
    for _ in range(2):
        await make.organization(registered_on="2019-01-01", commune=THAI_BINH)
    for province in ("25-2008", "17-2008"):
        await make.coverage(province=province, record_types=["cooperatives"])
    await make.coverage(province="25-2008", record_types=["operating_states"])
    query = {"from": "2023-01-01", "to": "2023-08-31", "province": "25-2025", "scope": "province"}

    async def figures(indicators: str) -> dict[str, tuple[float, str]]:
        items = ok(await registry.get(f"{PATH}/indicator-values", params={**query, "indicators": indicators}))["items"]
        return {item["indicator"]: (item["value"], item["status"]) for item in items}

    together = await figures("cooperatives_total,cooperatives_operating")
    assert together == {"cooperatives_total": (3, "partial"), "cooperatives_operating": (1, "partial")}
    assert together == await figures("cooperatives_total") | await figures("cooperatives_operating")
