"""Activities: one record an item, each kind with its own fields and no other's."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.reporting.builders import ACTIVITIES, GIA_CAM, LE_LOI, OF_KIND, THAI_BINH, Make, an_activity
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

_OWN_OF_ANOTHER: dict[str, dict[str, Any]] = {
    "media_item": {"quantity": 3},
    "bulletin": {"channel": "portal"},
    "contest": {"budget_vnd": 1_000_000},
    "science_project": {"quantity": 1},
    "policy_advice": {"results": "Đã ban hành"},
    "conference": {"quantity": 200},
    "household_support": {"document_title": "Kế hoạch"},
    "agreement": {"out_of_poverty": 1},
    "other": {"ends_on": "2023-06-01"},
}


@pytest.mark.parametrize("kind", OF_KIND)
async def test_a_kind_has_its_own_fields_and_is_refused_another_kinds(reporting: ApiClient, kind: str) -> None:
    activity = ok(await reporting.post(ACTIVITIES, json=an_activity(kind)), 201)
    assert {name: activity[name] for name in OF_KIND[kind]} == OF_KIND[kind]
    assert (activity["province_2008"], activity["province_2025"], activity["alliance"]) == (
        "25-2008",
        "25-2025",
        "25-2025",
    )
    assert ok(await reporting.get(f"{ACTIVITIES}/{activity['id']}")) == activity
    (wrong,) = _OWN_OF_ANOTHER[kind].items()
    response = await reporting.post(ACTIVITIES, json=an_activity(kind, **_OWN_OF_ANOTHER[kind]))
    assert faults(response) == {(f"/{wrong[0]}", "not_of_this_kind")}
    assert kind not in response.json()["errors"][0]["allowed"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (an_activity(happened_on=None), ("/happened_on", "activity_without_day")),
        (an_activity(happened_on="2999-01-01"), ("/happened_on", "in_the_future")),
        (an_activity(channel=None), ("/channel", "required")),
        (an_activity(channel="radio"), ("/channel", "not_allowed")),
        (an_activity("bulletin", quantity=None), ("/quantity", "required")),
        (an_activity("bulletin", quantity=0), ("/quantity", "too_small")),
        (an_activity("policy_advice", document_title=None), ("/document_title", "required")),
        (an_activity("household_support", out_of_poverty=13), ("/out_of_poverty", "more_than_helped")),
        (an_activity("conference", ends_on="2023-05-03"), ("/ends_on", "end_before_start")),
        (an_activity(partners=["Sở Tư pháp"]), ("/partners", "needs_joint")),
        (an_activity(link="baophutho.vn/tin"), ("/link", "wrong_format")),
        (an_activity(link="https://baophutho.vn/\x00"), ("/link", "wrong_format")),
        (an_activity(costs=[{"source": "project", "amount_vnd": 1}] * 2), ("/costs", "given_twice")),
        (an_activity(file_ids=[new_id()]), ("/file_ids/0", "unknown_file")),
        (an_activity(commune_code=LE_LOI), ("/commune_code", "outside_area")),
        (an_activity(province="25-2008"), ("/province", "differs_from_commune")),
        (an_activity(commune_code="99999"), ("/commune_code", "unknown_commune")),
    ],
    ids=lambda value: "-".join(value).strip("/") if isinstance(value, tuple) else "",
)
async def test_what_does_not_agree_is_refused_with_a_word_of_its_own(
    reporting: ApiClient, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await reporting.post(ACTIVITIES, json=body)) == {fault}


async def test_an_activity_without_its_day_is_told_so_whether_the_day_is_null_or_left_out(reporting: ApiClient) -> None:
    body = an_activity()
    del body["happened_on"]
    response = await reporting.post(ACTIVITIES, json=body, headers={"Accept-Language": "en"})
    assert faults(response) == {("/happened_on", "activity_without_day")}
    assert "figures count it on that day" in response.json()["errors"][0]["detail"]


async def test_joint_work_names_its_partners_and_costs_are_kept_by_source_and_summed(
    reporting: ApiClient, make: Make
) -> None:
    costs = [{"source": "central_budget", "amount_vnd": 300_000_000}, {"source": "project", "amount_vnd": 20_000_000}]
    partners = ["Sở Khoa học và Công nghệ"]
    project = await make.activity("science_project", attribution="joint", partners=partners, costs=costs)
    assert (project["attribution"], project["partners"], project["costs"]) == ("joint", partners, costs)
    await make.activity("science_project", budget_vnd=None)
    page = ok(await reporting.get(f"{ACTIVITIES}?sums=costs_vnd,budget_vnd"))
    assert page["sums"] == {"costs_vnd": 320_000_000, "budget_vnd": 900_000_000}


async def test_one_without_a_commune_lies_in_the_province_named_and_a_merged_one_needs_to_be_told(
    reporting: ApiClient, make: Make
) -> None:
    nowhere: dict[str, Any] = {"commune_code": None, "commune_map": None}
    old = ok(await reporting.post(ACTIVITIES, json=an_activity(**nowhere, province="17-2008")), 201)
    assert (old["province_2008"], old["province_2025"], old["commune_code"]) == ("17-2008", "25-2025", None)
    assert faults(await reporting.post(ACTIVITIES, json=an_activity(**nowhere, province="25-2025"))) == {
        ("/province", "province_ambiguous")
    }
    assert faults(await reporting.post(ACTIVITIES, json=an_activity(**nowhere))) == {("/province", "required")}
    assert faults(await reporting.post(ACTIVITIES, json=an_activity(**nowhere, province="40-2008"))) == {
        ("/province", "outside_area")
    }
    nation = reporting.as_(area="VN")
    assert faults(await nation.post(ACTIVITIES, json=an_activity(**nowhere))) == {("/province", "required")}
    # Nghệ An was merged with no other: its own officers need not say where they are.
    nghe_an = reporting.as_(area="40-2025")
    theirs = ok(await nghe_an.post(ACTIVITIES, json=an_activity(**nowhere)), 201)
    assert (theirs["province_2008"], theirs["alliance"]) == ("40-2008", "40-2025")


async def test_a_correction_is_judged_as_a_whole_and_the_place_stays_unless_it_says_otherwise(
    reporting: ApiClient, make: Make
) -> None:
    activity = await make.activity()
    path = f"{ACTIVITIES}/{activity['id']}"
    refused = await reporting.patch(path, json={"kind": "bulletin", "quantity": 500}, headers=etag(activity))
    assert faults(refused) == {("/channel", "not_of_this_kind")}
    patch = {"kind": "bulletin", "quantity": 500, "channel": None, "reason": "Ghi nhầm loại"}
    changed = ok(await reporting.patch(path, json=patch, headers=etag(activity)))
    assert (changed["kind"], changed["quantity"], changed["commune_code"]) == ("bulletin", 500, GIA_CAM)
    assert faults(await reporting.patch(path, json={"happened_on": None}, headers=etag(changed))) == {
        ("/happened_on", "activity_without_day")
    }
    moved = ok(
        await reporting.patch(
            path, json={"commune_code": None, "commune_map": None, "province": "17-2008"}, headers=etag(changed)
        )
    )
    assert (moved["commune_code"], moved["province_2008"]) == (None, "17-2008")
    stays = ok(await reporting.patch(path, json={"title": "Bản tin quý II"}, headers=etag(moved)))
    assert (stays["province_2008"], stays["title"]) == ("17-2008", "Bản tin quý II")
    assert_problem(await reporting.patch(path, json={"title": "Muộn"}, headers=etag(activity)), 412, "stale")
    history = ok(await reporting.get(f"{path}/history"))["items"]
    assert [(each["version"], each["reason"]) for each in history][:2] == [(1, None), (2, "Ghi nhầm loại")]


async def test_the_same_id_and_body_again_is_the_same_record_and_another_body_is_refused(reporting: ApiClient) -> None:
    body = an_activity(id=new_id())
    first = ok(await reporting.post(ACTIVITIES, json=body), 201)
    assert ok(await reporting.post(ACTIVITIES, json=body)) == first
    assert_problem(await reporting.post(ACTIVITIES, json={**body, "title": "Khác"}), 409, "id_in_use")


async def test_a_batch_takes_all_or_none_or_every_item_for_itself(reporting: ApiClient) -> None:
    items = [an_activity("contest"), an_activity("contest", happened_on=None)]
    refused = await reporting.post(f"{ACTIVITIES}/batch", json={"mode": "atomic", "items": items})
    assert faults(refused) == {("/items/1/happened_on", "activity_without_day")}
    assert await every_item(reporting, ACTIVITIES) == []
    answer = ok(await reporting.post(f"{ACTIVITIES}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in answer["items"]] == [201, 422]
    assert len(await every_item(reporting, ACTIVITIES)) == 1


async def test_they_are_found_by_kind_channel_part_day_place_and_title(reporting: ApiClient, make: Make) -> None:
    news = await make.activity(channel="broadcast_news", title="Hợp tác xã chè Đồng Tâm đổi mới")
    site = await make.activity(channel="vca_site", happened_on="2023-08-31", commune_code=THAI_BINH, attribution="none")
    contest = await make.activity("contest", attribution=None)
    await make.activity(commune_code=LE_LOI)

    async def found(**query: Any) -> set[str]:
        return {each["id"] for each in await every_item(reporting, ACTIVITIES, **query)}

    assert await found() == {news["id"], site["id"], contest["id"]}
    assert await found(kind="contest") == {contest["id"]}
    assert await found(channel="vca_site") == {site["id"]}
    assert await found(attribution="alliance_led") == {news["id"]}
    assert await found(happened_on_gte="2023-08-01") == {site["id"]}
    assert await found(province="17-2008") == {site["id"]}
    assert await found(q="che dong tam") == {news["id"]}
    facets = ok(await reporting.get(f"{ACTIVITIES}?facets=kind,channel"))["facets"]
    assert {facet["name"]: {value["value"]: value["count"] for value in facet["values"]} for facet in facets} == {
        "kind": {"media_item": 2, "contest": 1},
        "channel": {"broadcast_news": 1, "vca_site": 1, None: 1},
    }


async def test_another_alliance_sees_and_changes_nothing_and_a_reader_writes_nothing(
    reporting: ApiClient, make: Make
) -> None:
    activity = await make.activity()
    path, other = f"{ACTIVITIES}/{activity['id']}", reporting.as_(area="40-2025")
    assert_problem(await other.get(path), 404, "not_found")
    assert_problem(await other.patch(path, json={"title": "Khác"}, headers=etag(activity)), 404, "not_found")
    assert await every_item(other, ACTIVITIES) == []
    reader = reporting.as_(scope="reports.read")
    assert_problem(await reader.post(ACTIVITIES, json=an_activity()), 403, "scope_missing")


async def test_an_own_user_reads_what_names_its_organization_and_nothing_else(reporting: ApiClient, make: Make) -> None:
    mine = new_id()
    about_me = await make.activity("science_project", organization_id=mine)
    other = await make.activity("science_project", organization_id=new_id())
    await make.activity()
    own = reporting.as_(scope="own.read own.write", organization_id=mine)
    assert [each["id"] for each in await every_item(own, ACTIVITIES)] == [about_me["id"]]
    assert_problem(await own.get(f"{ACTIVITIES}/{other['id']}"), 404, "not_found")
    assert_problem(await own.post(ACTIVITIES, json=an_activity(organization_id=mine)), 403, "scope_missing")


async def test_one_entered_by_mistake_goes_and_the_feed_tells_of_it(reporting: ApiClient) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    activity = ok(await reporting.post(ACTIVITIES, json=an_activity()), 201)
    path = f"{ACTIVITIES}/{activity['id']}"
    response = await reporting.delete(path, params={"reason": "Nhập hai lần"}, headers=etag(activity))
    assert response.status_code == 204
    assert_problem(await reporting.get(path), 404, "not_found")
    await follower.assert_equal()
    assert follower.told_of(activity["id"]) == [("created", 1), ("removed", 2)]
