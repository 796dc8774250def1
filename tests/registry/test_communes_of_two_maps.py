"""Communes of two maps: a code that both have names two places, and a commune of 2025 holds what lay in the old ones."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from tests.registry.builders import (
    GIA_CAM,
    ORGANIZATIONS,
    PATH,
    TAN_DAN,
    THAI_BINH,
    Make,
    Record,
    a_cooperative,
    a_seat,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

VIET_TRI = GIA_CAM
"""The ward of 2025 that kept the code of old Gia Cẩm; Tân Dân and three more went into it as well."""
VAY_NUA = "04891"
"""In old Hòa Bình; divided between Thống Nhất and Tiền Phong, which kept its code."""
THONG_NHAT, TIEN_PHONG = "04828", "04891"
"""Of 2025; old Thái Bình went whole into Thống Nhất."""
DISTRICT_VIET_TRI = "227-2008"


async def a_seat_on_2025(make: Make, commune: str) -> Record:
    return await make.organization(seat=a_seat(commune, "2025"))


async def listed(client: ApiClient, **params: Any) -> set[str]:
    return {item["id"] for item in await every_item(client, ORGANIZATIONS, **params)}


async def placed(client: ApiClient, organization: Record, commune: str | None, **fields: Any) -> dict[str, Any]:
    """Say as an officer where the seat lies today."""
    path = f"{ORGANIZATIONS}/{organization.id}"
    present = ok(await client.get(path))
    body = {"seat_2025": None if commune is None else {"commune_code": commune}, **fields}
    return ok(await client.patch(path, json=body, headers=etag(present)))


async def test_a_code_of_both_maps_without_a_map_names_no_place(registry: ApiClient) -> None:
    body = a_cooperative(seat={"commune_code": VIET_TRI})
    assert faults(await registry.post(ORGANIZATIONS, json=body)) == {("/seat/commune_map", "ambiguous_commune")}
    asked = await registry.get(ORGANIZATIONS, params={"commune_code": VIET_TRI})
    assert faults(asked) == {("commune_map", "ambiguous_commune")}
    assert "2008" in str(asked.json()["errors"][0]["allowed"])


async def test_what_a_facet_says_of_communes_chooses_them(registry: ApiClient, make: Make) -> None:
    for commune in (GIA_CAM, GIA_CAM, TAN_DAN):
        await make.organization(commune=commune)
    (facet,) = ok(await registry.get(ORGANIZATIONS, params={"facets": "commune_code"}))["facets"]
    assert {each["value"]: each["count"] for each in facet["values"]} == {f"{GIA_CAM}-2008": 2, f"{TAN_DAN}-2008": 1}
    for each in facet["values"]:
        assert len(await listed(registry, commune_code=each["value"])) == each["count"]
    both = [f"{GIA_CAM}-2008", TAN_DAN]
    assert len(await listed(registry, commune_code=both)) == 3
    assert await listed(registry, commune_code=f"{GIA_CAM}-1999") == set()


async def test_a_code_that_one_map_has_is_that_maps(registry: ApiClient, make: Make) -> None:
    organization = ok(await registry.post(ORGANIZATIONS, json=a_cooperative(seat={"commune_code": TAN_DAN})), 201)
    assert organization["seat"]["commune_map"] == "2008"
    assert organization["id"] in await listed(registry, commune_code=TAN_DAN)


async def test_a_commune_of_2025_holds_what_lay_in_old_ones_that_went_whole_into_it(
    registry: ApiClient, make: Make
) -> None:
    old, kept_the_code, new = (
        await make.organization(commune=TAN_DAN),
        await make.organization(commune=GIA_CAM),
        await a_seat_on_2025(make, VIET_TRI),
    )
    elsewhere = await make.organization(commune=THAI_BINH)
    today = await listed(registry, commune_code=VIET_TRI, commune_map="2025")
    assert {old.id, kept_the_code.id, new.id} <= today
    assert elsewhere.id not in today
    then = await listed(registry, commune_code=GIA_CAM, commune_map="2008")
    assert kept_the_code.id in then
    assert not then & {old.id, new.id}
    both = await listed(registry, commune_code=VIET_TRI, commune_map=["2008", "2025"])
    assert both == today
    assert await listed(registry, commune_code=VIET_TRI, commune_map="2025", as_of="2021-01-01") >= {old.id, new.id}


async def test_a_divided_commune_is_counted_beside_the_page_and_listed_when_asked_for(
    registry: ApiClient, make: Make
) -> None:
    sure, unsure = await make.organization(commune=THAI_BINH), await make.organization(commune=VAY_NUA)
    group = await make.group(commune=VAY_NUA)
    asked = {"commune_code": THONG_NHAT, "commune_map": "2025"}
    page = ok(await registry.get(ORGANIZATIONS, params={**asked, "count": "exact"}))
    ids = await listed(registry, **asked)
    assert sure.id in ids
    assert unsure.id not in ids
    uncertain = await listed(registry, **asked, placement="uncertain")
    assert {unsure.id, group.id} <= uncertain
    assert page["uncertain_count"] == len(uncertain)
    narrower = ok(await registry.get(ORGANIZATIONS, params={**asked, "type": "cooperative_group"}))
    assert narrower["uncertain_count"] == len(
        await listed(registry, **asked, placement="uncertain", type="cooperative_group")
    )
    assert ok(await registry.get(ORGANIZATIONS))["uncertain_count"] is None
    assert ok(await registry.get(ORGANIZATIONS, params={**asked, "placement": "uncertain"}))["uncertain_count"] is None
    # Divided between two: it may lie in either, and is the work list of whoever places them.
    assert unsure.id in await listed(registry, commune_code=TIEN_PHONG, commune_map="2025", placement="uncertain")
    assert unsure.id in await listed(registry, placement="uncertain")
    assert sure.id not in await listed(registry, placement="uncertain")
    # On its own map there is nothing to ask.
    assert unsure.id in await listed(registry, commune_code=VAY_NUA, commune_map="2008")


async def test_nobody_is_told_of_what_lies_uncertain_beyond_the_area(registry: ApiClient, make: Make) -> None:
    await make.organization(commune=VAY_NUA)
    asked = {"commune_code": THONG_NHAT, "commune_map": "2025"}
    foreign = registry.as_(area="40-2025")
    assert ok(await foreign.get(ORGANIZATIONS, params=asked))["uncertain_count"] == 0
    assert await listed(foreign, placement="uncertain", **asked) == set()


async def test_an_officer_places_a_seat_and_it_is_no_move(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization(commune=VAY_NUA)
    assert organization.seat_2025 == {"commune_code": None, "commune_name": None, "placement": "uncertain"}
    after = await placed(registry, organization, THONG_NHAT, reason="Đã xác minh với UBND xã")
    shown = {"commune_code": THONG_NHAT, "commune_name": "Phường Thống Nhất", "placement": "placed"}
    assert after["seat_2025"] == shown
    assert (after["seat"], after["version"], after["warnings"]) == (organization.seat, 2, [])
    asked = {"commune_code": THONG_NHAT, "commune_map": "2025"}
    assert organization.id in await listed(registry, **asked)
    assert organization.id in await listed(registry, **asked, placement="placed")
    assert organization.id not in await listed(registry, **asked, placement="uncertain")
    assert organization.id not in await listed(registry, commune_code=TIEN_PHONG, commune_map="2025")
    assert organization.id not in await listed(registry, placement="uncertain")
    # It lay there all along.
    assert organization.id in await listed(registry, **asked, as_of="2021-01-01")
    history = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    assert [(entry["action"], entry["changed"]) for entry in history][1] == ("changed", ["seat_2025"])
    assert history[1]["reason"] == "Đã xác minh với UBND xã"
    assert ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/seat-changes"))["items"] == []
    told = await db.fetch("SELECT type, changed FROM change WHERE resource_id = $1 ORDER BY seq", organization.id)
    assert [(row["type"], row["changed"]) for row in told][1:] == [("organization.changed", ["seat_2025"])]


async def test_a_placement_can_be_taken_back(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=VAY_NUA)
    await placed(registry, organization, THONG_NHAT)
    after = await placed(registry, organization, None)
    assert after["seat_2025"]["placement"] == "uncertain"


async def test_a_new_organization_may_say_where_it_lies_today(registry: ApiClient) -> None:
    body = a_cooperative(commune=VAY_NUA, seat_2025={"commune_code": TIEN_PHONG, "commune_map": "2025"})
    organization = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    assert (organization["seat_2025"]["commune_code"], organization["seat_2025"]["placement"]) == (TIEN_PHONG, "placed")


@pytest.mark.parametrize(
    ("seat", "commune", "fault"),
    [
        (VAY_NUA, VIET_TRI, "not_a_successor"),
        (VAY_NUA, TAN_DAN, "unknown_commune"),
        (TAN_DAN, THONG_NHAT, "not_a_successor"),
        ("00000", VIET_TRI, "commune_unknown"),
        (VAY_NUA, "5", "wrong_format"),
    ],
)
async def test_a_seat_is_placed_only_where_its_commune_went(
    registry: ApiClient, make: Make, seat: str, commune: str, fault: str
) -> None:
    where = {"province": "25-2008"} if seat == "00000" else {}
    organization = await make.organization(seat=a_seat(seat, **where))
    path = f"{ORGANIZATIONS}/{organization.id}"
    response = await registry.patch(path, json={"seat_2025": {"commune_code": commune}}, headers=etag(organization))
    assert faults(response) == {("/seat_2025/commune_code", fault)}


async def test_what_is_certain_needs_no_officer(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=TAN_DAN)
    assert (organization.seat_2025["commune_code"], organization.seat_2025["placement"]) == (VIET_TRI, "certain")
    after = await placed(registry, organization, VIET_TRI)
    assert (after["version"], after["seat_2025"]) == (1, organization.seat_2025)


async def test_the_placement_of_a_seat_goes_with_the_seat(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=VAY_NUA)
    await placed(registry, organization, THONG_NHAT)
    move = await make.move(organization, TAN_DAN, "2022-07-01")
    asked = {"commune_code": THONG_NHAT, "commune_map": "2025"}
    assert organization.id not in await listed(registry, **asked)
    assert organization.id in await listed(registry, **asked, as_of="2022-06-30")
    assert (await make.now(organization)).seat_2025["commune_code"] == VIET_TRI
    # The move is corrected into a divided commune, placed, and corrected again: nobody has said where that lies.
    moves = f"{PATH}/seat-changes/{move.id}"
    corrected = ok(await registry.patch(moves, json={"seat": a_seat(VAY_NUA, address="Khu 2")}, headers=etag(move)))
    await placed(registry, organization, TIEN_PHONG)
    assert ok(await registry.get(moves)) == corrected
    assert (await make.now(organization)).seat_2025["commune_code"] == TIEN_PHONG
    ok(await registry.patch(moves, json={"seat": a_seat(VAY_NUA, address="Khu 3")}, headers=etag(corrected)))
    assert (await make.now(organization)).seat_2025["commune_code"] == TIEN_PHONG
    assert (await make.now(organization, as_of="2022-06-30")).seat_2025["commune_code"] == THONG_NHAT
    again = ok(await registry.get(moves))
    corrected = ok(await registry.patch(moves, json={"seat": a_seat("04957")}, headers=etag(again)))
    ok(await registry.patch(moves, json={"seat": a_seat(VAY_NUA)}, headers=etag(corrected)))
    assert (await make.now(organization)).seat_2025["placement"] == "uncertain"


async def test_another_first_seat_forgets_where_the_one_before_lay(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=VAY_NUA)
    await placed(registry, organization, THONG_NHAT)
    after = await make.changed(organization, seat=a_seat("04957"), corrects_opening=True, reason="Nhập nhầm xã")
    assert after.seat_2025["placement"] == "uncertain"
    correction = {"seat": a_seat(VAY_NUA), "corrects_opening": True, "reason": "Đúng là xã cũ"}
    back = await placed(registry, organization, TIEN_PHONG, **correction)
    assert (back["seat_2025"]["commune_code"], back["seat"]["commune_code"]) == (TIEN_PHONG, VAY_NUA)


async def test_only_officers_place_a_seat(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=VAY_NUA)
    path, body = f"{ORGANIZATIONS}/{organization.id}", {"seat_2025": {"commune_code": THONG_NHAT}}
    reader = registry.as_(scope="registry.read")
    assert_problem(await reader.patch(path, json=body, headers=etag(organization)), 403, "scope_missing")
    foreign = registry.as_(area="40-2025")
    assert_problem(await foreign.patch(path, json=body, headers=etag(organization)), 404, "not_found")
    assert_problem(await registry.patch(path, json=body, headers={"If-Match": '"9"'}), 412, "stale")


async def test_a_district_of_2008_is_a_filter(registry: ApiClient, make: Make) -> None:
    inside, outside = await make.organization(commune=GIA_CAM), await make.organization(commune=THAI_BINH)
    named = await make.organization(seat=a_seat("00000", province="25-2008", district_name="Thành phố Việt Trì"))
    new = await a_seat_on_2025(make, VIET_TRI)
    for district in (DISTRICT_VIET_TRI, DISTRICT_VIET_TRI[:3]):
        ids = await listed(registry, district=district)
        assert {inside.id, named.id} <= ids
        assert outside.id not in ids
    page = ok(await registry.get(ORGANIZATIONS, params={"district": DISTRICT_VIET_TRI}))
    uncertain = await listed(registry, district=DISTRICT_VIET_TRI, placement="uncertain")
    assert page["uncertain_count"] == len(uncertain)
    assert new.id in await listed(registry, district=DISTRICT_VIET_TRI)
    assert faults(await registry.get(ORGANIZATIONS, params={"district": "999"})) == {("district", "unknown_district")}


async def test_the_placements_share_the_organizations_among_them(registry: ApiClient, make: Make) -> None:
    for seat in (VAY_NUA, TAN_DAN):
        await make.organization(commune=seat)
    await make.organization(seat=a_seat("00000", province="25-2008"))
    await a_seat_on_2025(make, VIET_TRI)
    await placed(registry, await make.organization(commune=VAY_NUA), THONG_NHAT)
    everyone = await every_item(registry, ORGANIZATIONS)
    for placement in ("certain", "placed", "uncertain", "unknown"):
        shown = {item["id"] for item in everyone if item["seat_2025"]["placement"] == placement}
        assert shown == await listed(registry, placement=placement) != set()
    two = await listed(registry, placement=["placed", "uncertain"])
    assert two == await listed(registry, placement="placed") | await listed(registry, placement="uncertain")


async def test_a_commune_shows_what_it_was_made_of_and_what_it_went_into(registry: ApiClient) -> None:
    new = ok(await registry.get(f"{PATH}/admin-units/{VIET_TRI}-2025"))
    assert (new["successors"], new["lineage"]) == ([], "compared")
    assert [(unit["id"], unit["part"]) for unit in new["predecessors"]] == [
        (f"{code}-2008", "whole") for code in ("07888", "07897", "07900", "07930", "07933")
    ]
    assert new["predecessor_ids"] == [unit["id"] for unit in new["predecessors"]]
    old = ok(await registry.get(f"{PATH}/admin-units/{VAY_NUA}-2008"))
    assert [(unit["id"], unit["full_name"], unit["part"]) for unit in old["successors"]] == [
        ("04828-2025", "Phường Thống Nhất", "part"),
        ("04891-2025", "Xã Tiền Phong", "part"),
    ]
    island = ok(await registry.get(f"{PATH}/admin-units/26732-2025"))
    assert (island["predecessors"], island["lineage"]) == ([], "none")
    province = ok(await registry.get(f"{PATH}/admin-units/17-2008"))
    assert [(unit["name"], unit["confidence"]) for unit in province["successors"]] == [("Phú Thọ", "official")]


async def figures(client: ApiClient, **asked: Any) -> dict[str | None, dict[str, Any]]:
    """Return the figure of cooperatives by group, every one compared with the list that is its evidence."""
    params = {"indicators": "cooperatives_total", "from": "2021-01-01", "to": "2026-06-30", **asked}
    items = ok(await client.get(f"{PATH}/indicator-values", params=params))["items"]
    for item in items:
        if item["value"]:
            assert ok(await client.get(item["evidence"] + "&count=exact"))["count"] == item["value"], item
    return {item["group"]: item for item in items}


async def test_a_figure_by_commune_holds_the_old_ones_and_names_those_that_have_none(
    registry: ApiClient, make: Make
) -> None:
    await make.coverage(province="17-2008")
    await make.coverage(province="25-2008")
    whole = ok(
        await registry.get(
            f"{PATH}/indicator-values",
            params={
                "indicators": "cooperatives_total",
                "from": "2021-01-01",
                "to": "2026-06-30",
                "province": "25-2025",
            },
        )
    )["items"][0]["value"]
    before = await figures(registry, province="25-2025", group_by="commune")
    for seat in (a_seat(TAN_DAN), a_seat(GIA_CAM), a_seat(VIET_TRI, "2025"), a_seat(THAI_BINH), a_seat(VAY_NUA)):
        await make.organization(seat=seat)
    after = await figures(registry, province="25-2025", group_by="commune")
    grown = {group: item["value"] - before[group]["value"] for group, item in after.items() if group in before}
    assert {group: more for group, more in grown.items() if more} | {"04891-2008": 1} == {
        f"{VIET_TRI}-2025": 3,
        f"{THONG_NHAT}-2025": 1,
        f"{VAY_NUA}-2008": 1,
    }
    assert after[f"{THONG_NHAT}-2025"]["uncertain_count"] == after[f"{VAY_NUA}-2008"]["value"]
    assert after[f"{VAY_NUA}-2008"]["uncertain_count"] is None
    # Every commune of the covered provinces, and of no others: 26-2008 is not covered.
    communes = ok(await registry.get(f"{PATH}/admin-units", params={"province": "25-2025", "map": "2025"}))["items"]
    covered = {unit["id"] for unit in communes if unit["id"] in after}
    assert len(covered) == 112
    assert [group for group, item in after.items() if item["value"] == 0 and str(group).endswith("2025")]
    assert sum(item["value"] for item in after.values()) == whole + 5


async def test_a_figure_by_commune_of_2008_keeps_to_that_map(registry: ApiClient, make: Make) -> None:
    await make.coverage(province="25-2008")
    await make.organization(commune=GIA_CAM)
    await a_seat_on_2025(make, VIET_TRI)
    asked = {"province": "25-2008", "group_by": "commune", "geography": "2008"}
    by_commune = await figures(registry, **asked)
    assert by_commune[f"{GIA_CAM}-2008"]["value"] >= 1
    assert by_commune[f"{GIA_CAM}-2008"]["uncertain_count"] == by_commune[f"{VIET_TRI}-2025"]["value"] >= 1
    assert {group for group, item in by_commune.items() if item["value"] == 0} >= {"08533-2008"}


async def test_a_figure_by_district_holds_what_lies_in_it(registry: ApiClient, make: Make) -> None:
    await make.coverage(province="25-2008")
    asked = {"province": "25-2008", "group_by": "district"}
    before = await figures(registry, **asked)
    await make.organization(commune=GIA_CAM)
    await make.organization(seat=a_seat("00000", province="25-2008", district_name="Thành phố Việt Trì"))
    await a_seat_on_2025(make, VIET_TRI)
    after = await figures(registry, **asked)
    assert after[DISTRICT_VIET_TRI]["value"] == before[DISTRICT_VIET_TRI]["value"] + 3
    districts = ok(await registry.get(f"{PATH}/admin-units", params={"province": "25-2008", "level": "district"}))[
        "items"
    ]
    assert {unit["id"] for unit in districts} <= after.keys()


async def test_a_placed_seat_is_counted_where_it_was_placed(registry: ApiClient, make: Make) -> None:
    await make.coverage(province="17-2008")
    asked = {"province": "17-2008", "group_by": "commune"}
    organization = await make.organization(commune=VAY_NUA)
    before = await figures(registry, **asked)
    await placed(registry, organization, THONG_NHAT)
    after = await figures(registry, **asked)
    assert after[f"{THONG_NHAT}-2025"]["value"] == before[f"{THONG_NHAT}-2025"]["value"] + 1
    registered = await figures(
        registry, **asked, indicators="cooperatives_new", **{"from": "2020-01-01", "to": "2025-12-31"}
    )
    assert registered[f"{THONG_NHAT}-2025"]["value"] >= 1


async def test_units_without_coverage_are_not_said_to_have_none(registry: ApiClient) -> None:
    values = await figures(registry.as_(area="40-2025"), province="40-2025", group_by="commune")
    assert [(group, item["status"]) for group, item in values.items()] == [(None, "not_reported")]
