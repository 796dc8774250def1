"""The teams into which the alliance gathers its members by area."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import httpx
import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, PATH, TAN_DAN, THAI_BINH, Make, Record, a_team
from tests.registry.test_exports import snapshot
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

TEAMS = f"{PATH}/member-teams"


async def member(make: Make, **fields: Any) -> Record:
    organization = await make.organization(**fields)
    await make.membership(organization)
    return organization


async def ids_of(registry: ApiClient, **params: Any) -> list[str]:
    return [each["id"] for each in await every_item(registry, TEAMS, **params)]


async def links(db: Database, team: dict[str, Any]) -> tuple[set[str], list[str]]:
    """Return the rows of a team's members and consolidations."""
    members = await db.fetch("SELECT organization_id FROM member_team_member WHERE team_id = $1::uuid", team["id"])
    days = await db.fetch(
        "SELECT consolidated_on FROM member_team_consolidation WHERE team_id = $1::uuid ORDER BY 1", team["id"]
    )
    return {row["organization_id"] for row in members}, [str(row["consolidated_on"]) for row in days]


async def merge(registry: ApiClient, organization: Record, into: Record) -> httpx.Response:
    path = f"{ORGANIZATIONS}/{organization.id}/deduplication"
    return await registry.post(path, json={"into": into.id, "reason": "Nhập hai lần"})


async def test_a_team_names_its_members_and_lies_in_its_province(registry: ApiClient, make: Make) -> None:
    one, two = await member(make), await member(make)
    body = a_team(organization_ids=[two.id, one.id], leader_organization_id=one.id)
    team = ok(await registry.post(TEAMS, json=body), 201)
    assert team.pop("warnings") == []
    assert (team["province_2008"], team["province_2025"], team["alliance"]) == ("25-2008", "25-2025", "25-2025")
    names = [{name: each[name] for name in ("id", "name", "type")} for each in (two, one)]
    assert (team["organizations"], team["leader_organization"]) == (names, names[1])
    assert ok(await registry.get(f"{TEAMS}/{team['id']}")) == team
    assert await every_item(registry, TEAMS, organization_id=two.id) == [team]
    (version,) = ok(await registry.get(f"{TEAMS}/{team['id']}/history"))["items"]
    assert "organizations" not in version["content"]
    assert version["content"]["organization_ids"] == [two.id, one.id]


async def test_a_new_name_of_a_member_is_a_new_tag_of_the_team(registry: ApiClient, make: Make) -> None:
    organization = await member(make)
    path = f"{TEAMS}/{(await make.team(organization_ids=[organization.id])).id}"
    before = await registry.get(path)
    assert (await registry.get(path, headers={"If-None-Match": before.headers["etag"]})).status_code == 304
    await make.changed(organization, name="Hợp tác xã Tên Mới Khác Hẳn")
    after = await registry.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert ok(after)["organizations"][0]["name"] == "Hợp tác xã Tên Mới Khác Hẳn"


async def test_what_is_no_member_is_taken_with_a_warning(registry: ApiClient, make: Make) -> None:
    official, stranger = await member(make), await make.organization()
    left = await make.organization()
    await make.membership(left, admitted_on="2020-06-01", left_on="2022-01-01")
    body = a_team(organization_ids=[official.id, stranger.id, left.id])
    team = ok(await registry.post(TEAMS, json=body), 201)
    assert [(each["code"], each["pointer"]) for each in team["warnings"]] == [
        ("not_a_member", "/organization_ids/1"),
        ("not_a_member", "/organization_ids/2"),
    ]
    # Of a team that ended it counts who was a member then.
    ended = ok(await registry.post(TEAMS, json={**body, "consolidations": [], "ended_on": "2021-12-31"}), 201)
    assert [each["pointer"] for each in ended["warnings"]] == ["/organization_ids/1"]


async def test_a_team_is_consolidated_again_and_its_rows_follow(registry: ApiClient, make: Make, db: Database) -> None:
    one, two = await member(make), await member(make)
    team = await make.team(organization_ids=[one.id])
    assert await links(db, team) == ({one.id}, ["2023-04-12"])
    again = [*team.consolidations, {"on": "2024-05-06", "decision_number": None}]
    patch = {"organization_ids": [one.id, two.id], "consolidations": again, "reason": "Kiện toàn năm 2024"}
    after = ok(await registry.patch(f"{TEAMS}/{team.id}", json=patch, headers=etag(team)))
    assert after["consolidations"] == again
    assert await links(db, team) == ({one.id, two.id}, ["2023-04-12", "2024-05-06"])
    assert (await registry.delete(f"{TEAMS}/{team.id}", headers=etag(after))).status_code == 204
    assert await links(db, team) == (set(), [])
    assert [each["action"] for each in ok(await registry.get(f"{TEAMS}/{team.id}/history"))["items"]] == [
        "created",
        "corrected",
        "removed",
    ]


WRONG: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    ({"province_2008": "99-2008"}, {("/province_2008", "unknown_province")}),
    ({"province_2008": "25-2025"}, {("/province_2008", "wrong_format")}),
    ({"province_2008": "40-2008", "district_name": None}, {("/province_2008", "outside_area")}),
    ({"district_name": "Huyện Lạc Sơn"}, {("/district_name", "unknown_district")}),
    ({"commune_codes": [GIA_CAM]}, {("/commune_map", "required")}),
    ({"commune_codes": ["99999"], "commune_map": "2008"}, {("/commune_codes/0", "unknown_commune")}),
    ({"commune_codes": [GIA_CAM, THAI_BINH], "commune_map": "2008"}, {("/commune_codes/1", "outside_province")}),
    ({"commune_codes": [GIA_CAM] * 2, "commune_map": "2008"}, {("/commune_codes/1", "given_twice")}),
    ({"leader_organization_id": new_id()}, {("/leader_organization_id", "not_in_team")}),
    ({"organization_ids": [new_id()]}, {("/organization_ids/0", "unknown_organization")}),
    ({"organization_ids": [new_id() for _ in range(201)]}, {("/organization_ids", "too_many")}),
    ({"consolidations": [{"on": "2019-05-19"}]}, {("/consolidations/0/on", "end_before_start")}),
    ({"consolidations": [{"on": "2023-04-12"}] * 2}, {("/consolidations/1/on", "given_twice")}),
    ({"ended_on": "2023-04-11"}, {("/ended_on", "end_before_start")}),
    ({"file_ids": [new_id()]}, {("/file_ids/0", "unknown_file")}),
]


@pytest.mark.parametrize(("given", "expected"), WRONG)
async def test_a_team_that_cannot_be_is_refused(
    registry: ApiClient, given: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert faults(await registry.post(TEAMS, json=a_team(**given))) == expected
    assert await ids_of(registry) == []


async def test_an_organization_of_another_alliance_or_twice_is_refused(registry: ApiClient, make: Make) -> None:
    there, here = await make.organization(commune=LE_LOI), await make.organization()
    response = await registry.post(TEAMS, json=a_team(organization_ids=[there.id]))
    assert faults(response) == {("/organization_ids/0", "unknown_organization")}
    response = await registry.post(TEAMS, json=a_team(organization_ids=[here.id, here.id]))
    assert faults(response) == {("/organization_ids/1", "given_twice")}


async def test_one_that_moved_away_stays_named_until_it_is_taken_out(registry: ApiClient, make: Make) -> None:
    organization = await member(make)
    team = await make.team(organization_ids=[organization.id])
    await make.move(organization, LE_LOI, on="2023-01-01")
    after = ok(await registry.patch(f"{TEAMS}/{team.id}", json={"name": "Tổ mới"}, headers=etag(team)))
    assert after["organization_ids"] == [organization.id]


async def test_teams_are_found_by_name_place_and_state(registry: ApiClient, make: Make) -> None:
    city = await make.team(commune_codes=[GIA_CAM, TAN_DAN], commune_map="2008")
    other = await make.team(
        name="Tổ thành viên huyện Lạc Sơn", province_2008="17-2008", district_name="Huyện Lạc Sơn", founded_on=None
    )
    ended = await make.team(ended_on="2024-12-31")
    assert await ids_of(registry, q="lac son") == [other.id]
    assert await ids_of(registry, province="17-2008") == [other.id]
    assert await ids_of(registry, province="25-2025", is_active="true") == [city.id, other.id]
    assert await ids_of(registry, is_active="false", founded_on_lte="2019-12-31") == [ended.id]
    assert await ids_of(registry, district_name="Thành phố Việt Trì") == [city.id, ended.id]
    assert await ids_of(registry.as_(area="40-2025")) == []
    assert_problem(await registry.as_(area="40-2025").get(f"{TEAMS}/{city.id}"), 404, "not_found")


async def test_an_own_user_sees_the_teams_that_its_organization_is_in(registry: ApiClient, make: Make) -> None:
    mine, other = await member(make), await member(make)
    team = await make.team(organization_ids=[other.id, mine.id])
    hidden = await make.team(organization_ids=[other.id])
    own = registry.as_(scope="own.read", organization_id=mine.id, sub="chairman")
    assert await ids_of(own) == [team.id]
    read = ok(await own.get(f"{TEAMS}/{team.id}"))
    assert ([each["id"] for each in read["organizations"]], read["created_by_name"]) == ([other.id, mine.id], None)
    for path in (f"{TEAMS}/{hidden.id}", f"{TEAMS}/{hidden.id}/history"):
        assert_problem(await own.get(path), 404, "not_found")
    assert len(ok(await own.get(f"{TEAMS}/{team.id}/history"))["items"]) == 1
    # Of the time when it was in the team it is told, not of the time before.
    later = ok(await registry.patch(f"{TEAMS}/{hidden.id}", json={"organization_ids": [mine.id]}, headers=etag(hidden)))
    (version,) = ok(await own.get(f"{TEAMS}/{hidden.id}/history"))["items"]
    assert (version["version"], version["changed"]) == (later["version"], [])
    assert_problem(await own.post(TEAMS, json=a_team()), 403, "scope_missing")


async def test_a_team_follows_one_that_was_entered_twice_and_comes_back(
    registry: ApiClient, make: Make, db: Database
) -> None:
    kept, duplicate, third = await member(make), await make.organization(), await member(make)
    led = await make.team(organization_ids=[duplicate.id, third.id], leader_organization_id=duplicate.id)
    both = await make.team(organization_ids=[kept.id, duplicate.id])
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    answer = ok(await merge(registry, duplicate, kept), 201)
    assert [(each["resource"], each["resource_type"]) for each in answer["moved"]] == [
        (f"{TEAMS}/{team.id}", "member_team") for team in (led, both)
    ]
    read = {team.id: ok(await registry.get(f"{TEAMS}/{team.id}")) for team in (led, both)}
    assert read[led.id]["organization_ids"] == [kept.id, third.id]
    assert read[led.id]["leader_organization_id"] == kept.id
    assert read[both.id]["organization_ids"] == [kept.id]
    assert await links(db, led) == ({kept.id, third.id}, ["2023-04-12"])
    assert follower.told_of(led.id) == []
    await follower.assert_equal()
    assert follower.told_of(led.id) == [("changed", 2)]
    response = await registry.post(TEAMS, json=a_team(organization_ids=[duplicate.id]))
    assert faults(response) == {("/organization_ids/0", "organization_merged")}
    assert response.json()["errors"][0]["merged_into"] == kept.id

    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication/reversal"
    ok(await registry.post(path, json={"reason": "Là hai hợp tác xã"}), 201)
    after = ok(await registry.get(f"{TEAMS}/{led.id}"))
    assert after["organization_ids"] == [duplicate.id, third.id]
    assert after["leader_organization_id"] == duplicate.id
    assert ok(await registry.get(f"{TEAMS}/{both.id}"))["organization_ids"] == [kept.id, duplicate.id]
    assert await links(db, both) == ({kept.id, duplicate.id}, ["2023-04-12"])


async def test_teams_written_while_one_is_merged_follow_or_are_refused(registry: ApiClient, make: Make) -> None:
    for _ in range(8):
        kept, duplicate = await make.organization(), await make.organization()
        team = await make.team(organization_ids=[duplicate.id])
        patch = {"organization_ids": [duplicate.id], "name": "Tổ đổi tên"}
        entered, changed, merged = await asyncio.gather(
            registry.post(TEAMS, json=a_team(organization_ids=[duplicate.id])),
            registry.patch(f"{TEAMS}/{team.id}", json=patch, headers=etag(team)),
            merge(registry, duplicate, kept),
        )
        assert merged.status_code == 201, merged.text
        assert (entered.status_code, changed.status_code) in {(i, j) for i in (201, 422) for j in (200, 412, 422)}
        assert await ids_of(registry, organization_id=duplicate.id) == []


async def test_the_same_team_again_is_entered_once_and_a_batch_warns(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    body = a_team(id=new_id(), organization_ids=[organization.id])
    first = ok(await registry.post(TEAMS, json=body), 201)
    assert ok(await registry.post(TEAMS, json=body)) == first
    assert_problem(await registry.post(TEAMS, json={**body, "name": "Tổ khác"}), 409, "id_in_use", id=body["id"])
    batch = {"mode": "each", "items": [a_team(organization_ids=[organization.id]), a_team(name="")]}
    report = ok(await registry.post(f"{TEAMS}/batch", json=batch), 207)["items"]
    assert [item["status"] for item in report] == [201, 422]
    assert [each["code"] for each in report[0]["warnings"]] == ["not_a_member"]


@pytest.mark.parametrize("type_", ["member_team", "dissolution_case", "inspection"])
async def test_lists_within_a_record_are_exported_whole(registry: ApiClient, make: Make, type_: str) -> None:
    organization = await make.organization()
    await make.team(organization_ids=[organization.id])
    for plural in ("dissolution-cases", "inspections"):
        await make.fact(plural, organization)
    _, plain = await snapshot(registry, type=type_)
    (line,) = plain.splitlines()
    (item,) = await every_item(registry, f"{PATH}/{type_.replace('_', '-')}s")
    document = orjson.loads(line)
    assert document == {name: item[name] for name in document}
    _, table = await snapshot(registry, type=type_, format="csv")
    (row,) = csv.DictReader(io.StringIO(table.decode()))
    name = {"member_team": "organization_ids", "dissolution_case": "blockers", "inspection": "recommendations"}[type_]
    assert orjson.loads(row[name]) == item[name]
