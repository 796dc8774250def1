"""Who manages an organization: offices with their terms, one person at a time where the office is one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from kernel.database.connections import Database
from kernel.values.days import today
from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, an_officer
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

OFFICERS = f"{PATH}/officers"
PRIVATE = {"sex": "female", "birth_year": 1975, "phone": "0912 345 678"}
PURPOSE = {"purpose": "Liên hệ mời họp giao ban"}


async def found(registry: ApiClient, **params: str) -> list[str]:
    return [item["id"] for item in ok(await registry.get(OFFICERS, params=params))["items"]]


async def test_an_officer_is_entered_corrected_and_deleted_and_the_history_tells_of_it(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    officer = ok(await registry.post(OFFICERS, json={**an_officer(), "organization_id": organization.id}), 201)
    assert (officer["office"], officer["full_name"], officer["term_to"]) == ("director", "Nguyễn Văn Bình", None)
    assert officer["organization"] == {"id": organization.id, "name": organization.name, "type": "cooperative"}
    patch = {"term_to": "2023-06-30", "reason": "Hết nhiệm kỳ"}
    changed = ok(await registry.patch(f"{OFFICERS}/{officer['id']}", json=patch, headers=etag(officer)))
    assert (changed["term_to"], changed["version"]) == ("2023-06-30", 2)
    gone = await registry.delete(f"{OFFICERS}/{officer['id']}?reason=nhập nhầm", headers=etag(changed))
    assert gone.status_code == 204
    history = ok(await registry.get(f"{OFFICERS}/{officer['id']}/history"))["items"]
    assert [(each["action"], each["changed"], each["reason"]) for each in history] == [
        ("created", [], None),
        ("corrected", ["term_to"], "Hết nhiệm kỳ"),
        ("removed", [], "nhập nhầm"),
    ]


async def test_one_person_holds_an_office_at_a_time_and_the_refusal_names_the_other(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    first = await make.officer(organization, term_from="2020-01-01", term_to="2022-01-01")
    path = f"{ORGANIZATIONS}/{organization.id}/officers"
    overlapping = await registry.post(path, json=an_officer(full_name="Trần Thị Hoa", term_from="2021-12-31"))
    document = assert_problem(overlapping, 409, "office_held", officer_id=first.id, full_name=first.full_name)
    assert "từ ngày 01/01/2020 đến 01/01/2022" in document["detail"]
    second = await make.officer(organization, full_name="Trần Thị Hoa", term_from="2022-01-01")
    reopened = await registry.patch(f"{OFFICERS}/{first.id}", json={"term_to": None}, headers=etag(first))
    assert_problem(reopened, 409, "office_held", officer_id=second.id, term_to=None)
    # The same office of another organization, and another office of this one, are free.
    await make.officer(await make.organization(), term_from="2022-01-01")
    await make.officer(organization, office="chair", term_from="2022-01-01")


async def test_offices_of_several_are_held_side_by_side(make: Make) -> None:
    organization = await make.organization()
    for office in ("board_member", "controller", "accountant"):
        await make.officer(organization, office=office)
        await make.officer(organization, office=office, full_name="Trần Thị Hoa")


async def test_two_who_enter_one_office_at_once_take_turns(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/officers"
    answers = await asyncio.gather(*(registry.post(path, json=an_officer(full_name=f"Người {n}")) for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_term_has_its_days_in_order_and_does_not_begin_in_days_to_come(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/officers"
    tomorrow = (today() + timedelta(days=1)).isoformat()
    body = an_officer(office="king", term_from=tomorrow, qualification="phd", birth_year=1850, phone="x", sex="f")
    assert faults(await registry.post(path, json=body)) == {
        ("/office", "not_allowed"),
        ("/term_from", "in_the_future"),
        ("/qualification", "not_allowed"),
        ("/birth_year", "too_small"),
        ("/phone", "wrong_format"),
        ("/sex", "not_allowed"),
    }
    same_day = await registry.post(path, json=an_officer(term_from="2022-01-01", term_to="2022-01-01"))
    assert faults(same_day) == {("/term_to", "end_before_start")}
    officer = await make.officer(organization, term_to="2099-01-01")
    late = await registry.patch(f"{OFFICERS}/{officer.id}", json={"term_to": "2020-01-01"}, headers=etag(officer))
    assert faults(late) == {("/term_to", "end_before_start")}
    assert faults(await registry.post(OFFICERS, json=an_officer())) == {("/organization_id", "required")}


async def test_officers_are_found_by_name_office_qualification_and_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    former = await make.officer(organization, term_from="2015-01-01", term_to="2020-01-01", qualification="college")
    present = await make.officer(organization, full_name="Trần Thị Hoa", term_from="2020-01-01", office="chair")
    assert await found(registry, q="tran thi") == [present.id]
    assert await found(registry, office="director") == [former.id]
    assert await found(registry, qualification="college") == [former.id]
    assert await found(registry, in_office="true") == [present.id]
    assert await found(registry, in_office="false") == [former.id]
    assert await found(registry, as_of="2019-12-31") == [former.id]
    assert await found(registry, as_of="2020-01-01") == [present.id]
    assert await found(registry, term_to_gte="2020-01-01") == [former.id]
    assert await found(registry, province="25-2008", sort="-term_from") == [present.id, former.id]
    assert await found(registry, organization_id=new_id()) == []
    page = ok(await registry.get(OFFICERS, params={"facets": "office,qualification"}))
    facets = {each["name"]: {v["value"]: v["count"] for v in each["values"]} for each in page["facets"]}
    assert facets["office"] == {"chair": 1, "director": 1}


async def test_what_is_private_is_in_no_list_history_feed_or_file(
    registry: ApiClient, make: Make, db: Database
) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    organization = await make.organization()
    body = {**an_officer(**PRIVATE), "id": new_id(), "organization_id": organization.id}
    officer = ok(await registry.post(OFFICERS, json=body), 201)
    assert ok(await registry.post(OFFICERS, json=body)) == officer, "sent again it is answered, and not entered twice"
    assert_problem(await registry.post(OFFICERS, json={**body, "phone": "0912345679"}), 409, "id_in_use")
    assert officer["redacted"] == ["sex", "birth_year", "phone"]
    corrected = await registry.patch(f"{OFFICERS}/{officer['id']}", json={"phone": "0987654321"}, headers=etag(officer))
    seen: list[Any] = [
        officer,
        ok(corrected),
        ok(await registry.get(OFFICERS)),
        ok(await registry.get(f"{OFFICERS}/{officer['id']}/history")),
        ok(await registry.get(f"{PATH}/changes?include=resource")),
        await db.fetchval("SELECT string_agg(content::text, '') FROM history WHERE resource_type = 'officer'"),
    ]
    assert not [each for each in seen if any(secret in str(each) for secret in ("0912", "0987", "1975", "female"))]
    await follower.assert_equal()
    kept = ok(await registry.get(f"{OFFICERS}/{officer['id']}/personal-data", params=PURPOSE))
    assert (kept["sex"], kept["birth_year"], kept["phone"]) == ("female", 1975, "0987654321")


async def test_each_reading_of_what_is_private_is_recorded_with_its_purpose(
    registry: ApiClient, make: Make, db: Database
) -> None:
    officer = await make.officer(await make.organization(), **PRIVATE)
    path = f"{OFFICERS}/{officer.id}/personal-data"
    assert faults(await registry.get(path)) == {("purpose", "required")}
    reader = registry.as_(scope="registry.read")
    assert_problem(await reader.get(path, params=PURPOSE), 403, "scope_missing")
    assert_problem(await registry.as_(area="40-2025").get(path, params=PURPOSE), 404, "not_found")
    assert await db.fetchval("SELECT count(*) FROM audit") == 0
    own = registry.as_(scope="own.read", sub="htx", organization_id=officer.organization_id)
    for client in (registry.as_(sub="keeper"), own):
        ok(await client.get(path, params=PURPOSE))
    rows = await db.fetch("SELECT action, actor, resource_id, detail ->> 'words' AS words FROM audit ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("officer.personal_data_read", actor, officer.id, PURPOSE["purpose"]) for actor in ("keeper", "htx")
    ]


async def test_others_see_the_officers_of_their_area_and_organization_alone(registry: ApiClient, make: Make) -> None:
    here, elsewhere = await make.organization(), await make.organization(commune=LE_LOI)
    officer, other = await make.officer(here), await make.officer(elsewhere)
    assert await found(registry) == [officer.id]
    assert_problem(await registry.get(f"{OFFICERS}/{other.id}"), 404, "not_found")
    own = registry.as_(scope="own.read", sub="htx", organization_id=here.id)
    second = await make.officer(await make.organization())
    assert await found(own) == [officer.id]
    assert_problem(await own.get(f"{OFFICERS}/{second.id}"), 404, "not_found")
    assert_problem(await own.get(f"{OFFICERS}/{second.id}/personal-data", params=PURPOSE), 404, "not_found")
    assert_problem(await own.post(OFFICERS, json=an_officer()), 403, "scope_missing")


async def test_officers_follow_a_deduplication_unless_two_would_hold_one_office(
    registry: ApiClient, make: Make
) -> None:
    duplicate, kept = await make.organization(), await make.organization()
    officer = await make.officer(duplicate, term_from="2020-01-01")
    rival = await make.officer(kept, term_from="2021-01-01", full_name="Trần Thị Hoa")
    path, body = f"{ORGANIZATIONS}/{duplicate.id}/deduplication", {"into": kept.id, "reason": "Nhập hai lần"}
    overlaps = [{"resource_type": "officer", "record_id": officer.id, "overlaps_id": rival.id}]
    assert_problem(await registry.post(path, json=body), 409, "records_overlap", overlaps=overlaps)
    present = ok(await registry.get(f"{OFFICERS}/{officer.id}"))
    ended = {"term_to": "2021-01-01"}
    ok(await registry.patch(f"{OFFICERS}/{officer.id}", json=ended, headers=etag(present)))
    ok(await registry.post(path, json=body), 201)
    assert await found(registry, organization_id=kept.id) == [officer.id, rival.id]
    refused = await registry.post(f"{ORGANIZATIONS}/{duplicate.id}/officers", json=an_officer())
    assert_problem(refused, 409, "organization_merged", merged_into=kept.id)


async def test_officers_move_with_their_organization(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    officer = await make.officer(organization, term_from="2021-01-01")
    await make.move(organization, LE_LOI, "2022-07-01")
    assert_problem(await registry.get(f"{OFFICERS}/{officer.id}"), 404, "not_found")
    there = registry.as_(area="40-2025")
    assert ok(await there.get(f"{OFFICERS}/{officer.id}"))["alliance"] == "40-2025"
    # It counts where the organization lay when the term began.
    assert await found(there, province="25-2008") == [officer.id]
