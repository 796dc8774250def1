"""What the alliance looked at in organizations, what it recommended, and what was done about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registry.builders import ORGANIZATIONS, PATH, THAI_BINH, Make, a_recommendation, an_inspection
from tests.support.answers import etag, every_item, faults, ok
from tests.support.client import ApiClient

INSPECTIONS = f"{PATH}/inspections"


async def listed(registry: ApiClient, **params: Any) -> list[str]:
    return [each["id"] for each in await every_item(registry, INSPECTIONS, **params)]


async def test_a_recommendation_is_followed_later_and_the_history_knows_both(registry: ApiClient, make: Make) -> None:
    inspection = await make.fact("inspections", await make.organization())
    assert (inspection.attribution, inspection.inspectors) == ("alliance_led", ["Nguyễn Thị Hoa", "Trần Văn Bình"])
    path = f"{INSPECTIONS}/{inspection.id}"
    done = a_recommendation(done_on="2022-08-15", done_note="Đã lập sổ quỹ")
    after = ok(await registry.patch(path, json={"recommendations": [done]}, headers=etag(inspection)))
    assert after["recommendations"] == [done]
    first, second = ok(await registry.get(f"{path}/history"))["items"]
    assert (first["content"]["recommendations"], second["changed"]) == ([a_recommendation()], ["recommendations"])
    cleared = ok(await registry.patch(path, json={"recommendations": None}, headers=etag(after)))
    assert cleared["recommendations"] == []


WRONG: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    ({"kind": "office"}, {("/kind", "not_allowed")}),
    ({"inspected_on": "2999-01-01"}, {("/inspected_on", "in_the_future")}),
    ({"partners": ["Sở Nông nghiệp"]}, {("/partners", "needs_joint")}),
    (
        {"recommendations": [a_recommendation(), a_recommendation(done_on="2022-06-09")]},
        {("/recommendations/1/done_on", "end_before_start")},
    ),
    ({"recommendations": [a_recommendation(done_note="Xong")]}, {("/recommendations/0/done_on", "required")}),
    ({"recommendations": [a_recommendation()] * 51}, {("/recommendations", "too_many")}),
]


@pytest.mark.parametrize(("given", "expected"), WRONG)
async def test_an_inspection_that_does_not_agree_with_itself_is_refused(
    registry: ApiClient, make: Make, given: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    organization = await make.organization()
    response = await registry.post(f"{ORGANIZATIONS}/{organization.id}/inspections", json=an_inspection(**given))
    assert faults(response) == expected
    assert await listed(registry) == []


async def test_a_correction_is_judged_with_what_stays(registry: ApiClient, make: Make) -> None:
    done = a_recommendation(done_on="2022-07-01")
    inspection = await make.fact("inspections", await make.organization(), recommendations=[done])
    path = f"{INSPECTIONS}/{inspection.id}"
    response = await registry.patch(path, json={"inspected_on": "2022-07-02"}, headers=etag(inspection))
    assert faults(response) == {("/recommendations/0/done_on", "end_before_start")}
    ok(await registry.patch(path, json={"inspected_on": "2022-07-01"}, headers=etag(inspection)))


async def test_what_waits_and_what_is_overdue_is_found(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    waiting = await make.fact("inspections", organization)
    undated = await make.fact("inspections", organization, recommendations=[a_recommendation(due_on=None)])
    followed = await make.fact("inspections", organization, recommendations=[a_recommendation(done_on="2022-12-01")])
    nothing = await make.fact("inspections", organization, recommendations=[])
    assert await listed(registry, has_open_recommendations="true") == [waiting.id, undated.id]
    assert await listed(registry, has_open_recommendations="false") == [followed.id, nothing.id]
    assert await listed(registry, due_before="2022-09-30") == []
    assert await listed(registry, due_before="2022-10-01") == [waiting.id]


async def test_inspections_are_listed_by_what_the_organization_was_that_day(registry: ApiClient, make: Make) -> None:
    group = await make.group(registered_on="2020-01-01")
    before = await make.fact("inspections", group, kind="dossier", inspected_on="2020-01-15", attribution=None)
    await make.fact("type-conversions", group, kind="group_to_cooperative", effective_on="2021-01-01")
    after = await make.fact("inspections", group)
    elsewhere = await make.fact("inspections", await make.organization(commune=THAI_BINH))
    assert await listed(registry, organization_type="cooperative_group") == [before.id]
    assert await listed(registry, organization_type="cooperative", province="25-2008") == [after.id]
    assert await listed(registry, organization_id=group.id, kind="field") == [after.id]
    assert await listed(registry, attribution="alliance_led", inspected_on_gte="2022-06-10") == [after.id, elsewhere.id]
    page = ok(await registry.get(INSPECTIONS, params={"facets": "kind,attribution,organization_type"}))
    facets = {facet["name"]: {each["value"]: each["count"] for each in facet["values"]} for facet in page["facets"]}
    assert facets == {
        "kind": {"field": 2, "dossier": 1},
        "attribution": {"alliance_led": 2, None: 1},
        "organization_type": {"cooperative": 2, "cooperative_group": 1},
    }
