"""Changing organizations: merge patches, guarded by the version, within what facts leave open."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, Make, Record, a_code, a_seat
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient


async def patched(client: ApiClient, record: Record, status: int = 200, **fields: Any) -> Record:
    response = await client.patch(f"{ORGANIZATIONS}/{record.id}", json=fields, headers=etag(record))
    return Record(ok(response, status))


async def test_absent_leaves_and_null_clears(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(
        name_short="HTX ĐT", legacy_number="12", contacts=[{"kind": "zalo", "value": "1"}]
    )
    after = await patched(registry, organization, name_short=None, contacts=None, governance="full")
    differing = {name for name in organization if name != "warnings" and after[name] != organization[name]}
    assert differing == {"name_short", "contacts", "governance", "version", "updated_at"}
    assert (after.name_short, after.contacts, after.governance, after.version) == (None, [], "full", 2)


async def test_the_answer_is_what_is_read_next(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    after = await patched(registry, organization, name="Hợp tác xã Thắng Lợi")
    assert await make.now(organization) == {name: value for name, value in after.items() if name != "warnings"}


async def test_without_if_match_nothing_is_changed(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    assert_problem(
        await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json={"name_short": "x"}), 428, "if_match_missing"
    )
    assert (await make.now(organization)).version == 1


async def test_a_stale_version_is_refused_with_what_stands(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    current = await make.changed(organization, name_short="HTX ĐT")
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={"name_short": "x"}, headers=etag(organization)
    )
    document = assert_problem(response, 412, "stale")
    assert document["current"] == {name: value for name, value in current.items() if name != "warnings"}


async def test_a_star_is_for_sync_clients_only(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path, star = f"{ORGANIZATIONS}/{organization.id}", {"If-Match": "*"}
    assert_problem(await registry.patch(path, json={"name_short": "x"}, headers=star), 412, "stale")
    sync = registry.as_(scope="sync.write")
    assert ok(await sync.patch(path, json={"name_short": "x"}, headers=star))["version"] == 2


async def test_the_tag_of_another_version_is_not_enough_to_write(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={}, headers={"If-Match": 'W/"2-9f2c41d07a"'}
    )
    assert_problem(response, 412, "stale")


async def test_the_record_is_judged_before_the_body(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    abroad = await make.organization(commune=LE_LOI)
    wrong = {"name": 7}
    assert_problem(await registry.patch(f"{ORGANIZATIONS}/{abroad.id}", json=wrong), 404, "not_found")
    assert_problem(await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=wrong), 428, "if_match_missing")
    stale = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=wrong, headers={"If-Match": '"9"'})
    assert_problem(stale, 412, "stale")


async def test_a_patch_that_changes_nothing_writes_nothing(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization(business_lines=[{"code": "0118", "version": "2018", "is_main": True}])
    written = await db.fetchval("SELECT count(*) FROM history")
    after = await patched(
        registry, organization, name=organization.name, business_lines=organization.business_lines, seat=a_seat(GIA_CAM)
    )
    assert (after.version, after.updated_at) == (1, organization.updated_at)
    assert await db.fetchval("SELECT count(*) FROM history") == written


async def test_a_new_name_is_found_by_search_and_the_old_one_is_not(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(name="Hợp tác xã Đồng Tâm")
    await patched(registry, organization, name="Hợp tác xã Thắng Lợi")
    hits = {q: len(ok(await registry.get(ORGANIZATIONS, params={"q": q}))["items"]) for q in ("dong tam", "thang loi")}
    assert hits == {"dong tam": 0, "thang loi": 1}


async def test_a_code_of_another_organization_is_refused(registry: ApiClient, make: Make) -> None:
    organization, other = await make.organization(), await make.organization()
    response = await registry.patch(
        f"{ORGANIZATIONS}/{other.id}", json={"code": organization.code}, headers=etag(other)
    )
    assert_problem(response, 409, "code_in_use", organization_code=organization.code)


async def test_a_code_may_be_given_to_a_group_later(registry: ApiClient, make: Make) -> None:
    code = a_code()
    assert (await patched(registry, await make.group(), code=code)).code == code


async def test_external_ids_are_replaced_whole(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(external_ids=[{"system": "old_system", "value": "1"}])
    await patched(registry, organization, external_ids=[{"system": "new_system", "value": "2"}])

    async def found(key: str) -> int:
        return len(ok(await registry.get(ORGANIZATIONS, params={"external_id": key}))["items"])

    assert await found("old_system:1") == 0
    assert await found("new_system:2") == 1
    other = await make.organization()
    taken = {"external_ids": [{"system": "new_system", "value": "2"}]}
    response = await registry.patch(f"{ORGANIZATIONS}/{other.id}", json=taken, headers=etag(other))
    assert_problem(response, 409, "external_id_in_use")


@pytest.mark.parametrize(
    "field", ["name", "type", "seat", "legal_status", "operating_state", "is_credit_fund", "is_synthetic"]
)
async def test_what_must_be_there_cannot_be_cleared(registry: ApiClient, make: Make, field: str) -> None:
    organization = await make.organization()
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={field: None}, headers=etag(organization)
    )
    assert faults(response) == {(f"/{field}", "required")}


async def test_all_faults_of_a_change_are_named_at_once(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    body = {"name": "", "founded_on": "2021-01-01", "registered_on": "2020-01-01", "id": organization.id, "seat": None}
    response = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=body, headers=etag(organization))
    assert faults(response) == {
        ("/name", "blank"),
        ("/registered_on", "end_before_start"),
        ("/id", "unknown_field"),
        ("/seat", "required"),
    }


async def test_the_founding_is_judged_with_what_stands(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01", founded_on="2020-04-01")
    path = f"{ORGANIZATIONS}/{organization.id}"
    late = await registry.patch(path, json={"founded_on": "2020-06-01"}, headers=etag(organization))
    assert faults(late) == {("/registered_on", "end_before_start")}
    roughly = await patched(registry, organization, founded_on="2020-06-01", founded_precision="year")
    assert (roughly.founded_on, roughly.founded_precision) == ("2020-06-01", "year")
    cleared = await patched(registry, roughly, founded_on=None)
    assert (cleared.founded_on, cleared.founded_precision) == (None, None)
    precision = await registry.patch(path, json={"founded_precision": "day"}, headers=etag(cleared))
    assert faults(precision) == {("/founded_precision", "needs_founded_on")}


# --- its first day


async def test_a_later_certificate_shortens_the_timeline(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    after = await patched(registry, organization, registered_on="2021-01-01")
    assert [(w["code"], w["pointer"], w["from"]) for w in after.warnings] == [
        ("past_changed", "/registered_on", "2020-05-01")
    ]
    response = await registry.get(f"{ORGANIZATIONS}/{organization.id}", params={"as_of": "2020-12-31"})
    assert_problem(response, 404, "not_found")


async def test_a_certificate_cannot_be_later_than_a_fact(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    await make.status(organization, "temporarily_suspended", on="2021-03-01")
    now = await make.now(organization)
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={"registered_on": "2021-06-01"}, headers=etag(now)
    )
    assert_problem(response, 409, "before_start", starts_on="2021-06-01")


# --- a cooperative's own user


async def test_its_own_user_changes_its_contacts_only(registry: ApiClient, make: Make) -> None:
    organization, other = await make.organization(), await make.organization()
    own = registry.as_(scope="own.read own.write", organization_id=organization.id)
    after = await patched(own, organization, contacts=[{"kind": "phone", "value": "0210 000 000"}])
    assert after.contacts == [{"kind": "phone", "value": "0210 000 000"}]
    response = await own.patch(f"{ORGANIZATIONS}/{organization.id}", json={"name": "Khác"}, headers=etag(after))
    assert_problem(response, 403, "scope_missing", required_scope="registry.write")
    response = await own.patch(f"{ORGANIZATIONS}/{other.id}", json={"contacts": []}, headers=etag(other))
    assert_problem(response, 404, "not_found")
