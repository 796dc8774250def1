"""The organizations of a real office's file: titles, merged headings, old fonts, names of communes, short words for types."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.legacy_fonts import FONTS, Font
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, TAN_DAN, a_code, a_name
from tests.registry.imports.sheets import counts, faults, send, sheet, typed
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient


async def _organization(client: ApiClient, name: str) -> dict[str, Any]:
    (organization,) = [each for each in await every_item(client, ORGANIZATIONS, q=name) if each["name"] == name]
    return organization


async def test_a_list_as_an_office_keeps_it_is_read(registry: ApiClient) -> None:
    names = [a_name() for _ in range(3)]
    data = sheet(
        ["LIÊN MINH HTX TỈNH PHÚ THỌ", "", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        [],
        ["DANH SÁCH HTX, THT"],
        ["(Đến ngày 31/12/2023)"],
        ["STT", "Tên HTX", "Loại hình", "Trụ sở", "", "", "Vốn điều lệ", "Ngày"],
        ["", "", "", "Xã/phường", "Huyện", "Tỉnh", "(đồng)", "thành lập"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
        [1, names[0], "HTX", "Phường Gia Cẩm", "TP Việt Trì", "Phú Thọ", "1.500.000.000", "31/12/2022"],
        [2, names[1], "THT", "Tân Dân", "Việt Trì", "", "", 44926],
        [3, names[2], "QTDND", "Gia Cẩm", "", "", "13.200", "31-12-2022"],
        merged=("A1:D1", "E1:H1", "A3:H3", "A5:A6", "B5:B6", "C5:C6", "D5:F5"),
    )
    office = registry.as_(area="25-2025")
    report = ok(await send(office, "", data, name="Danh sách 2023.xlsx", dry_run=False))
    assert (report["converted_from"], counts(report)) == (None, {"created": 3})
    assert [item["row"] for item in report["items"]] == [8, 9, 10]
    cooperative, group, fund = [await _organization(registry, name) for name in names]
    assert cooperative["type"] == "cooperative"
    assert (cooperative["seat"]["commune_code"], cooperative["seat"]["commune_map"]) == (GIA_CAM, "2008")
    assert (cooperative["charter_capital_vnd"], cooperative["founded_on"]) == (1_500_000_000, "2022-12-31")
    assert (group["type"], group["seat"]["commune_code"], group["founded_on"]) == (
        "cooperative_group",
        TAN_DAN,
        "2022-12-31",
    )
    assert (fund["type"], fund["is_credit_fund"], fund["charter_capital_vnd"]) == ("cooperative", True, 13_200)
    assert counts(ok(await send(office, "", data, dry_run=False))) == {"unchanged": 3}


@pytest.mark.parametrize("font", FONTS)
async def test_a_list_in_a_font_of_before_unicode_is_converted_and_says_so(registry: ApiClient, font: Font) -> None:
    name = a_name()
    rows = [
        ["Danh sách hợp tác xã trên địa bàn tỉnh"],
        ["Loại hình", "Tên", "Xã/phường", "Địa chỉ"],
        ["Hợp tác xã", name, "Phường Gia Cẩm", "Tổ 5, đường Hùng Vương"],
    ]
    data = sheet(*[[typed(cell, font) for cell in row] for row in rows])
    report = ok(await send(registry.as_(area="25-2025"), "", data, dry_run=False))
    assert (report["converted_from"], counts(report)) == (font, {"created": 1})
    organization = await _organization(registry, name)
    assert organization["seat"]["address"] == "Tổ 5, đường Hùng Vương"
    again = sheet(*rows)
    report = ok(await send(registry.as_(area="25-2025"), "", again, dry_run=False))
    assert (report["converted_from"], counts(report)) == (None, {"unchanged": 1})


async def test_a_commune_that_may_be_two_is_asked_about_with_its_codes(registry: ApiClient) -> None:
    heading = ["Loại hình", "Tên", "Xã/phường", "Mã xã", "Huyện"]
    data = sheet(
        heading,
        ["HTX", a_name(), "Tân Dân", "", ""],
        ["HTX", a_name(), "Xã Không Có", "", ""],
        ["HTX", a_name(), "", "", ""],
        ["HTX", a_name(), "Tân Dân", GIA_CAM, ""],
        ["HTX", a_name(), "Tân Dân", "", "Việt Trì"],
    )
    report = ok(await send(registry.as_(area="VN"), "", data))
    assert faults(report) == {
        (2, "commune_name", "ambiguous_commune"),
        (3, "commune_name", "unknown_commune"),
        (4, "commune_code", "required"),
        (5, "commune_name", "commune_differs"),
    }
    assert counts(report) == {"created": 1, "failed": 4}
    ambiguous = report["errors"][0]
    assert (ambiguous["column"], ambiguous["value"]) == ("C", "Tân Dân")
    assert "Hãy ghi mã xã, hoặc ghi thêm huyện, tỉnh, địa giới." in ambiguous["detail"]


async def test_a_commune_outside_the_area_is_refused_at_the_cell_that_names_it(registry: ApiClient) -> None:
    office = registry.as_(area="25-2025")
    data = sheet(
        ["Loại hình", "Tên", "Xã/phường", "Tỉnh"],
        ["HTX", a_name(), "Lê Lợi", "Nghệ An"],
        ["HTX", a_name(), "Lê Lợi", ""],
    )
    report = ok(await send(office, "", data))
    assert {code for _, _, code in faults(report)} <= {"outside_area", "ambiguous_commune", "unknown_commune"}
    assert {field for _, field, _ in faults(report)} == {"commune_name"}
    report = ok(
        await send(office, "", sheet(["Loại hình", "Tên", "Mã xã", "Địa giới"], ["HTX", a_name(), LE_LOI, "2008"]))
    )
    assert faults(report) == {(2, "commune_code", "outside_area")}


async def test_a_commune_merged_away_long_ago_is_told_of_in_the_file_as_the_error_says(registry: ApiClient) -> None:
    heading, row = ["Loại hình", "Tên", "Mã xã", "Xã/phường", "Tỉnh"], ["HTX", a_name(), "99998", "", ""]
    (error,) = ok(await send(registry, "", sheet(heading, row)))["errors"]
    assert (error["field"], error["code"]) == ("commune_code", "unknown_commune")
    row[3:] = ["Xã Cũ", "Phú Thọ"]
    assert counts(ok(await send(registry, "", sheet(heading, row)))) == {"created": 1}
    unknown = ["HTX", a_name(), "00000", "", "Phú Thọ"]
    assert counts(ok(await send(registry, "", sheet(heading, unknown)))) == {"created": 1}


async def test_a_column_of_the_offices_own_is_never_dropped_unread(registry: ApiClient) -> None:
    heading = ["STT", "Loại hình", "Tên", "Mã xã", "Địa giới", "Ghi chú"]
    row = [1, "HTX", a_name(), GIA_CAM, "2008"]
    assert counts(ok(await send(registry, "", sheet(heading, row)))) == {"created": 1}
    assert_problem(
        await send(registry, "", sheet(heading, [*row, "Đã giải thể"])), 422, "wrong_columns", unknown=["Ghi chú"]
    )


async def test_history_says_from_which_file_and_row_in_both_languages(registry: ApiClient) -> None:
    name, code = a_name(), a_code()
    heading = ["Loại hình", "Tên", "Mã số", "Mã xã", "Địa giới", "Tên viết tắt"]
    for short in ("Một", "Hai"):
        data = sheet(["Danh sách"], heading, ["HTX", name, code, GIA_CAM, "2008", short])
        ok(await send(registry, "", data, name="C:\\Văn phòng\\HTX 2023.xlsx", dry_run=False, on_existing="update"))
    path = f"{ORGANIZATIONS}/{(await _organization(registry, name))['id']}/history"
    for language, words in (
        ("vi", "Nhập từ tệp HTX 2023.xlsx, dòng 3"),
        ("en", "Imported from file HTX 2023.xlsx, row 3"),
    ):
        history = ok(await registry.get(path, headers={"Accept-Language": language}))["items"]
        assert [(entry["action"], entry["reason"]) for entry in history] == [("created", words), ("changed", words)]


async def test_the_reason_of_a_row_stands_before_its_origin(registry: ApiClient) -> None:
    name = a_name()
    heading = ["Loại hình", "Tên", "Mã xã", "Địa giới", "Lý do nhập dù gần giống"]
    data = sheet(heading, ["HTX", name, GIA_CAM, "2008", "Hai HTX khác nhau"])
    ok(await send(registry, "", data, name="a.xlsx", dry_run=False))
    history = ok(await registry.get(f"{ORGANIZATIONS}/{(await _organization(registry, name))['id']}/history"))["items"]
    assert history[0]["reason"] == "Hai HTX khác nhau (Nhập từ tệp a.xlsx, dòng 2)"


async def test_what_facts_decide_is_told_with_what_stands_so_that_the_cell_can_be_mended(registry: ApiClient) -> None:
    name, code = a_name(), a_code()
    heading = ["Loại hình", "Tên", "Mã số", "Mã xã", "Địa giới", "Tình trạng pháp lý"]
    ok(await send(registry, "", sheet(heading, ["HTX", name, code, GIA_CAM, "2008", ""]), dry_run=False))
    other = sheet(heading, ["HTX", name, code, TAN_DAN, "2008", "Tạm ngừng kinh doanh"])
    refused = await send(registry, "", other, dry_run=False, on_existing="update")
    errors = {error["field"]: error["detail"] for error in assert_problem(refused, 422, "import_refused")["errors"]}
    assert set(errors) == {"commune_code", "legal_status"}
    assert "Sổ đăng ký ghi Gia Cẩm (07900)" in errors["commune_code"]
    assert "Sổ đăng ký ghi “Đang hoạt động”" in errors["legal_status"]
