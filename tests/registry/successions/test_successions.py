"""Which organizations came out of which: divided, separated, consolidated, merged, each in its own shape."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, a_succession
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

SUCCESSIONS = f"{PATH}/successions"


@pytest.fixture
async def four(make: Make) -> list[str]:
    """The ids of four cooperatives."""
    return [(await make.organization()).id for _ in range(4)]


async def refused(registry: ApiClient, kind: str, before: list[Any], after: list[Any]) -> set[tuple[str, str]]:
    return faults(await registry.post(SUCCESSIONS, json=a_succession(kind, before, after)))


async def test_each_kind_has_its_shape_and_names_both_sides(registry: ApiClient, four: list[str]) -> None:
    one, two, three, four_ = four
    for kind, before, after in (
        ("division", [one], [two, three]),
        ("separation", [one], [one, two]),
        ("consolidation", [one, two], [three]),
        ("merger", [one, two, three], [two]),
    ):
        succession = ok(await registry.post(SUCCESSIONS, json=a_succession(kind, before, after)), 201)
        for side, ids in (("predecessors", before), ("successors", after)):
            assert [party["organization_id"] for party in succession[side]] == ids
            assert [party["organization"]["id"] for party in succession[side]] == ids
        assert ok(await registry.get(f"{SUCCESSIONS}/{succession['id']}")) == succession
    page = ok(await registry.get(SUCCESSIONS, params={"organization_id": three, "sort": "id"}))
    assert [item["kind"] for item in page["items"]] == ["division", "consolidation", "merger"]
    assert ok(await registry.get(SUCCESSIONS, params={"organization_id": four_}))["items"] == []
    assert ok(await registry.get(SUCCESSIONS, params={"kind": "merger"}))["items"][0]["successors"][0]["organization"]


async def test_another_shape_than_that_of_its_kind_is_refused(registry: ApiClient, four: list[str]) -> None:
    one, two, three, _ = four
    assert await refused(registry, "division", [one, two], [three]) == {("/predecessors", "wrong_number")}
    assert await refused(registry, "division", [one], [two]) == {("/successors", "wrong_number")}
    assert await refused(registry, "division", [one], [two, one]) == {
        ("/successors/1/organization_id", "on_both_sides")
    }
    assert await refused(registry, "separation", [one], [two, three]) == {("/successors", "none_stays")}
    assert await refused(registry, "consolidation", [one], [two]) == {("/predecessors", "wrong_number")}
    assert await refused(registry, "consolidation", [one, two], [one]) == {
        ("/successors/0/organization_id", "on_both_sides")
    }
    assert await refused(registry, "merger", [one, two], [one, two]) == {("/successors", "wrong_number")}
    assert await refused(registry, "merger", [one, two], [three]) == {("/successors", "none_stays")}
    assert await refused(registry, "merger", [one, one], [one]) == {("/predecessors/1/organization_id", "given_twice")}
    assert await refused(registry, "merger", [], [one]) == {("/predecessors", "too_few")}


async def test_no_more_than_all_of_ones_assets_is_shared_out(registry: ApiClient, four: list[str]) -> None:
    one, two, three, _ = four
    above = await refused(registry, "division", [one], [(two, "60"), (three, "40.01")])
    assert above == {("/successors/1/share_percent", "above_100_percent")}
    assert await refused(registry, "merger", [(one, "100.5"), two], [one]) == {
        ("/predecessors/0/share_percent", "above_100_percent")
    }
    assert await refused(registry, "division", [(one, "100")], [two, three]) == {
        ("/predecessors/0/share_percent", "misplaced_share")
    }
    body = a_succession("division", [one], [(two, "60.5"), (three, "39.50")])
    assert [party["share_percent"] for party in ok(await registry.post(SUCCESSIONS, json=body), 201)["successors"]] == [
        "60.5",
        "39.50",
    ]
    # Each of several has assets of its own.
    ok(await registry.post(SUCCESSIONS, json=a_succession("merger", [(one, "100"), (two, "100")], [one])), 201)


async def test_it_belongs_to_the_first_predecessor_and_is_of_organizations_that_the_caller_sees(
    registry: ApiClient, make: Make, four: list[str]
) -> None:
    there = await make.organization(commune=LE_LOI)
    assert await refused(registry, "division", [four[0]], [four[1], there.id]) == {
        ("/successors/1/organization_id", "unknown_organization")
    }
    nation = registry.as_(area="VN")
    succession = ok(await nation.post(SUCCESSIONS, json=a_succession("division", [there.id], four[:2])), 201)
    assert succession["alliance"] == "40-2025"
    assert_problem(await registry.get(f"{SUCCESSIONS}/{succession['id']}"), 404, "not_found")


async def test_its_own_users_see_it_on_either_side_and_nobody_elses(registry: ApiClient, four: list[str]) -> None:
    body = a_succession("separation", four[:1], four[:2])
    succession = ok(await registry.post(SUCCESSIONS, json=body), 201)

    async def seen_by(organization_id: str) -> list[str]:
        own = registry.as_(scope="own.read", sub="htx", organization_id=organization_id)
        return [item["id"] for item in ok(await own.get(SUCCESSIONS))["items"]]

    assert [await seen_by(each) for each in four[:3]] == [[succession["id"]], [succession["id"]], []]
    stranger = registry.as_(scope="own.read", sub="htx", organization_id=four[2])
    assert_problem(await stranger.get(f"{SUCCESSIONS}/{succession['id']}"), 404, "not_found")


async def test_it_is_sent_again_followed_and_deleted(registry: ApiClient, four: list[str]) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    body = {**a_succession("merger", four[:2], four[:1]), "id": new_id()}
    succession = ok(await registry.post(SUCCESSIONS, json=body), 201)
    assert ok(await registry.post(SUCCESSIONS, json=body)) == succession
    assert_problem(await registry.post(SUCCESSIONS, json={**body, "decision_number": "9"}), 409, "id_in_use")
    gone = await registry.delete(f"{SUCCESSIONS}/{body['id']}?reason=nhập nhầm", headers=etag(succession))
    assert gone.status_code == 204
    history = ok(await registry.get(f"{SUCCESSIONS}/{body['id']}/history"))["items"]
    assert [each["action"] for each in history] == ["created", "removed"]
    await follower.assert_equal()


async def test_an_organization_that_a_succession_names_is_not_deleted_and_follows_a_deduplication(
    registry: ApiClient, make: Make, four: list[str]
) -> None:
    one, two, duplicate, kept = four
    succession = ok(await registry.post(SUCCESSIONS, json=a_succession("division", [one], [two, duplicate])), 201)
    found = ok(await registry.get(SUCCESSIONS, params={"organization_id": duplicate}))["items"]
    assert [item["id"] for item in found] == [succession["id"]]
    merging = {"into": two, "reason": "Nhập hai lần"}
    both = await registry.post(f"{ORGANIZATIONS}/{duplicate}/deduplication", json=merging)
    overlaps = [{"resource_type": "succession", "record_id": succession["id"], "overlaps_id": succession["id"]}]
    assert_problem(both, 409, "records_overlap", overlaps=overlaps)
    ok(await registry.post(f"{ORGANIZATIONS}/{duplicate}/deduplication", json={**merging, "into": kept}), 201)
    moved = ok(await registry.get(f"{SUCCESSIONS}/{succession['id']}"))
    assert [party["organization_id"] for party in moved["successors"]] == [two, kept]
    back = await registry.post(f"{ORGANIZATIONS}/{duplicate}/deduplication/reversal", json={"reason": "Hai đơn vị"})
    ok(back, 201)
    again = ok(await registry.get(f"{SUCCESSIONS}/{succession['id']}"))
    assert [party["organization_id"] for party in again["successors"]] == [two, duplicate]


async def test_nothing_is_entered_of_one_that_was_merged(registry: ApiClient, make: Make, four: list[str]) -> None:
    duplicate, kept = await make.organization(), await make.organization()
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication"
    ok(await registry.post(path, json={"into": kept.id, "reason": "Nhập hai lần"}), 201)
    response = await registry.post(SUCCESSIONS, json=a_succession("merger", [four[0], duplicate.id], [four[0]]))
    assert_problem(response, 409, "organization_merged", merged_into=kept.id)
