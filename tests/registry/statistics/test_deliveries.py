"""Figures that come in numbers, and those that are delivered again and again."""

from __future__ import annotations

import asyncio
from typing import Any

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, a_statistic
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

STATISTICS = f"{PATH}/organization-statistics"
BY_PERIOD = f"{STATISTICS}/by-period"


async def test_a_delivery_creates_then_changes_only_what_differs(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    body = a_statistic(organization_id=organization.id, reason="gửi tự động")
    response = await registry.put(BY_PERIOD, json=body)
    row = ok(response, 201)
    assert response.headers["location"] == f"{STATISTICS}/{row['id']}"
    again = ok(await registry.put(BY_PERIOD, json=body))
    assert again == row
    by_code = {name: value for name, value in body.items() if name != "organization_id"}
    by_code |= {"organization_code": organization.code, "workers_regular": 12}
    changed = ok(await registry.put(BY_PERIOD, json=by_code))
    assert (changed["id"], changed["version"], changed["workers_regular"]) == (row["id"], 2, 12)
    history = ok(await registry.get(f"{STATISTICS}/{row['id']}/history"))["items"]
    assert [(each["version"], each["action"], each["changed"]) for each in history] == [
        (1, "created", []),
        (2, "corrected", ["workers_regular"]),
    ]
    del by_code["revenue_vnd"]
    assert ok(await registry.put(BY_PERIOD, json=by_code))["revenue_vnd"] is None


async def test_files_stay_where_a_delivery_says_nothing_of_them(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    upload = {"file": ("bc.pdf", b"%PDF-1.4\n%invented\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "application/pdf")}
    file = ok(await registry.post(f"{PATH}/files", files=upload), 201)
    row = await make.statistic(organization, file_ids=[])
    ok(await registry.patch(f"{STATISTICS}/{row.id}", json={"file_ids": [file["id"]]}, headers=etag(row)))
    body = a_statistic(organization_id=organization.id)
    assert ok(await registry.put(BY_PERIOD, json=body))["file_ids"] == [file["id"]]
    assert ok(await registry.put(BY_PERIOD, json={**body, "file_ids": []}))["file_ids"] == []


async def test_a_delivery_names_one_organization_of_the_area(registry: ApiClient, make: Make) -> None:
    here, abroad = await make.organization(), await make.organization(commune=LE_LOI)
    for named, expected in (
        ({}, {("/organization_id", "required")}),
        ({"organization_id": here.id, "organization_code": here.code}, {("/organization_id", "required")}),
        ({"organization_id": abroad.id}, {("/organization_id", "unknown_organization")}),
        ({"organization_code": abroad.code}, {("/organization_code", "unknown_organization")}),
        ({"organization_code": "2699999999"}, {("/organization_code", "unknown_organization")}),
        ({"organization_id": here.id, "period": "2019"}, {("/period", "organization_not_there")}),
    ):
        assert faults(await registry.put(BY_PERIOD, json=a_statistic(**named))) == expected
    own = registry.as_(scope="own.read own.write", organization_id=here.id)
    assert_problem(await own.put(BY_PERIOD, json=a_statistic(organization_id=here.id)), 403, "scope_missing")


async def test_two_deliveries_at_once_make_one_row(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    bodies = [a_statistic(organization_id=organization.id, workers_regular=at // 2) for at in range(6)]
    answers = await asyncio.gather(*(registry.put(BY_PERIOD, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    page = ok(await registry.get(f"{STATISTICS}?organization_id={organization.id}&count=exact"))
    assert page["count"] == 1


async def test_a_merged_organization_takes_no_delivery(registry: ApiClient, make: Make) -> None:
    double, kept = await make.organization(), await make.organization()
    body = {"into": kept.id, "reason": "nhập hai lần"}
    ok(await registry.post(f"{ORGANIZATIONS}/{double.id}/deduplication", json=body), 201)
    refused = await registry.put(BY_PERIOD, json=a_statistic(organization_code=double.code))
    assert_problem(refused, 409, "organization_merged", merged_into=kept.id)


def _batch(items: list[dict[str, Any]], mode: str = "each") -> dict[str, Any]:
    return {"mode": mode, "items": items}


async def test_a_batch_answers_each_item_as_if_it_came_alone(registry: ApiClient, make: Make) -> None:
    first, second = await make.organization(), await make.organization()
    abroad, undated = await make.organization(commune=LE_LOI), await make.organization(registered_on=None)
    there = await make.statistic(first, period="2021")
    id_ = new_id()
    twin = a_statistic(id=id_, organization_id=second.id, reason="theo báo cáo")
    items = [
        a_statistic(organization_id=first.id, workers_regular=1, managers_college=2),
        a_statistic(organization_id=first.id, period="2021"),
        a_statistic(organization_id=first.id, period="2022-12M"),
        twin,
        twin,
        {**twin, "workers_regular": 4},
        a_statistic(organization_id=abroad.id),
        a_statistic(organization_id=first.id, period="2019"),
        a_statistic(organization_id=undated.id, period="2018"),
        a_statistic(),
        a_statistic(organization_id=first.id, workers_female=11),
        a_statistic(organization_id=second.id, period="2023", file_ids=[new_id()]),
    ]
    answers = ok(await registry.post(f"{STATISTICS}/batch", json=_batch(items)), 207)["items"]
    codes = [each["problem"] and each["problem"].get("code") for each in answers]
    assert [(each["status"], code) for each, code in zip(answers, codes, strict=True)] == [
        (201, None),
        (409, "statistic_exists"),
        (409, "statistic_exists"),
        (201, None),
        (200, None),
        (409, "id_in_use"),
        (422, "invalid"),
        (422, "invalid"),
        (201, None),
        (422, "invalid"),
        (422, "invalid"),
        (422, "invalid"),
    ]
    assert answers[1]["problem"]["organization_statistic_id"] == there.id
    assert answers[2]["problem"]["organization_statistic_id"] == answers[0]["id"]
    assert answers[3]["id"] == answers[4]["id"] == id_
    assert [each["code"] for each in answers[0]["warnings"]] == ["managers_above_workers"]
    # Sent again it is all there already, and alone as well.
    again = ok(await registry.post(f"{STATISTICS}/batch", json=_batch([twin], "atomic")), 201)["items"]
    assert (again[0]["status"], again[0]["version"]) == (200, 1)
    assert ok(await registry.post(STATISTICS, json=twin))["id"] == id_
    read = ok(await registry.get(f"{STATISTICS}/{id_}"))
    assert (read["revenue_vnd"], read["organization"]["name"]) == (2_000_000_000, second.name)
    history = ok(await registry.get(f"{STATISTICS}/{id_}/history"))["items"]
    assert [(each["action"], each["reason"]) for each in history] == [("created", "theo báo cáo")]
    assert (await make.now(undated, as_of="2018-12-31")).id == undated.id


async def test_of_an_atomic_batch_nothing_stands_where_one_is_wrong(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    items = [a_statistic(organization_id=organization.id), a_statistic(organization_id=organization.id, period="2019")]
    refused = await registry.post(f"{STATISTICS}/batch", json=_batch(items, "atomic"))
    assert faults(refused) == {("/items/1/period", "organization_not_there")}
    assert ok(await registry.get(f"{STATISTICS}?count=exact"))["count"] == 0


async def test_batches_and_deliveries_at_once_make_one_row_a_period(registry: ApiClient, make: Make) -> None:
    organizations = [await make.organization() for _ in range(4)]
    items = [a_statistic(organization_id=organization.id) for organization in organizations]
    answers = await asyncio.gather(
        registry.post(f"{STATISTICS}/batch", json=_batch(items)),
        registry.post(f"{STATISTICS}/batch", json=_batch(items[::-1])),
        *(registry.put(BY_PERIOD, json=item) for item in items),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 207}
    assert ok(await registry.get(f"{STATISTICS}?count=exact"))["count"] == 4


async def test_the_feed_tells_of_what_a_batch_entered(registry: ApiClient, make: Make) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    organizations = [await make.organization() for _ in range(3)]
    items = [a_statistic(organization_id=organization.id) for organization in organizations]
    made = ok(await registry.post(f"{STATISTICS}/batch", json=_batch(items, "atomic")), 201)["items"]
    ok(await registry.put(BY_PERIOD, json={**items[0], "workers_regular": 11}))
    await follower.assert_equal()
    assert follower.told_of(made[0]["id"]) == [("created", 1), ("changed", 2)]
