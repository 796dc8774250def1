"""Coverage over nothing is accepted, and says that figures will be 0."""

from __future__ import annotations

from typing import Any

import pytest

from services.registry import code_lists as codes
from services.registry.coverages import RECORDS
from tests.registry.builders import LE_LOI, PATH, RECORD_TYPES, Make, Record, a_coverage
from tests.support.answers import etag, ok
from tests.support.client import ApiClient

COVERAGES = f"{PATH}/coverages"


async def declared(client: ApiClient, *record_types: str, **fields: Any) -> list[str]:
    """Declare coverage; return the codes of what the answer warns of."""
    body = a_coverage(record_types=list(record_types) or RECORD_TYPES, **fields)
    coverage = ok(await client.post(COVERAGES, json=body), 201)
    assert {warning["pointer"] for warning in coverage["warnings"]} <= {"/record_types"}
    return [warning["code"] for warning in coverage["warnings"]]


def test_every_record_type_says_what_its_records_are() -> None:
    assert set(RECORDS) == set(codes.RECORD_TYPES)


async def test_a_claim_over_no_records_warns(registry: ApiClient, make: Make) -> None:
    await make.organization(commune=LE_LOI)
    assert await declared(registry) == ["no_records"]
    assert await declared(registry.as_(area="40-2025"), province="40-2008") == []


async def _all_facts(make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01", founding_attribution="alliance_led")
    await make.group(registered_on="2020-05-01")
    await make.union(registered_on="2020-05-01")
    await make.status(organization, "temporarily_suspended", on="2022-01-01")
    await make.fact("type-conversions", organization, effective_on="2022-02-01")
    await make.membership(organization, admitted_on="2022-03-01", left_on="2023-03-01")
    await make.fact("certificates", organization, valid_from="2022-04-01")
    await make.fact("products", organization, recognized_on="2022-05-01")
    await make.statistic(organization, period="2022")
    await make.officer(organization, term_from="2022-06-01")
    await make.confirmed_rating(organization, year=2023)
    await make.fact("inspections", organization)
    await make.fact("dissolution-cases", organization)
    await make.team()
    await make.fact("models", organization, recognized_on="2022-06-01")
    await make.chain(organization, started_on="2022-06-01")


async def test_each_type_is_looked_for_by_itself(registry: ApiClient, make: Make) -> None:
    warned = {name for name in RECORD_TYPES if await declared(registry, name)}
    assert warned == set(RECORD_TYPES)
    await _all_facts(make)
    assert {name for name in RECORD_TYPES if await declared(registry, name)} == set()
    # One kind of record is enough: a province may well have no union.
    assert await declared(registry, "cooperatives", "products", province="25-2025") == []


@pytest.mark.parametrize(
    ("record_type", "first", "last", "expected"),
    [
        ("products", "2022-05-01", "2022-05-01", []),
        ("products", "2022-05-02", None, ["no_records"]),
        ("products", "2000-01-01", "2022-04-30", ["no_records"]),
        ("cooperatives", "2026-01-01", None, []),
        ("cooperatives", "2000-01-01", "2020-04-30", ["no_records"]),
        ("alliance_memberships", "2023-02-28", None, []),
        ("alliance_memberships", "2023-03-01", None, ["no_records"]),
    ],
)
async def test_records_of_other_days_do_not_count(
    registry: ApiClient, make: Make, record_type: str, first: str, last: str | None, expected: list[str]
) -> None:
    await _all_facts(make)
    assert await declared(registry, record_type, covered_from=first, covered_to=last) == expected


async def test_batches_and_corrections_warn_alike(registry: ApiClient, make: Make) -> None:
    await make.organization(registered_on="2020-05-01")
    items = [a_coverage(record_types=[name]) for name in ("cooperatives", "products")]
    records = ok(await registry.post(f"{COVERAGES}/batch", json={"mode": "atomic", "items": items}), 201)["items"]
    assert [[w["code"] for w in item["warnings"]] for item in records] == [[], ["no_records"]]
    path = f"{COVERAGES}/{records[0]['id']}"
    one = Record(ok(await registry.get(path)))
    change = {"covered_to": "2019-12-31"}
    after = ok(await registry.patch(path, json=change, headers=etag(one)))
    assert [w["code"] for w in after["warnings"]] == ["no_records"]
    assert "Phú Thọ" in after["warnings"][0]["detail"]
