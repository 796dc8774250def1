"""Moves of the seat, within the alliance's area and out of it."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Database
from tests.registry.builders import (
    DONG_VINH,
    FACTS,
    GIA_CAM,
    LE_LOI,
    ORGANIZATIONS,
    PATH,
    TAN_DAN,
    THAI_BINH,
    Make,
    Record,
    a_move,
    a_seat,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

MOVES = f"{PATH}/seat-changes"
_FEED = """SELECT type, resource_id::text, resource_version, alliance, reason FROM change
            WHERE resource_version > $1 ORDER BY xid, seq"""


async def test_a_move_within_the_area_changes_the_seat_from_its_day(make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    await make.move(organization, THAI_BINH, on="2022-07-01", seat=a_seat(THAI_BINH, address="Tổ 4"))
    now = await make.now(organization)
    assert (now.seat["commune_code"], now.seat["address"], now.seat["province_2008"]) == (
        THAI_BINH,
        "Tổ 4",
        "17-2008",
    )
    assert (now.alliance, now.version) == ("25-2025", 2)
    assert (await make.now(organization, as_of="2022-06-30")).seat["commune_code"] == GIA_CAM


async def test_the_redrawn_map_is_a_move_on_paper(make: Make) -> None:
    organization = await make.organization(commune="04795")
    await make.move(organization, "04795", on="2025-07-01", seat=a_seat("04795", "2025"))
    old, new = await make.now(organization, as_of="2025-06-30"), await make.now(organization)
    assert (old.seat["commune_map"], old.seat["commune_name"]) == ("2008", "Thịnh Lang")
    assert (new.seat["commune_map"], new.seat["commune_name"]) == ("2025", "Hoà Bình")
    assert (old.seat["province_2025"], new.seat["province_2008"]) == ("25-2025", "17-2008")


async def test_facts_lie_where_the_organization_lay_on_their_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    before = await make.membership(organization, admitted_on="2021-01-01", left_on="2021-12-31")
    await make.move(organization, THAI_BINH, on="2022-07-01")
    after = await make.membership(organization, admitted_on="2023-01-01")

    async def in_province(province: str) -> list[str]:
        items = await every_item(registry, f"{PATH}/alliance-memberships", province=province)
        return [item["id"] for item in items]

    assert await in_province("25-2008") == [before.id]
    assert await in_province("17-2008") == [after.id]
    # The move itself lies where it led to: that is where the organization lay on its day.
    assert [m["seat"]["commune_code"] for m in await every_item(registry, MOVES, province="17-2008")] == [THAI_BINH]


async def test_a_move_entered_late_places_facts_anew(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    membership = await make.membership(organization, admitted_on="2021-01-01")
    move = await make.move(organization, THAI_BINH, on="2020-07-01")
    path = f"{PATH}/alliance-memberships"
    assert [m["id"] for m in await every_item(registry, path, province="17-2008")] == [membership.id]
    later = await registry.patch(f"{MOVES}/{move.id}", json={"effective_on": "2021-07-01"}, headers=etag(move))
    assert ok(later)["version"] == 2
    assert await every_item(registry, path, province="17-2008") == []
    assert [m["id"] for m in await every_item(registry, path, province="25-2008")] == [membership.id]


async def test_a_move_to_another_alliance_hands_everything_over(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    facts = {plural: await make.fact(plural, organization) for plural in FACTS}
    latest = max(fact.version for fact in facts.values())
    assert latest == 1
    answer = ok(
        await registry.post(
            f"{ORGANIZATIONS}/{organization.id}/seat-changes", json=a_move(LE_LOI, effective_on="2023-01-01")
        ),
        201,
    )
    assert (answer["alliance"], answer["seat"]["province_2025"]) == ("40-2025", "40-2025")
    there = registry.as_(area="40-2025")
    paths = [f"{ORGANIZATIONS}/{organization.id}", f"{MOVES}/{answer['id']}"]
    paths += [f"{PATH}/{plural}/{fact.id}" for plural, fact in facts.items()]
    for path in paths:
        assert_problem(await registry.get(path), 404, "not_found")
        assert_problem(await registry.get(f"{path}/history"), 404, "not_found")
        assert ok(await there.get(path))["alliance"] == "40-2025"
    # The past is handed over as well: where it lay then no longer says who may see it.
    assert await every_item(registry, ORGANIZATIONS, as_of="2022-12-31") == []
    assert len(await every_item(there, ORGANIZATIONS, as_of="2022-12-31", province="25-2008")) == 1


async def test_records_that_left_say_so_in_the_feed_of_the_old_alliance(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization(commune=GIA_CAM)
    membership = await make.membership(organization)
    product = await make.fact("products", organization)
    path = f"{ORGANIZATIONS}/{organization.id}/seat-changes"
    move = ok(await registry.post(path, json=a_move(LE_LOI, effective_on="2023-01-01")), 201)
    assert move["version"] == 2
    feed = [tuple(row.values()) for row in await db.fetch(_FEED, 1)]
    owned = [("seat_change", move["id"]), ("alliance_membership", membership.id), ("product", product.id)]
    expected = [("organization", organization.id), *owned]
    assert {(t, i, a, r) for t, i, _, a, r in feed} == {
        event
        for name, id_ in expected
        for event in (
            (f"{name}.changed", id_, "40-2025", None),
            (f"{name}.removed", id_, "25-2025", "out_of_scope"),
        )
    }
    assert {version for _, _, version, _, _ in feed} == {2}


async def test_moving_back_brings_the_records_back(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    membership = await make.membership(organization)
    await make.move(organization, LE_LOI, on="2023-01-01")
    await make.move(organization, TAN_DAN, on="2024-01-01")
    assert ok(await registry.get(f"{PATH}/alliance-memberships/{membership.id}"))["version"] == 3
    assert len(await every_item(registry, MOVES)) == 2


async def test_a_move_out_that_is_taken_back_returns_everything(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    membership = await make.membership(organization)
    move = await make.move(organization, LE_LOI, on="2023-01-01")
    there = registry.as_(area="40-2025")
    assert (await there.delete(f"{MOVES}/{move.id}", headers=etag(move))).status_code == 204
    assert ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}"))["alliance"] == "25-2025"
    assert ok(await registry.get(f"{PATH}/alliance-memberships/{membership.id}"))["alliance"] == "25-2025"
    assert_problem(await there.get(f"{ORGANIZATIONS}/{organization.id}"), 404, "not_found")


async def test_a_move_corrected_to_another_alliance_hands_over(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    move = await make.move(organization, TAN_DAN, on="2023-01-01")
    response = await registry.patch(f"{MOVES}/{move.id}", json={"seat": a_seat(DONG_VINH)}, headers=etag(move))
    assert (ok(response)["alliance"], ok(response)["version"]) == ("40-2025", 3)
    assert_problem(await registry.get(f"{ORGANIZATIONS}/{organization.id}"), 404, "not_found")


async def test_a_past_move_through_another_alliance_changes_no_owner(make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    await make.move(organization, TAN_DAN, on="2023-01-01")
    await make.move(organization, LE_LOI, on="2022-01-01")
    now = await make.now(organization)
    assert (now.alliance, now.version) == ("25-2025", 2)
    assert (await make.now(organization, as_of="2022-06-01")).seat["province_2025"] == "40-2025"


async def test_an_officer_cannot_fetch_an_organization_of_another_alliance(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    body: dict[str, Any] = {**a_move(GIA_CAM), "organization_id": abroad.id}
    response = await registry.post(MOVES, json=body)
    assert faults(response) == {("/organization_id", "unknown_organization")}
    assert Record(await make.now(abroad)).alliance == "40-2025"
