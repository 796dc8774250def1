"""Followers of the nation and of two alliances, through moves and removals: each holds exactly what its area holds."""

from __future__ import annotations

import pytest

from tests.registry.builders import DONG_VINH, GIA_CAM, LE_LOI, ORGANIZATIONS, PATH, TAN_DAN, Make, a_seat
from tests.support.answers import etag, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

AREAS = ("VN", "25-2025", "40-2025")


@pytest.fixture
def followers(registry: ApiClient) -> dict[str, Followed]:
    """A follower for each area, which has not begun yet."""
    return {area: Followed(registry.as_(area=area, scope="sync.read"), "registry") for area in AREAS}


async def begin(followers: dict[str, Followed]) -> None:
    for follower in followers.values():
        await follower.begin()


async def assert_equal(followers: dict[str, Followed]) -> None:
    for follower in followers.values():
        await follower.assert_equal()


async def test_a_move_is_a_removal_only_for_the_alliance_that_loses_the_record(
    followers: dict[str, Followed], make: Make
) -> None:
    organization = await make.organization(commune=GIA_CAM)
    facts = [
        await make.membership(organization),
        await make.fact("products", organization),
        await make.fact("certificates", organization),
    ]
    await begin(followers)
    await make.move(organization, LE_LOI, on="2023-01-01")
    await assert_equal(followers)
    for id_ in (organization.id, *(fact.id for fact in facts)):
        assert followers["VN"].told_of(id_) == [("changed", 2)], "who still sees it is told of no removal"
        assert followers["25-2025"].told_of(id_) == [("removed", 2)], "above version 1, which it saw last"
        assert followers["40-2025"].told_of(id_) == [("changed", 2)]
    assert len(followers["VN"].copy.records("organization")) == 1
    assert followers["25-2025"].copy.records("organization") == []


async def test_through_moves_there_and_back_corrections_and_removals_all_three_stay_equal(
    followers: dict[str, Followed], make: Make, registry: ApiClient
) -> None:
    nation = registry.as_(area="VN", sub="builder")
    stays, moves, returns = [await make.organization(commune=GIA_CAM) for _ in range(3)]
    comes = await make.organization(commune=DONG_VINH)
    for changed in (stays, moves, returns, comes):
        await make.membership(changed)
        await make.fact("products", changed)
    await begin(followers)
    await make.move(moves, LE_LOI, on="2022-01-01")
    back = await make.move(returns, LE_LOI, on="2022-01-01")
    await make.move(comes, TAN_DAN, on="2022-02-01")
    await assert_equal(followers)
    # A move that is taken back, one that is corrected to a third place, one that returns by another move.
    assert (await nation.delete(f"{PATH}/seat-changes/{back.id}", headers=etag(back))).status_code == 204
    again = await make.move(stays, LE_LOI, on="2022-05-01")
    await make.move(moves, GIA_CAM, on="2023-03-01")
    body = {"seat": a_seat(DONG_VINH)}
    ok(await nation.patch(f"{PATH}/seat-changes/{again.id}", json=body, headers=etag(again)))
    await assert_equal(followers)
    for changed in (moves, comes):
        product = await make.fact("products", changed)
        assert (await nation.delete(f"{PATH}/products/{product.id}", headers=etag(product))).status_code == 204
    await make.changed(returns, name_short="Trở Về")
    organization = await make.organization(commune=LE_LOI)
    await make.move(organization, GIA_CAM, on="2023-06-01")
    await make.move(organization, LE_LOI, on="2023-07-01")
    await assert_equal(followers)
    assert followers["25-2025"].told_of(organization.id) == [("changed", 2), ("removed", 3)], (
        "a first event may be a change"
    )


async def test_a_record_that_is_made_and_moved_between_two_looks_is_nobodys_twice(
    followers: dict[str, Followed], make: Make
) -> None:
    await begin(followers)
    organization = await make.organization(commune=GIA_CAM)
    await make.move(organization, LE_LOI, on="2023-01-01")
    await make.move(organization, GIA_CAM, on="2023-02-01")
    await make.move(organization, LE_LOI, on="2023-03-01")
    await assert_equal(followers)
    assert followers["25-2025"].told_of(organization.id) == [
        ("created", 1),
        ("removed", 2),
        ("changed", 3),
        ("removed", 4),
    ]
    assert followers["VN"].told_of(organization.id) == [("created", 1), ("changed", 2), ("changed", 3), ("changed", 4)]


async def test_the_feed_lists_its_types_each_with_its_export_and_the_cursor_to_keep(registry: ApiClient) -> None:
    types = ok(await registry.get(f"{PATH}/changes/types"))
    names = [item["type"] for item in types["items"]]
    assert names[0] == types["keep_cursor_of"] == "organization"
    assert {"status_change", "seat_change", "alliance_membership", "product", "certificate", "coverage"} < set(names)
    assert [item["export_type"] for item in types["items"]] == names
    assert types["items"][0]["resource"] == ORGANIZATIONS
    assert types["exports"] == f"{PATH}/exports"
