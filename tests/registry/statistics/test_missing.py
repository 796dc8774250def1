"""Which organizations have not reported a period, and whom to call."""

from __future__ import annotations

from typing import Any

from tests.registry.builders import LE_LOI, PATH, TAN_DAN, THAI_BINH, Make
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

MISSING = f"{PATH}/organization-statistics/missing"


async def missing(client: ApiClient, **params: Any) -> set[str]:
    rows = await every_item(client, MISSING, **{"period": "2022", **params})
    return {row["organization_id"] for row in rows}


async def test_those_that_stood_and_have_no_row_are_listed_with_phone(registry: ApiClient, make: Make) -> None:
    contacts = [{"kind": "email", "value": "htx@example.vn"}, {"kind": "phone", "value": "0210 123 456"}]
    silent = await make.organization(contacts=contacts, name="Hợp tác xã Im Lặng")
    await make.statistic(silent, period="2021")
    await make.statistic(silent, period="2022-H1")
    reported = await make.organization()
    await make.statistic(reported, period="2022-12M")
    group = await make.group()
    moved = await make.organization(commune=TAN_DAN)
    await make.move(moved, THAI_BINH, on="2023-01-01")
    await make.organization(type="enterprise")
    await make.organization(registered_on="2023-01-01")
    ended = await make.organization()
    await make.status(ended, "ended", on="2022-12-31")
    later = await make.organization()
    await make.status(later, "ended", on="2023-01-01")
    abroad = await make.organization(commune=LE_LOI)
    assert await missing(registry) == {silent.id, group.id, moved.id, later.id}
    assert await missing(registry, limit=1) == {silent.id, group.id, moved.id, later.id}
    assert await missing(registry, organization_type="cooperative_group") == {group.id}
    assert moved.id in await missing(registry, province="25-2008")
    assert await missing(registry, province="17-2008") == set()
    assert await missing(registry.as_(area="VN"), province="40-2025") == {abroad.id}
    page = ok(await registry.get(f"{MISSING}?period=2022&count=exact&facets=organization_type"))
    assert page["count"] == 4
    row = next(each for each in page["items"] if each["organization_id"] == silent.id)
    assert (row["phone"], row["last_period"], row["code"]) == ("0210 123 456", "2022-H1", silent.code)
    assert row["organization"] == {"id": silent.id, "name": "Hợp tác xã Im Lặng", "type": "cooperative"}
    assert row["seat"]["province_2025"] == "25-2025"
    ok(
        await registry.put(
            f"{PATH}/organization-statistics/by-period",
            json={"organization_id": silent.id, "period": "2022", "revenue_vnd": 5, "source": "unit"},
        ),
        201,
    )
    assert silent.id not in await missing(registry)


async def test_a_period_has_to_be_named_and_over(registry: ApiClient) -> None:
    assert faults(await registry.get(MISSING)) == {("period", "required")}
    assert faults(await registry.get(f"{MISSING}?period=2998")) == {("period", "period_not_begun")}
    assert faults(await registry.get(f"{MISSING}?period=2022-H9")) == {("period", "not_a_period")}
    own = registry.as_(scope="own.read", organization_id="01a22000-0000-7000-8000-000000000000")
    assert_problem(await own.get(f"{MISSING}?period=2022"), 403, "scope_missing")
