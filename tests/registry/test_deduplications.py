"""A cooperative that was entered twice: put together with the other, it counts once; taken apart, all is as before."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from kernel.values.ids import new_id
from tests.registry.builders import FACTS, LE_LOI, ORGANIZATIONS, PATH, TAN_DAN, Make, Record, a_product
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

TWICE = "Cùng một hợp tác xã, nhập hai lần"
_FIGURES = ("cooperatives_total", "cooperatives_operating", "cooperatives_new", "cooperatives_dissolved")
_MOVING = (
    "alliance-memberships",
    "products",
    "certificates",
    "inspections",
    "dissolution-cases",
    "models",
    "organization-statistics",
)
_STAYING = ("status-changes", "seat-changes", "type-conversions")


def path_of(organization: Record) -> str:
    return f"{ORGANIZATIONS}/{organization.id}/deduplication"


async def merge(registry: ApiClient, organization: Record, into: Record, **params: Any) -> httpx.Response:
    return await registry.post(path_of(organization), json={"into": into.id, "reason": TWICE}, params=params)


async def undo(registry: ApiClient, organization: Record) -> httpx.Response:
    return await registry.post(f"{path_of(organization)}/reversal", json={"reason": "Là hai hợp tác xã"})


async def figures(registry: ApiClient) -> dict[str, Any]:
    params = {
        "indicators": ",".join((*_FIGURES, "alliance_member_cooperatives_total", "ocop_producers")),
        "from": "2020-01-01",
        "to": "2023-12-31",
        "province": "25-2025",
    }
    items = ok(await registry.get(f"{PATH}/indicator-values", params=params))["items"]
    return {f"{item['indicator']} {item['scope']}": item["value"] for item in items}


async def doubled(make: Make, **fields: Any) -> tuple[Record, Record]:
    """Make a cooperative that was entered twice; the duplicate has a fact of every kind."""
    kept, duplicate = await make.organization(), await make.organization(**fields)
    await make.coverage(province="25-2025")
    for plural in FACTS:
        await make.fact(plural, duplicate)
    return kept, await make.now(duplicate)


async def facts(registry: ApiClient, organization: Record) -> dict[str, list[str]]:
    return {
        plural: [each["id"] for each in await every_item(registry, f"{ORGANIZATIONS}/{organization.id}/{plural}")]
        for plural in FACTS
    }


async def test_what_it_did_follows_and_what_made_it_what_it_was_stays(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await doubled(make)
    before = await facts(registry, duplicate)
    answer = ok(await merge(registry, duplicate, kept), 201)
    assert (answer["organization"]["id"], answer["into"]["id"], answer["dry_run"]) == (duplicate.id, kept.id, False)
    assert {each["id"] for each in answer["moved"]} == {id_ for plural in _MOVING for id_ in before[plural]}
    assert ok(await registry.get(path_of(duplicate))) == answer
    assert await facts(registry, kept) == {**{key: [] for key in FACTS}, **{name: before[name] for name in _MOVING}}
    assert await facts(registry, duplicate) == {**before, **{key: [] for key in _MOVING}}


async def test_figures_and_lists_count_one_and_no_dissolution(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await doubled(make)
    ended = await make.organization()
    await make.status(ended, "ended", "2022-05-01")
    before = await figures(registry)
    assert (before["cooperatives_total province"], before["cooperatives_dissolved province"]) == (2, 1)
    ok(await merge(registry, duplicate, kept), 201)
    after = await figures(registry)
    assert (after["cooperatives_total province"], after["cooperatives_dissolved province"]) == (1, 1)
    assert after["cooperatives_new province"] == before["cooperatives_new province"] - 1
    assert after["ocop_producers province"] == before["ocop_producers province"] == 1
    assert after["alliance_member_cooperatives_total alliance"] == 1
    listed = {each["id"] for each in await every_item(registry, ORGANIZATIONS)}
    assert listed == {kept.id, ended.id}
    assert ok(await registry.get(f"{ORGANIZATIONS}?count=exact&as_of=2023-01-01"))["count"] == 2
    # One that ended since was there to be merged as well: it is no dissolution either.
    ok(await merge(registry, ended, kept), 201)
    assert (await figures(registry))["cooperatives_dissolved province"] == 0


async def test_old_id_code_and_keys_are_answered_with_where_it_went(registry: ApiClient, make: Make) -> None:
    key = {"system": "national_coop_system", "value": "HTX-00123"}
    kept, duplicate = await make.organization(), await make.organization(external_ids=[key], legacy_number="GCN-77")
    ok(await merge(registry, duplicate, kept), 201)
    assert (await make.now(duplicate)).merged_into == kept.id
    assert (await make.now(kept)).merged_into is None
    for query in (f"code={duplicate.code}", "legacy_number=GCN-77", "external_id=national_coop_system:HTX-00123"):
        (item,) = await every_item(registry, f"{ORGANIZATIONS}?{query}")
        assert (item["id"], item["merged_into"]) == (duplicate.id, kept.id)
    (found,) = ok(await registry.post(f"{ORGANIZATIONS}/lookup", json={"codes": [duplicate.code]}))["items"]
    assert found["organization"]["merged_into"] == kept.id
    body = {"type": "cooperative", "name": "HTX Mới", "code": duplicate.code, "seat": _seat(kept)}
    assert_problem(await registry.post(ORGANIZATIONS, json=body), 409, "code_in_use", organization_id=duplicate.id)
    versions = ok(await registry.get(f"{ORGANIZATIONS}/{duplicate.id}/history"))["items"]
    assert [(each["action"], each["reason"]) for each in versions] == [("created", None), ("merged", TWICE)]


def _seat(organization: Record) -> dict[str, Any]:
    return {name: organization.seat[name] for name in ("commune_code", "commune_map")}


@pytest.mark.parametrize("fields", [{}, {"registered_on": None}], ids=["dated", "undated"])
async def test_taken_apart_everything_is_as_before(registry: ApiClient, make: Make, fields: dict[str, Any]) -> None:
    kept, duplicate = await doubled(make, **fields)
    before = await _everything(registry, kept, duplicate)
    ok(await merge(registry, duplicate, kept), 201)
    answer = ok(await undo(registry, duplicate), 201)
    assert (answer["reversal_reason"], answer["reversed_by"]) == ("Là hai hợp tác xã", answer["deduplicated_by"])
    assert ok(await registry.get(path_of(duplicate))) == answer
    assert await _everything(registry, kept, duplicate) == before
    versions = ok(await registry.get(f"{ORGANIZATIONS}/{duplicate.id}/history"))["items"]
    assert [each["action"] for each in versions[-2:]] == ["merged", "restored"]
    # It may turn out once more.
    ok(await merge(registry, duplicate, kept), 201)
    ok(await undo(registry, duplicate), 201)
    assert await _everything(registry, kept, duplicate) == before


async def _everything(registry: ApiClient, *organizations: Record) -> Any:
    """Return all that is said of these organizations and their facts on some days, but for versions and instants."""
    said: list[Any] = [await figures(registry)]
    for organization in organizations:
        address = f"{ORGANIZATIONS}/{organization.id}"
        for day in ("2020-06-01", "2022-03-02", "2023-12-31"):
            answer = await registry.get(address, params={"as_of": day})
            said.append(_content(answer.json()) if answer.status_code == 200 else None)
        said.append(_content(ok(await registry.get(address))))
        for plural in FACTS:
            said.append([_content(each) for each in await every_item(registry, f"{address}/{plural}")])
    return said


def _content(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ("version", "updated_at")}


async def test_what_was_entered_or_deleted_since_is_left_as_it_is(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await doubled(make)
    before = await facts(registry, duplicate)
    ok(await merge(registry, duplicate, kept), 201)
    new = await make.fact("products", kept, name="Chè đen")
    (certificate,) = await every_item(registry, f"{ORGANIZATIONS}/{kept.id}/certificates")
    removed = await registry.delete(f"{PATH}/certificates/{certificate['id']}", headers=etag(certificate))
    assert removed.status_code == 204
    ok(await undo(registry, duplicate), 201)
    assert await facts(registry, duplicate) == {**before, "certificates": []}
    assert (await facts(registry, kept))["products"] == [new.id]


async def test_a_dry_run_shows_all_that_would_move_and_keeps_nothing(registry: ApiClient, make: Make) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    kept, duplicate = await doubled(make)
    await follower.begin()
    before = await _everything(registry, kept, duplicate)
    shown = ok(await merge(registry, duplicate, kept, dry_run="true"))
    assert (shown["dry_run"], shown["elsewhere"], len(shown["moved"])) == (True, [], 7)
    assert await _everything(registry, kept, duplicate) == before
    assert_problem(await registry.get(path_of(duplicate)), 404, "not_found")
    await follower.assert_equal()
    assert follower.told_of(duplicate.id) == []
    done = ok(await merge(registry, duplicate, kept), 201)
    assert done["moved"] == shown["moved"]


async def test_files_come_along_with_the_records_that_name_them(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    scan = {"file": ("qd.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "application/pdf")}
    file = ok(await registry.post(f"{PATH}/files", files=scan), 201)
    product = await make.fact("products", duplicate, file_ids=[file["id"]])
    own = registry.as_(scope="own.read", organization_id=kept.id, sub="chairman")
    assert (await own.get(f"{PATH}/files/{file['id']}")).status_code == 404
    answer = ok(await merge(registry, duplicate, kept), 201)
    assert [(each["id"], each["file_ids"]) for each in answer["moved"]] == [(product.id, [file["id"]])]
    assert (await own.get(f"{PATH}/files/{file['id']}")).status_code == 200


async def test_followers_are_told_where_it_went_and_that_it_is_back(registry: ApiClient, make: Make) -> None:
    followers = [Followed(registry.as_(scope="sync.read", area=area), "registry") for area in ("VN", "25-2025")]
    for follower in followers:
        await follower.begin()
    kept, duplicate = await doubled(make)
    ok(await merge(registry, duplicate, kept), 201)
    for follower in followers:
        await follower.assert_equal()
    feed = await registry.as_(scope="sync.read").get(f"{PATH}/changes?types=organization&include=resource")
    (gone,) = [event for event in ok(feed)["items"] if event["type"] == "organization.removed"]
    assert (gone["resource_id"], gone["reason"], gone["merged_into"], gone["current"]) == (
        duplicate.id,
        "merged",
        kept.id,
        None,
    )
    assert gone["resource_version"] == duplicate.version + 1
    ok(await undo(registry, duplicate), 201)
    for follower in followers:
        await follower.assert_equal()
        assert follower.told_of(duplicate.id)[-2:] == [
            ("removed", duplicate.version + 1),
            ("changed", duplicate.version + 2),
        ]


async def test_memberships_of_the_same_time_are_named_and_nothing_moves(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    early = await make.membership(kept, admitted_on="2019-01-01", left_on="2020-01-01")
    one = await make.membership(kept, admitted_on="2021-06-01")
    other = await make.membership(duplicate, admitted_on="2021-01-15")
    await make.fact("products", duplicate)
    problem = assert_problem(await merge(registry, duplicate, kept), 409, "memberships_overlap")
    assert problem["memberships"] == [{"membership_id": other.id, "overlaps_id": one.id}]
    assert (await facts(registry, duplicate))["products"] != []
    leaving = {"left_on": "2021-06-01"}
    ok(await registry.patch(f"{PATH}/alliance-memberships/{other.id}", json=leaving, headers=etag(other)))
    ok(await merge(registry, duplicate, kept), 201)
    assert set((await facts(registry, kept))["alliance-memberships"]) == {early.id, one.id, other.id}


async def test_into_itself_into_a_duplicate_and_over_the_border_is_refused(registry: ApiClient, make: Make) -> None:
    one, two, three = [await make.organization() for _ in range(3)]
    elsewhere = await make.organization(commune=LE_LOI)
    nation = registry.as_(area="VN")
    assert_problem(await merge(registry, one, one), 409, "into_itself")
    assert_problem(await merge(nation, one, elsewhere), 409, "into_another_alliance", alliances=["25-2025", "40-2025"])
    assert faults(await merge(registry, one, elsewhere)) == {("/into", "unknown_organization")}
    unknown = Record(id=new_id())
    assert faults(await merge(registry, one, unknown)) == {("/into", "unknown_organization")}
    assert_problem(await merge(registry.as_(area="40-2025"), one, two), 404, "not_found")
    assert_problem(await merge(registry.as_(scope="registry.read"), one, two), 403, "scope_missing")
    ok(await merge(registry, one, two), 201)
    assert_problem(await merge(registry, one, three), 409, "organization_merged", merged_into=two.id)
    assert_problem(await merge(registry, three, one), 409, "into_duplicate", merged_into=two.id)
    assert_problem(await merge(registry, two, one), 409, "into_duplicate", merged_into=two.id)
    assert_problem(await merge(registry, two, three), 409, "has_duplicates", duplicates=[one.id])


async def test_undoing_twice_or_what_was_not_merged_is_refused(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    assert_problem(await undo(registry, duplicate), 409, "not_merged")
    ok(await merge(registry, duplicate, kept), 201)
    assert_problem(await undo(registry, kept), 409, "not_merged")
    ok(await undo(registry, duplicate), 201)
    assert_problem(await undo(registry, duplicate), 409, "not_merged")
    assert_problem(await undo(registry.as_(area="40-2025"), duplicate), 404, "not_found")


async def test_one_that_moved_away_with_a_duplicate_is_not_taken_apart_over_the_border(
    registry: ApiClient, make: Make
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    ok(await merge(registry, duplicate, kept), 201)
    await make.move(kept, LE_LOI, "2023-02-01")
    nation = registry.as_(area="VN")
    assert_problem(await undo(nation, duplicate), 409, "into_another_alliance", alliances=["25-2025", "40-2025"])


async def test_a_merged_one_is_changed_by_nothing_and_neither_is_deleted(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await doubled(make)
    stayed = await facts(registry, duplicate)
    ok(await merge(registry, duplicate, kept), 201)
    duplicate = await make.now(duplicate)
    address = f"{ORGANIZATIONS}/{duplicate.id}"
    patch = await registry.patch(address, json={"name_short": "HTX"}, headers=etag(duplicate))
    assert_problem(patch, 409, "organization_merged", merged_into=kept.id)
    for plural, build in FACTS.items():
        assert_problem(await registry.post(f"{address}/{plural}", json=build()), 409, "organization_merged")
    for plural in _STAYING:
        fact = ok(await registry.get(f"{PATH}/{plural}/{stayed[plural][0]}"))
        change = await registry.patch(f"{PATH}/{plural}/{fact['id']}", json={"reason": "x"}, headers=etag(fact))
        assert_problem(change, 409, "organization_merged")
        removal = await registry.delete(f"{PATH}/{plural}/{fact['id']}", headers=etag(fact))
        assert_problem(removal, 409, "organization_merged")
    why = {"reason": "Nhập nhầm"}
    gone = await registry.delete(address, params=why, headers=etag(duplicate))
    assert_problem(gone, 409, "organization_merged")
    kept = await make.now(kept)
    problem = assert_problem(
        await registry.delete(f"{ORGANIZATIONS}/{kept.id}", params=why, headers=etag(kept)),
        409,
        "organization_referenced",
    )
    assert ("organization", "merged_into", 1) in {
        (each["resource_type"], each["field"], each["count"]) for each in problem["references"]
    }
    row = f"type,code,name,name_short,commune_code,commune_map\r\ncooperative,{duplicate.code},{duplicate.name},X,"
    table = f"{row}{duplicate.seat['commune_code']},2008\r\n"
    files = {"file": ("ds.csv", table.encode(), "text/csv")}
    report = ok(await registry.post(f"{PATH}/imports?on_existing=update", files=files))
    assert report["items"][0]["result"] == "failed"


async def test_of_fifty_at_once_one_takes_effect(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await doubled(make)
    answers = await asyncio.gather(*(merge(registry, duplicate, kept) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 49]
    assert {answer.json().get("code") for answer in answers} == {None, "organization_merged"}
    undone = await asyncio.gather(*(undo(registry, duplicate) for _ in range(50)))
    assert sorted(answer.status_code for answer in undone) == [201, *[409] * 49]
    versions = ok(await registry.get(f"{ORGANIZATIONS}/{duplicate.id}/history"))["items"]
    assert [each["action"] for each in versions].count("merged") == 1


async def test_each_into_the_other_at_once_is_done_one_way(registry: ApiClient, make: Make) -> None:
    for _ in range(10):
        one, two = await make.organization(), await make.organization()
        answers = await asyncio.gather(merge(registry, one, two), merge(registry, two, one))
        assert sorted(answer.status_code for answer in answers) == [201, 409], [each.text for each in answers]


async def test_facts_entered_while_it_is_merged_follow_or_are_refused(registry: ApiClient, make: Make) -> None:
    for _ in range(10):
        kept, duplicate = await make.organization(), await make.organization()
        address = f"{ORGANIZATIONS}/{duplicate.id}/products"
        fact, merged = await asyncio.gather(registry.post(address, json=a_product()), merge(registry, duplicate, kept))
        assert merged.status_code == 201
        assert fact.status_code in (201, 409)
        assert await every_item(registry, address) == []
        assert len((await facts(registry, kept))["products"]) == (fact.status_code == 201)


async def test_the_same_key_again_gives_the_stored_answer(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    key = {"Idempotency-Key": new_id()}
    body = {"into": kept.id, "reason": TWICE}
    first, again = [await registry.post(path_of(duplicate), json=body, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)


async def test_where_it_lay_its_facts_count_by_the_one_that_stays(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(commune=TAN_DAN), await make.organization()
    await make.coverage(province="25-2025")
    await make.fact("products", duplicate)
    params = {"indicators": "ocop_producers", "from": "2022-01-01", "to": "2022-12-31", "province": "25-2025"}
    params["group_by"] = "commune"
    ok(await merge(registry, duplicate, kept), 201)
    items = ok(await registry.get(f"{PATH}/indicator-values", params=params))["items"]
    assert [item["group"] for item in items if item["value"]] == [f"{TAN_DAN}-2008"]
