"""Memberships, statuses and products from workbooks: whose they are, what is found again, what is refused and where."""

from __future__ import annotations

import asyncio
import io
import time
from typing import Any

import pytest
import python_calamine

from services.registry.imports.facts.declarations import FACT_IMPORTS
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, PATH, Make, Record, a_code, a_name
from tests.registry.imports.sheets import counts, faults, send, sheet, typed
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient

MEMBERS = ["Mã số HTX", "Tư cách thành viên", "Ngày kết nạp", "Ngày ra khỏi Liên minh"]
STATUSES = ["Mã số HTX", "Loại tình trạng", "Tình trạng", "Từ ngày", "Căn cứ mở lại"]
PRODUCTS = ["Mã số HTX", "Tên sản phẩm", "Nhóm sản phẩm", "Hạng sao OCOP", "Điểm OCOP", "Ngày công nhận"]


async def _facts(client: ApiClient, plural: str, organization: Record) -> list[dict[str, Any]]:
    return await every_item(client, f"{ORGANIZATIONS}/{organization.id}/{plural}")


@pytest.mark.parametrize("what", FACT_IMPORTS, ids=lambda what: str(what.fact_type.plural))
async def test_each_template_can_be_downloaded_and_names_its_choices(registry: ApiClient, what: Any) -> None:
    path = f"{PATH}/{what.fact_type.plural}/imports/template"
    workbook = await registry.get(path)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
    assert book.get_sheet_by_index(0).to_python() == [[column.label for column in what.columns]]
    assert book.sheet_names == [what.sheet, "Hướng dẫn", "Danh mục"]
    assert (await registry.get(path, params={"format": "csv"})).text.startswith("\ufeffMã số HTX,")
    assert_problem(await registry.as_(scope="own.read").get(path), 403, "scope_missing")


async def test_memberships_of_an_office_are_entered_and_found_again(registry: ApiClient, make: Make) -> None:
    one, other = await make.organization(), await make.group()
    heading = ["STT", *MEMBERS, "Tên đơn vị", "Xã/phường"]
    data = sheet(
        ["Danh sách thành viên"],
        [],
        heading,
        [1, one.code, "Thành viên chính thức", "15/01/2021", "", "", ""],
        [2, "", "official", "2022-02-01", "01/06/2023", other.name, "Phường Gia Cẩm"],
    )
    assert counts(ok(await send(registry, "alliance-memberships", data))) == {"created": 2}
    assert await _facts(registry, "alliance-memberships", one) == []
    report = ok(await send(registry, "alliance-memberships", data, name="TV.xlsx", dry_run=False))
    assert counts(report) == {"created": 2}
    assert [(item["row"], item["organization_id"]) for item in report["items"]] == [(4, one.id), (5, other.id)]
    (membership,) = await _facts(registry, "alliance-memberships", one)
    assert (membership["kind"], membership["admitted_on"], membership["id"]) == (
        "official",
        "2021-01-15",
        report["items"][0]["record_id"],
    )
    (left,) = await _facts(registry, "alliance-memberships", other)
    assert left["left_on"] == "2023-06-01"
    history = ok(await registry.get(f"{PATH}/alliance-memberships/{membership['id']}/history"))["items"]
    assert [entry["reason"] for entry in history] == ["Nhập từ tệp TV.xlsx, dòng 4"]
    again = ok(await send(registry, "alliance-memberships", data, dry_run=False))
    assert counts(again) == {"unchanged": 2}
    assert [item["record_id"] for item in again["items"]] == [item["record_id"] for item in report["items"]]


async def test_a_fact_that_stands_otherwise_is_kept_or_corrected(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    membership = await make.membership(organization)
    data = sheet(MEMBERS, [organization.code, "Thành viên chính thức", "15/01/2021", "01/06/2024"])
    kept = ok(await send(registry, "alliance-memberships", data, dry_run=False))
    assert (counts(kept), kept["items"][0]["differences"]) == ({"different": 1}, ["left_on"])
    changed = ok(await send(registry, "alliance-memberships", data, dry_run=False, on_existing="update"))
    assert (counts(changed), changed["items"][0]["version"]) == ({"changed": 1}, 2)
    (now,) = await _facts(registry, "alliance-memberships", organization)
    assert (now["id"], now["left_on"], now["version"]) == (membership.id, "2024-06-01", 2)
    assert counts(ok(await send(registry, "alliance-memberships", data, dry_run=False, on_existing="update"))) == {
        "unchanged": 1
    }


async def test_memberships_of_one_organization_that_overlap_are_refused_at_the_second(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    rows = [
        [organization.code, "official", "15/01/2019", "01/01/2020"],
        [organization.code, "official", "15/06/2019", ""],
        [organization.code, "official", "15/01/2022", ""],
    ]
    report = ok(await send(registry, "alliance-memberships", sheet(MEMBERS, *rows)))
    assert faults(report) == {(3, "admitted_on", "membership_open")}
    written = ok(await send(registry, "alliance-memberships", sheet(MEMBERS, rows[2], rows[0]), dry_run=False))
    assert counts(written) == {"created": 2}


async def test_statuses_shape_the_timeline_once_for_each_organization(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    data = sheet(
        STATUSES,
        [organization.code, "Tình trạng pháp lý", "Đang hoạt động", "01/01/2023", ""],
        [organization.code, "legal", "Tạm ngừng kinh doanh", "01/03/2022", ""],
        [organization.code, "operating", "Ngừng hoạt động", "01/03/2022", ""],
    )
    assert counts(ok(await send(registry, "status-changes", data, dry_run=False))) == {"created": 3}
    assert (await make.now(organization, as_of="2022-06-01"))["legal_status"] == "temporarily_suspended"
    now = await make.now(organization)
    assert (now["legal_status"], now["operating_state"], now["version"]) == ("active", "dormant", 2)
    assert counts(ok(await send(registry, "status-changes", data, dry_run=False))) == {"unchanged": 3}
    assert (await make.now(organization))["version"] == 2


async def test_a_status_that_may_not_follow_is_named_and_the_others_are_entered(
    registry: ApiClient, make: Make
) -> None:
    organization, early = await make.organization(), await make.organization()
    data = sheet(
        STATUSES,
        [organization.code, "legal", "Đang hoạt động", "01/01/2023", ""],
        [organization.code, "legal", "ended", "01/03/2022", ""],
        [early.code, "legal", "Tạm ngừng kinh doanh", "01/03/2019", ""],
        [early.code, "operating", "Tạm ngừng kinh doanh", "01/03/2021", ""],
    )
    report = ok(await send(registry, "status-changes", data, dry_run=False, mode="each"), 207)
    assert faults(report) == {
        (2, "basis", "transition_forbidden"),
        (4, "effective_on", "before_start"),
        (5, "status", "not_allowed"),
    }
    assert counts(report) == {"created": 1, "failed": 3}
    assert (await make.now(organization))["legal_status"] == "ended"
    mended = sheet(STATUSES, [organization.code, "legal", "Đang hoạt động", "01/01/2023", "Cơ quan đăng ký hiệu đính"])
    assert counts(ok(await send(registry, "status-changes", mended, dry_run=False))) == {"created": 1}


async def test_an_undated_organization_begins_with_the_earliest_fact_of_a_file(registry: ApiClient, make: Make) -> None:
    undated = await make.organization(registered_on=None)
    data = sheet(MEMBERS, [undated.code, "official", "15/01/2019", ""])
    assert counts(ok(await send(registry, "alliance-memberships", data, dry_run=False))) == {"created": 1}
    assert (await make.now(undated))["starts_on"] == "2019-01-15"


async def test_products_in_an_old_font_with_scores_and_stars_are_read(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    rows = [
        PRODUCTS,
        [organization.code, "Chè xanh Đồng Tâm", "Đồ uống", "4", "78,5", "01/10/2022"],
        [organization.code, "Mật ong rừng", "Thực phẩm", "3", "61", "01/10/2022"],
    ]
    data = sheet(*[[typed(cell, "tcvn3") for cell in row] for row in rows])
    report = ok(await send(registry, "products", data, dry_run=False))
    assert (report["converted_from"], counts(report)) == ("tcvn3", {"created": 2})
    tea = next(each for each in await _facts(registry, "products", organization) if each["name"].startswith("Chè"))
    assert (tea["name"], tea["group"], tea["ocop_stars"], tea["ocop_score"]) == (
        "Chè xanh Đồng Tâm",
        "beverage",
        4,
        "78.5",
    )
    assert counts(ok(await send(registry, "products", sheet(*rows), dry_run=False))) == {"unchanged": 2}
    rows[1][3:5] = ["5", "91,25"]
    changed = ok(await send(registry, "products", sheet(*rows), dry_run=False, on_existing="update"))
    assert changed["items"][0]["differences"] == ["ocop_stars", "ocop_score"]
    assert counts(changed) == {"changed": 1, "unchanged": 1}


async def test_partners_of_a_product_are_parted_by_semicolons(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    heading = ["Mã số HTX", "Tên sản phẩm", "Vai trò của Liên minh", "Đơn vị phối hợp"]
    row = [organization.code, "Chè", "joint", "Sở Công Thương; Hội Nông dân"]
    ok(await send(registry, "products", sheet(heading, row), dry_run=False))
    (product,) = await _facts(registry, "products", organization)
    assert (product["attribution"], product["partners"]) == ("joint", ["Sở Công Thương", "Hội Nông dân"])
    wrong = sheet(heading, [organization.code, "Mật ong", "supported", "Hội Nông dân"])
    assert {field for _, field, _ in faults(ok(await send(registry, "products", wrong)))} == {"partners"}


async def test_an_organization_is_found_by_id_external_id_and_name_in_its_commune(
    registry: ApiClient, make: Make
) -> None:
    value = f"X{time.time_ns()}"
    keyed = await make.organization(external_ids=[{"system": "dkkd", "value": value}])
    named = await make.organization(name=a_name())
    short = named.name.replace("Hợp tác xã", "HTX").upper()
    heading = [
        "Mã đơn vị trong hệ thống",
        "Hệ thống ngoài",
        "Mã ở hệ thống ngoài",
        "Tên đơn vị",
        "Mã xã",
        "Địa giới",
        "Tên sản phẩm",
    ]
    data = sheet(
        heading,
        [keyed.id.upper(), "", "", "", "", "", "Một"],
        ["", "dkkd", value, "", "", "", "Hai"],
        ["", "", "", short, GIA_CAM, "2008", "Ba"],
    )
    report = ok(await send(registry, "products", data))
    assert [item["organization_id"] for item in report["items"]] == [keyed.id, keyed.id, named.id]


async def test_an_organization_that_is_not_clear_is_told_with_those_that_it_may_be(
    registry: ApiClient, make: Make
) -> None:
    name = a_name()
    cooperative = await make.organization(name=name)
    twins = [await make.group(name=a_name()) for _ in range(1)]
    twin = await make.group(name=twins[0].name, force=True, reason="Hai tổ khác nhau")
    group_name = name.replace("Hợp tác xã", "Tổ hợp tác")
    heading = [
        "Mã số HTX",
        "Mã đơn vị trong hệ thống",
        "Hệ thống ngoài",
        "Mã ở hệ thống ngoài",
        "Tên đơn vị",
        "Xã/phường",
        "Tên sản phẩm",
    ]
    data = sheet(
        heading,
        ["", "", "", "", group_name, "Phường Gia Cẩm", "A"],
        ["", "", "", "", twin.name, "Phường Gia Cẩm", "B"],
        [a_code(), "", "", "", "", "", "C"],
        ["", "không phải mã", "", "", "", "", "D"],
        ["", "", "", "123", "", "", "E"],
        ["", "", "", "", name, "", "F"],
        ["", "", "", "", "", "", "G"],
    )
    report = ok(await send(registry.as_(area="25-2025"), "products", data))
    assert faults(report) == {
        (2, "organization_name", "unknown_organization"),
        (3, "organization_name", "ambiguous_organization"),
        (4, "organization_code", "unknown_organization"),
        (5, "organization_id", "wrong_format"),
        (6, "external_value", "required"),
        (7, "organization_name", "required"),
        (8, "organization_code", "required"),
    }
    details = {error["row"]: error["detail"] for error in report["errors"]}
    assert str(cooperative.code) in details[2]
    assert twin.id in details[3]
    assert twins[0].id in details[3]


async def test_every_bad_cell_is_named_and_nothing_is_written(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    data = sheet(
        PRODUCTS,
        [organization.code, "Chè", "Đồ uống", "4", "78,5", "01/10/2022"],
        [organization.code, "CHÈ", "", "", "", ""],
        [organization.code, "", "Gỗ", "6", "7x", "hôm qua"],
        [organization.code, "Cam", "", "4", "101", ""],
    )
    refused = assert_problem(
        await send(registry, "products", data, dry_run=False), 422, "import_refused", rows=4, failed=3
    )
    assert faults(refused) == {
        (3, None, "given_twice"),
        (4, "name", "required"),
        (4, "group", "not_allowed"),
        (4, "ocop_stars", "too_large"),
        (4, "ocop_score", "not_a_number"),
        (4, "recognized_on", "not_a_date"),
        (5, "ocop_score", "wrong_format"),
        (5, "recognized_on", "required"),
    }
    assert await _facts(registry, "products", organization) == []


async def test_an_organization_of_another_area_or_merged_away_gets_no_facts(registry: ApiClient, make: Make) -> None:
    theirs, kept, duplicate = (
        await make.organization(commune=LE_LOI),
        await make.organization(),
        await make.organization(),
    )
    merge = {"into": kept.id, "reason": "Trùng"}
    merged = await registry.post(f"{ORGANIZATIONS}/{duplicate.id}/deduplication", json=merge)
    assert merged.status_code in (200, 201), merged.text
    data = sheet(MEMBERS, [theirs.code, "official", "15/01/2021", ""], [duplicate.code, "official", "15/01/2021", ""])
    report = ok(await send(registry.as_(area="25-2025"), "alliance-memberships", data))
    assert faults(report) == {
        (2, "organization_code", "unknown_organization"),
        (3, "organization_code", "organization_merged"),
    }
    assert theirs.name not in str(report)
    assert str(kept.code) in report["errors"][1]["detail"]
    for scope in ("registry.read", "own.write"):
        assert_problem(await send(registry.as_(scope=scope), "alliance-memberships", data), 403, "scope_missing")


async def test_a_replayed_file_answers_the_same(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    data = sheet(MEMBERS, [organization.code, "official", "15/01/2021", ""])
    key = {"Idempotency-Key": f"members-{time.time_ns()}"}
    first = await send(registry, "alliance-memberships", data, headers=key, dry_run=False)
    again = await send(registry, "alliance-memberships", data, headers=key, dry_run=False)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_two_offices_that_send_one_list_at_once_enter_it_once(registry: ApiClient, make: Make) -> None:
    organizations = [await make.organization() for _ in range(5)]
    data = sheet(MEMBERS, *[[each.code, "official", "15/01/2021", ""] for each in organizations])
    answers = await asyncio.gather(*(send(registry, "alliance-memberships", data, dry_run=False) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "import_in_progress")
    for each in organizations:
        assert len(await _facts(registry, "alliance-memberships", each)) == 1


async def test_a_membership_entered_by_hand_meanwhile_is_met_by_the_file(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    data = sheet(MEMBERS, [organization.code, "official", "15/01/2021", ""])
    body = {"kind": "official", "admitted_on": "2021-01-15"}
    by_file, by_hand = await asyncio.gather(
        send(registry, "alliance-memberships", data, dry_run=False),
        registry.post(f"{ORGANIZATIONS}/{organization.id}/alliance-memberships", json=body),
    )
    assert (by_file.status_code, by_hand.status_code) in {(200, 201), (200, 409)}
    assert len(await _facts(registry, "alliance-memberships", organization)) == 1
