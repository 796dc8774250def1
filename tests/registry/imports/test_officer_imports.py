"""Officers from workbooks: found again by office, name and day, one at a time in an office, what is private said to nobody."""

from __future__ import annotations

import re
import time
from typing import Any

from kernel.database.connections import Database
from tests.registry.builders import ORGANIZATIONS, PATH, Make, Record, an_officer
from tests.registry.imports.sheets import counts, faults, send, sheet
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient

HEADING = ["Mã số HTX", "Chức danh", "Họ và tên", "Từ ngày", "Đến ngày", "Là thành viên HTX"]
PRIVATE = ["Giới tính", "Năm sinh", "Điện thoại"]
PURPOSE = {"purpose": "Đối chiếu danh sách"}


async def _officers(client: ApiClient, organization: Record) -> list[dict[str, Any]]:
    return await every_item(client, f"{ORGANIZATIONS}/{organization.id}/officers")


async def test_officers_of_an_office_are_entered_and_found_again(registry: ApiClient, make: Make) -> None:
    one, other = await make.organization(), await make.organization()
    data = sheet(
        [*HEADING, "Trình độ đào tạo"],
        [one.code, "Chủ tịch Hội đồng quản trị", "Nguyễn Văn Bình", "15/01/2022", "", "Có", "Đại học"],
        [one.code, "director", "Trần Thị Hoa", "15/01/2022", "", "không", ""],
        [one.code, "controller", "Lê Văn Cường", "15/01/2022", "", "", ""],
        [other.code, "group_leader", "Lê Văn Cường", "15/01/2020", "01/01/2023", "", ""],
    )
    report = ok(await send(registry, "officers", data, name="CB.xlsx", dry_run=False))
    assert counts(report) == {"created": 4}
    chair = next(each for each in await _officers(registry, one) if each["office"] == "chair")
    assert (chair["full_name"], chair["is_member"], chair["qualification"]) == ("Nguyễn Văn Bình", True, "university")
    assert sorted(str(each["is_member"]) for each in await _officers(registry, one)) == ["False", "None", "True"]
    history = ok(await registry.get(f"{PATH}/officers/{chair['id']}/history"))["items"]
    assert [entry["reason"] for entry in history] == ["Nhập từ tệp CB.xlsx, dòng 2"]
    (leader,) = await _officers(registry, other)
    assert leader["term_to"] == "2023-01-01"
    again = ok(await send(registry, "officers", data, dry_run=False))
    assert counts(again) == {"unchanged": 4}
    shouted = sheet(HEADING, [other.code, "group_leader", "LÊ VĂN CƯỜNG", "2020-01-15", "01/06/2023", ""])
    changed = ok(await send(registry, "officers", shouted, dry_run=False, on_existing="update"))
    assert (counts(changed), changed["items"][0]["differences"]) == ({"changed": 1}, ["full_name", "term_to"])
    (leader,) = await _officers(registry, other)
    assert (leader["full_name"], leader["term_to"], leader["version"]) == ("LÊ VĂN CƯỜNG", "2023-06-01", 2)


async def test_two_persons_in_one_office_at_a_time_are_refused_at_the_later_one(
    registry: ApiClient, make: Make
) -> None:
    held, free = await make.organization(), await make.organization()
    await make.officer(held, term_from="2020-01-01", term_to="2022-01-01")
    data = sheet(
        HEADING,
        [held.code, "director", "Trần Thị Hoa", "31/12/2021", "", ""],
        [held.code, "chair", "Trần Thị Hoa", "31/12/2021", "", ""],
        [free.code, "director", "Lê Văn Cường", "01/01/2021", "", ""],
        [free.code, "director", "Trần Thị Hoa", "01/01/2020", "01/06/2021", ""],
        [free.code, "board_member", "Lê Văn Cường", "01/01/2021", "", ""],
        [free.code, "board_member", "Trần Thị Hoa", "01/01/2021", "", ""],
    )
    report = ok(await send(registry, "officers", data, dry_run=False, mode="each"), 207)
    assert faults(report) == {(2, "term_from", "office_held"), (4, "term_from", "office_held")}
    details = {error["row"]: error["detail"] for error in report["errors"]}
    assert "Nguyễn Văn Bình giữ chức vụ “Giám đốc (Tổng giám đốc)” từ ngày 01/01/2020 đến 01/01/2022" in details[2]
    assert "Trần Thị Hoa giữ chức vụ “Giám đốc (Tổng giám đốc)” từ ngày 01/01/2020 đến 01/06/2021" in details[4]
    assert len(await _officers(registry, free)) == 3


async def test_what_is_private_is_compared_and_kept_but_never_said_back(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    row = [organization.code, "director", "Nguyễn Văn Bình", "15/01/2022", "", "", "Nữ", 1975, "0912 345 678"]
    answers = [await send(registry, "officers", sheet(HEADING + PRIVATE, row), dry_run=False)]
    again = await send(registry, "officers", sheet(HEADING + PRIVATE, row), dry_run=False)
    assert counts(ok(again)) == {"unchanged": 1}
    row[7:] = [1976, "0987654321"]
    other = sheet(HEADING + PRIVATE, row)
    kept = await send(registry, "officers", other, dry_run=False)
    assert (counts(ok(kept)), ok(kept)["items"][0]["differences"]) == ({"different": 1}, ["birth_year", "phone"])
    changed = await send(registry, "officers", other, dry_run=False, on_existing="update")
    assert counts(ok(changed)) == {"changed": 1}
    row[6:] = ["Nam giới", 1850, "gọi 0987654321"]
    wrong = await send(registry, "officers", sheet(HEADING + PRIVATE, row))
    assert faults(ok(wrong)) == {
        (2, "sex", "not_allowed"),
        (2, "birth_year", "too_small"),
        (2, "phone", "wrong_format"),
    }
    (officer,) = await _officers(registry, organization)
    written = await db.fetchval("SELECT string_agg(content::text, '') FROM history WHERE resource_type = 'officer'")
    said = [*(each.text for each in (*answers, again, kept, changed, wrong)), written, str(officer)]
    # Digits inside ids are none of them.
    secrets = re.compile(r"(?<![0-9a-f-])(0912 345 678|0987654321|1975|1976|1850|female|Nam giới)(?![0-9a-f-])")
    assert not [text for text in said if secrets.search(text)]
    # Whether a guess is right is told of: so who compared, dry run or not, stands in the audit.
    tried = await send(registry, "officers", other, dry_run=True)
    assert counts(ok(tried)) == {"unchanged": 1}
    compared = await db.fetch("SELECT actor, action FROM audit WHERE resource_id = $1", officer["id"])
    assert [each["action"] for each in compared] == ["officer.personal_data_compared"] * 4
    data = ok(await registry.get(f"{PATH}/officers/{officer['id']}/personal-data", params=PURPOSE))
    assert (data["sex"], data["birth_year"], data["phone"]) == ("female", 1976, "0987654321")


async def test_a_file_of_officers_is_known_again_by_its_key_alone(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    row = [organization.code, "director", "Nguyễn Văn Bình", "15/01/2022", "", "", "Nữ", 1975, "0912345678"]
    key = {"Idempotency-Key": f"officers-{time.time_ns()}"}
    data = sheet(HEADING + PRIVATE, row)
    first = await send(registry, "officers", data, headers=key, dry_run=False)
    again = await send(registry, "officers", data, headers=key, dry_run=False)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    row[8] = "0912345679"
    other = await send(registry, "officers", sheet(HEADING + PRIVATE, row), headers=key, dry_run=False)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_a_leader_entered_by_hand_is_met_by_the_file_and_others_enter_none(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    officer = ok(await registry.post(f"{ORGANIZATIONS}/{organization.id}/officers", json=an_officer()), 201)
    data = sheet(HEADING, [organization.code, "director", officer["full_name"], "15/01/2022", "", ""])
    report = ok(await send(registry, "officers", data, dry_run=False))
    assert (counts(report), report["items"][0]["record_id"]) == ({"unchanged": 1}, officer["id"])
    for scope in ("registry.read", "own.write"):
        assert_problem(await send(registry.as_(scope=scope), "officers", data), 403, "scope_missing")
    elsewhere = ok(await send(registry.as_(area="40-2025"), "officers", data))
    assert faults(elsewhere) == {(2, "organization_code", "unknown_organization")}
