"""Reading one organization: by id, as it was, in part, again, and who changed it."""

from __future__ import annotations

from kernel.values.ids import new_id
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, TAN_DAN, Make, a_cooperative
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient


async def test_an_unknown_id_is_not_found(registry: ApiClient) -> None:
    assert_problem(await registry.get(f"{ORGANIZATIONS}/{new_id()}"), 404, "not_found")


async def test_what_is_no_id_is_not_found(registry: ApiClient) -> None:
    assert_problem(await registry.get(f"{ORGANIZATIONS}/htx-dong-tam"), 404, "not_found")


async def test_an_organization_of_another_area_is_not_found(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    assert_problem(await registry.get(f"{ORGANIZATIONS}/{abroad.id}"), 404, "not_found")
    assert ok(await registry.as_(area="40-2025").get(f"{ORGANIZATIONS}/{abroad.id}"))["id"] == abroad.id
    assert ok(await registry.as_(area="VN").get(f"{ORGANIZATIONS}/{abroad.id}"))["id"] == abroad.id


async def test_what_the_caller_has_already_is_not_sent_again(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    tag = (await registry.get(path)).headers["etag"]
    assert tag.startswith('W/"1-'), "who entered it is named beside the id"
    again = await registry.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await make.changed(organization, name_short="HTX ĐT")
    assert (await registry.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_if_none_match_takes_weak_tags_lists_and_a_star(registry: ApiClient, make: Make) -> None:
    path = f"{ORGANIZATIONS}/{(await make.organization()).id}"
    tag = (await registry.get(path)).headers["etag"]
    for tags in (tag, tag.removeprefix("W/"), f'"7", {tag}', "*"):
        response = await registry.get(path, headers={"If-None-Match": tags})
        assert response.status_code == 304, tags


async def test_only_the_fields_asked_for_are_answered(registry: ApiClient, make: Make) -> None:
    first = await make.organization()
    organization = ok(await registry.get(f"{ORGANIZATIONS}/{first.id}", params={"fields": "name,code"}))
    assert organization == {"id": first.id, "name": first.name, "code": first.code}


async def test_a_field_that_does_not_exist_is_a_fault(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    response = await registry.get(f"{ORGANIZATIONS}/{organization.id}", params={"fields": "name,colour"})
    assert faults(response) == {("fields", "not_allowed")}


async def test_an_unknown_parameter_is_a_fault(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    response = await registry.get(
        f"{ORGANIZATIONS}/{organization.id}", params={"as_off": "2020-01-01", "as_of": "soon"}
    )
    assert faults(response) == {("as_off", "unknown_parameter"), ("as_of", "not_a_date")}


async def test_as_of_a_day_it_is_what_it_was_on_that_day(make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01", commune=GIA_CAM)
    await make.status(organization, "temporarily_suspended", on="2021-03-01")
    await make.move(organization, TAN_DAN, on="2022-07-01")
    await make.status(organization, "active", on="2022-07-01")
    days = {}
    for day in ("2020-05-01", "2021-02-28", "2021-03-01", "2022-06-30", "2022-07-01", "2025-01-01"):
        then = await make.now(organization, as_of=day)
        days[day] = (then.legal_status, then.seat["commune_code"])
    assert days == {
        "2020-05-01": ("active", GIA_CAM),
        "2021-02-28": ("active", GIA_CAM),
        "2021-03-01": ("temporarily_suspended", GIA_CAM),
        "2022-06-30": ("temporarily_suspended", GIA_CAM),
        "2022-07-01": ("active", TAN_DAN),
        "2025-01-01": ("active", TAN_DAN),
    }


async def test_before_its_first_day_there_was_no_organization(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    response = await registry.get(f"{ORGANIZATIONS}/{organization.id}", params={"as_of": "2020-04-30"})
    assert_problem(response, 404, "not_found")


async def test_a_day_in_the_past_is_answered_anew_since_a_fact_may_be_entered_late(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    path, then = f"{ORGANIZATIONS}/{organization.id}", {"as_of": "2021-04-01"}
    first = await registry.get(path, params=then)
    assert "etag" not in first.headers
    await make.status(organization, "temporarily_suspended", on="2021-03-01")
    await make.status(organization, "active", on="2021-06-01")
    again = await registry.get(path, params=then, headers={"If-None-Match": f'"{first.json()["version"]}"'})
    assert (first.json()["legal_status"], ok(again)["legal_status"]) == ("active", "temporarily_suspended")


async def test_a_read_is_never_kept_by_a_shared_cache(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    response = await registry.get(f"{ORGANIZATIONS}/{organization.id}")
    assert response.headers["cache-control"] == "private, no-cache"


async def test_a_request_id_is_taken_and_given_back(registry: ApiClient) -> None:
    response = await registry.get(ORGANIZATIONS, headers={"X-Request-Id": "abc-123"})
    assert response.headers["x-request-id"] == "abc-123"


async def test_history_says_who_did_what_when_and_why(registry: ApiClient, make: Make) -> None:
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(name="Hợp tác xã Đồng Tâm", reason="hồ sơ 12"))
    record = ok(response, 201)
    path = f"{ORGANIZATIONS}/{record['id']}"
    change = {"name": "Hợp tác xã Đồng Tâm II", "governance": "full", "reason": "đổi tên"}
    changed = ok(await registry.as_(sub="clerk").patch(path, json=change, headers=etag(record)))
    items = ok(await registry.get(f"{path}/history"))["items"]
    entries = [(i["version"], i["action"], i["recorded_by"], i["reason"], i["changed"]) for i in items]
    assert entries == [
        (1, "created", "officer", "hồ sơ 12", []),
        (2, "changed", "clerk", "đổi tên", ["governance", "name"]),
    ]
    assert items[0]["content"]["name"] == "Hợp tác xã Đồng Tâm"
    answered = {name: value for name, value in changed.items() if name not in ("warnings", "created_by_name")}
    assert items[1]["content"] == answered
    assert items[0]["superseded_at"] == items[1]["recorded_at"]
    assert items[1]["superseded_at"] is None


async def test_a_fact_that_changes_an_organization_stands_in_its_history_as_derived(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    await make.status(organization, "dormant", on="2022-01-01", reason="không hoạt động từ tháng 1")
    items = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    last = items[-1]
    assert (last["action"], last["changed"], last["reason"]) == (
        "derived",
        ["is_operating", "operating_state"],
        "không hoạt động từ tháng 1",
    )


async def test_the_history_of_another_areas_organization_is_not_found(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    assert_problem(await registry.get(f"{ORGANIZATIONS}/{abroad.id}/history"), 404, "not_found")
