"""Figures of models: what holds on the day, and in how many districts of the old map."""

from __future__ import annotations

from typing import Any

from kernel.values import geography
from tests.registry.builders import Make, Record
from tests.registry.reports import INDICATORS, figures, value
from tests.support.answers import every_item
from tests.support.client import ApiClient

HA_NAM = "35-2008"
"""The province with the fewest districts: six."""
DAYS = {"province": HA_NAM, "from": "2023-01-01", "to": "2023-06-30"}


def communes_by_district() -> list[str]:
    """Return one commune of each district of Hà Nam."""
    first: dict[str, str] = {}
    for commune in geography.communes():
        if commune.map == "2008" and commune.province_id == HA_NAM:
            first.setdefault(str(commune.district_code), commune.code)
    return list(first.values())


async def in_each_district(make: Make, **fields: Any) -> list[Record]:
    """Make a cooperative with a model in each district of Hà Nam; return the models."""
    await make.coverage(province=HA_NAM)
    models = []
    for commune in communes_by_district():
        models.append(await make.fact("models", await make.organization(commune=commune), **fields))
    return models


async def test_districts_are_counted_and_the_one_with_the_fewest_models(registry: ApiClient, make: Make) -> None:
    nation = registry.as_(area="VN")
    models = await in_each_district(make, attribution="supported")
    assert len(models) == 6

    async def told(**params: Any) -> tuple[int, int]:
        codes = ("districts_with_effective_model", "effective_models_per_district_min")
        counted, least = [await value(nation, code, **{**DAYS, **params}) for code in codes]
        return counted, least

    assert await told() == (6, 1)
    assert await told(scope="alliance_led") == (0, 0)
    await make.fact("models", Record(id=models[0].organization_id), recognized_on="2023-06-30")
    assert await told() == (6, 1)
    # One that has run out, one of another kind and one of a cooperative that has ended are no effective ones any more.
    await make.status(Record(id=models[1].organization_id), "ended", on="2023-06-30")
    assert await told() == (5, 0)
    assert await told(to="2023-06-29") == (6, 1)
    item = (await figures(nation, indicators="districts_with_effective_model", **DAYS)).popitem()[1]
    rows = await every_item(nation, item["evidence"])
    assert (len(rows), len({row["district"]["code"] for row in rows})) == (6, 5)
    counted = await every_item(nation, f"{item['evidence']}&count=exact&facets=kind")
    assert counted == rows


async def test_a_recognition_counts_from_its_day_to_its_last(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    organization = await make.organization()
    await make.fact("models", organization, recognized_on="2022-03-01", valid_until="2023-03-01")
    code, counted = "cooperatives_effective", []
    for day in ("2022-02-28", "2022-03-01", "2023-03-01", "2023-03-02"):
        counted.append(await value(registry, code, **{"province": "25-2008", "from": "2022-01-01", "to": day}))
    assert counted == [0, 1, 1, 0]


async def test_what_the_records_do_not_cover_is_not_reported(registry: ApiClient, make: Make) -> None:
    needs = {code: set(indicator.needs) for code, indicator in INDICATORS.items()}
    await make.coverage(record_types=["models"])
    codes = [code for code, needed in needs.items() if needed & {"models", "value_chains"}]
    told = await figures(registry, indicators=",".join(codes), province="25-2008")
    assert {code for (code, _, _), item in told.items() if item["status"] == "reported"} == {
        code for code in codes if needs[code] == {"models"}
    }
    assert {code for code in codes if needs[code] != {"models"}} == {
        "cooperatives_effective_share_of_active",
        "cooperatives_value_chain",
        "value_chain_supplier_cooperatives",
    }
