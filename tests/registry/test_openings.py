"""What an organization began with: an edit form does not rewrite the past; who says it was wrong corrects it."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from tests.registry.builders import (
    GIA_CAM,
    LE_LOI,
    ORGANIZATIONS,
    PATH,
    TAN_DAN,
    THAI_BINH,
    Make,
    Record,
    a_seat,
)
from tests.registry.test_imports import a_row, as_csv, found, send
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient

OPENINGS = [
    ("seat", a_seat(THAI_BINH), "seat-changes"),
    ("type", "enterprise", "type-conversions"),
    ("legal_status", "not_at_registered_address", "status-changes"),
    ("operating_state", "dormant", "status-changes"),
]
WRONG: dict[str, Any] = {"corrects_opening": True, "reason": "Nhập sai khi mở sổ"}


async def patched(client: ApiClient, record: Record, status: int = 200, **fields: Any) -> Record:
    response = await client.patch(f"{ORGANIZATIONS}/{record.id}", json=fields, headers=etag(record))
    return Record(ok(response, status))


async def total(client: ApiClient, to: str, indicator: str = "cooperatives_total", province: str = "25-2008") -> Any:
    params = {"from": "2020-01-01", "to": to, "province": province, "indicators": indicator}
    (item,) = ok(await client.get(f"{PATH}/indicator-values", params=params))["items"]
    return item["value"]


@pytest.mark.parametrize(("field", "value", "path"), OPENINGS)
async def test_an_edit_form_does_not_rewrite_the_past(
    registry: ApiClient, make: Make, field: str, value: Any, path: str
) -> None:
    organization = await make.organization()
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={field: value}, headers=etag(organization)
    )
    post_to = f"{ORGANIZATIONS}/{organization.id}/{path}"
    assert_problem(response, 409, "decided_by_facts", field=field, facts=path, post_to=post_to)
    reasoned = {field: value, "reason": "Đã kiểm tra"}
    response = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=reasoned, headers=etag(organization))
    assert_problem(response, 409, "decided_by_facts")
    assert (await make.now(organization)).version == organization.version


@pytest.mark.parametrize(
    ("fact", "field", "value", "path"),
    [
        ("seat-changes", "seat", a_seat(THAI_BINH), "seat-changes"),
        ("type-conversions", "type", "enterprise", "type-conversions"),
        ("status-changes", "legal_status", "not_at_registered_address", "status-changes"),
    ],
)
async def test_what_facts_decide_is_not_overwritten(
    registry: ApiClient, make: Make, fact: str, field: str, value: Any, path: str
) -> None:
    organization = await make.organization()
    await make.fact(fact, organization)
    now = await make.now(organization)
    response = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json={field: value}, headers=etag(now))
    assert_problem(response, 409, "decided_by_facts", field=field, facts=path)
    assert await make.now(organization) == now


async def test_a_form_that_sends_back_what_it_showed_is_taken(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    await make.move(organization, TAN_DAN, on="2022-07-01")
    await make.status(organization, "temporarily_suspended", on="2022-08-01")
    now = await make.now(organization)
    seat = {name: now.seat[name] for name in ("commune_code", "commune_map", "address")}
    shown = {name: now[name] for name in ("type", "legal_status", "operating_state", "name")}
    after = await patched(registry, now, **shown, seat=seat, name_short="HTX ĐT")
    assert (after.name_short, after.warnings) == ("HTX ĐT", [])
    assert (await make.now(organization, as_of="2022-06-30")).seat["commune_code"] == GIA_CAM


async def test_another_address_in_the_same_commune_is_an_ordinary_change(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(seat=a_seat(GIA_CAM, address="Khu 3"))
    after = await patched(registry, organization, seat=a_seat(GIA_CAM, address="Khu 5"))
    assert (after.seat["address"], after.warnings) == ("Khu 5", [])
    (_, change) = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    assert (change["action"], change["changed"]) == ("changed", ["seat"])


@pytest.mark.parametrize(("field", "value", "path"), OPENINGS)
async def test_what_was_entered_wrong_is_corrected_for_its_whole_past_with_a_reason(
    registry: ApiClient, make: Make, field: str, value: Any, path: str
) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    after = await patched(registry, organization, **{field: value}, **WRONG)
    (warning,) = after.warnings
    assert (warning["code"], warning["pointer"], warning["from"]) == ("past_changed", f"/{field}", "2020-05-01")
    assert "01/05/2020" in warning["detail"]
    first = await make.now(organization, as_of="2020-05-01")
    assert first[field] == after[field] != organization[field]
    (_, correction) = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    assert (correction["action"], correction["reason"]) == ("corrected", WRONG["reason"])
    assert field in correction["changed"]


async def test_a_correction_needs_a_reason(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    for reason in ({}, {"reason": None}):
        body = {"legal_status": "ended", "corrects_opening": True, **reason}
        response = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=body, headers=etag(organization))
        assert faults(response) == {("/reason", "required")}


async def test_a_correction_of_what_stands_changes_nothing(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    after = await patched(registry, organization, legal_status="active", **WRONG)
    assert (after.version, after.warnings) == (1, [])


async def test_facts_stand_over_a_corrected_opening(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    await make.status(organization, "dormant", on="2022-01-01")
    after = await patched(registry, await make.now(organization), operating_state="not_started", **WRONG)
    assert after.operating_state == "dormant"
    assert [w["from"] for w in after.warnings] == ["2020-05-01"]
    assert (await make.now(organization, as_of="2021-12-31")).operating_state == "not_started"
    assert (await make.now(organization, as_of="2022-01-01")).operating_state == "dormant"


async def test_the_figures_of_the_past_follow_the_correction_and_nothing_else(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    organization = await make.organization(registered_on="2020-05-01")
    await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={"legal_status": "ended"}, headers=etag(organization)
    )
    assert await total(registry, "2023-08-31") == 1
    await patched(registry, organization, legal_status="ended", **WRONG)
    assert await total(registry, "2023-08-31") == 0


async def test_a_type_that_does_not_fit_the_status_is_refused(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(legal_status="bankruptcy_in_progress")
    body = {"type": "cooperative_group", **WRONG}
    response = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=body, headers=etag(organization))
    assert_problem(response, 409, "status_not_of_type", to_status="bankruptcy_in_progress")


async def test_a_first_seat_cannot_be_corrected_out_of_the_callers_area(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    body = {"seat": a_seat(LE_LOI), **WRONG}
    response = await registry.patch(f"{ORGANIZATIONS}/{organization.id}", json=body, headers=etag(organization))
    assert faults(response) == {("/seat/commune_code", "outside_area")}


async def test_a_first_seat_corrected_to_another_alliance_hands_the_record_over(make: Make, db: Database) -> None:
    organization = await make.organization()
    await make.membership(organization)
    await make.changed(organization, seat=a_seat(LE_LOI), **WRONG)
    owners = await db.fetch(
        "SELECT alliance FROM organization UNION ALL SELECT alliance FROM alliance_membership "
        "UNION ALL SELECT alliance FROM organization_state"
    )
    assert {row["alliance"] for row in owners} == {"40-2025"}


async def test_a_system_that_syncs_is_held_to_the_same_rule(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    sync = registry.as_(scope="sync.write")
    star = {"If-Match": "*"}
    refused = await sync.patch(f"{ORGANIZATIONS}/{organization.id}", json={"legal_status": "ended"}, headers=star)
    assert_problem(refused, 409, "decided_by_facts")
    again = await registry.post(
        ORGANIZATIONS, json={**_body_of(organization), "id": organization.id, "legal_status": "ended"}
    )
    assert_problem(again, 409, "id_in_use")


def _body_of(made: Record) -> dict[str, Any]:
    return {"type": made.type, "name": made.name, "seat": a_seat(GIA_CAM), "code": made.code}


# --- imports


async def test_an_import_never_corrects_an_opening_and_says_so_by_row(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    row = a_row(legal_status="active", operating_state="operating")
    ok(await send(registry, as_csv(row), dry_run=False))
    for field, value in (
        ("legal_status", "ended"),
        ("operating_state", "dormant"),
        ("type", "Doanh nghiệp"),
        ("commune_code", TAN_DAN),
    ):
        again = as_csv({**row, field: value})
        kept = ok(await send(registry, again, dry_run=False))
        assert [(item["result"], item["differences"]) for item in kept["items"]] == [("different", [field])]
        report = ok(await send(registry, again, dry_run=False, on_existing="update", mode="each"), 207)
        assert [(fault["pointer"], fault["code"]) for fault in report["errors"]] == [
            (f"/rows/2/{field}", "decided_by_facts")
        ]
        (stands,) = await found(registry, row["name"])
        assert stands["version"] == 1, field
    assert await total(registry, "2023-08-31") == 1


async def test_an_import_may_bring_another_address_in_the_same_commune(registry: ApiClient) -> None:
    row = a_row(address="Khu 3")
    ok(await send(registry, as_csv(row), dry_run=False))
    report = ok(await send(registry, as_csv({**row, "address": "Khu 5"}), dry_run=False, on_existing="update"))
    assert [(item["result"], item["differences"]) for item in report["items"]] == [("changed", ["address"])]
    (stands,) = await found(registry, row["name"])
    assert stands["seat"]["address"] == "Khu 5"


async def test_an_address_that_a_move_decided_is_not_imported(registry: ApiClient, make: Make) -> None:
    row = a_row(address="Khu 3")
    ok(await send(registry, as_csv(row), dry_run=False))
    (organization,) = await found(registry, row["name"])
    await make.move(Record(organization), TAN_DAN, on="2022-07-01")
    again = as_csv({**row, "commune_code": TAN_DAN, "address": "Khu 9"})
    report = ok(await send(registry, again, dry_run=False, on_existing="update", mode="each"), 207)
    assert [(fault["pointer"], fault["code"]) for fault in report["errors"]] == [
        ("/rows/2/address", "decided_by_facts")
    ]
