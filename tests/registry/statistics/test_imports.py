"""Figures by workbook: a template that comes filled, and its way back."""

from __future__ import annotations

import io
from typing import Any

import httpx
import python_calamine
import xlsxwriter

from services.registry.statistics.imports.columns import COLUMNS
from tests.registry.builders import LE_LOI, PATH, THAI_BINH, Make
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

STATISTICS = f"{PATH}/organization-statistics"
IMPORTS = f"{STATISTICS}/imports"
FIELDS = [column.field for column in COLUMNS]
AT = {field: at for at, field in enumerate(FIELDS)}
Sheet = list[list[Any]]


async def template(client: ApiClient, period: str, **query: str) -> Sheet:
    """Return the first sheet of the template, the heading first."""
    response = await client.get(f"{IMPORTS}/template", params={"period": period, **query})
    assert response.status_code == 200, response.text
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    rows: Sheet = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return rows


def as_file(rows: Sheet) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return out.getvalue()


async def send(client: ApiClient, rows: Sheet, **query: str) -> httpx.Response:
    files = {"file": ("so-lieu.xlsx", as_file(rows))}
    response: httpx.Response = await client.post(IMPORTS, params={"dry_run": "false", **query}, files=files)
    return response


def results(report: dict[str, Any]) -> list[str]:
    return [item["result"] for item in report["items"]]


async def test_the_template_holds_the_provinces_standing_organizations_and_what_is_known(
    registry: ApiClient, make: Make
) -> None:
    known = await make.organization(name="Hợp tác xã Có Số Liệu")
    income = {"amount_vnd": 4_540_000, "per": "month"}
    await make.statistic(known, period="2021", members_female=11, income_per_worker=income, source="tax")
    await make.statistic(known, period="2022-H1", members_female=12)
    new = await make.group(name="Tổ hợp tác Mới")
    await make.organization(type="enterprise")
    await make.organization(commune=THAI_BINH)
    await make.organization(commune=LE_LOI)
    heading, *rows = await template(registry, "2022", province="25-2008")
    assert heading == [column.label for column in COLUMNS]
    by_id = {row[AT["organization_id"]]: dict(zip(FIELDS, row, strict=True)) for row in rows}
    assert set(by_id) == {known.id, new.id}
    row = by_id[known.id]
    assert (row["organization_name"], row["organization_code"]) == ("Hợp tác xã Có Số Liệu", known.code)
    assert (row["commune_name"], row["period"]) == ("Gia Cẩm", "2022")
    assert (row["members_female"], row["income_per_worker_vnd"], row["income_per"]) == (11, 4_540_000, "Tháng")
    assert row["source"] == ""
    assert by_id[new.id]["members_female"] == ""
    await make.statistic(known, period="2022", members_female=13)
    filled = {row[0]: dict(zip(FIELDS, row, strict=True)) for row in (await template(registry, "2022"))[1:]}
    assert (filled[known.id]["members_female"], filled[known.id]["source"]) == (13, "Đơn vị báo cáo")
    plain = await registry.get(f"{IMPORTS}/template?period=2022&format=csv&province=25-2008")
    assert "Hợp tác xã Có Số Liệu" in plain.text


async def test_what_was_not_touched_changes_nothing(registry: ApiClient, make: Make) -> None:
    last = await make.organization()
    await make.statistic(last, period="2021", income_per_worker={"amount_vnd": 4_540_000, "per": "month"})
    there = await make.organization()
    row = await make.statistic(there, period="2022", profit_vnd=-7, source_document="BC 12")
    await make.organization()
    sheet = await template(registry, "2022")
    for on_existing in ("keep", "update"):
        report = ok(await send(registry, sheet, on_existing=on_existing))
        assert results(report) == ["unchanged"] * 3
    assert ok(await registry.get(f"{STATISTICS}/{row.id}"))["version"] == 1
    assert ok(await registry.get(f"{STATISTICS}?count=exact"))["count"] == 2


async def test_what_was_filled_in_is_entered_and_corrected_with_file_and_row(registry: ApiClient, make: Make) -> None:
    last, there = await make.organization(), await make.organization()
    await make.statistic(last, period="2021")
    row = await make.statistic(there, period="2022")
    sheet = await template(registry, "2022")
    at = {cells[0]: number for number, cells in enumerate(sheet)}
    sheet[at[last.id]][AT["workers_regular"]] = 12
    sheet[at[there.id]][AT["workers_regular"]] = "1.013"
    refused = assert_problem(await send(registry, sheet), 422, "import_refused")
    (fault,) = refused["errors"]
    assert (fault["field"], fault["code"], fault["row"]) == ("source", "required", at[last.id] + 1)
    sheet[at[last.id]][AT["source"]] = "Cơ quan thuế"
    tried = ok(await send(registry, sheet, dry_run="true", on_existing="update"))
    assert (tried["created"], tried["changed"], tried["items"][at[last.id] - 1]["organization_statistic_id"]) == (
        1,
        1,
        None,
    )
    kept = ok(await send(registry, sheet))
    assert (kept["created"], kept["different"]) == (1, 1)
    assert kept["items"][at[there.id] - 1]["differences"] == ["workers_regular"]
    changed = ok(await send(registry, sheet, on_existing="update"))
    assert (changed["unchanged"], changed["changed"]) == (1, 1)
    assert results(ok(await send(registry, sheet, on_existing="update"))) == ["unchanged"] * 2
    warnings = changed["items"][at[there.id] - 1]["warnings"]
    assert warnings == []
    history = ok(await registry.get(f"{STATISTICS}/{row.id}/history"))["items"]
    assert (history[1]["reason"], history[1]["content"]["workers_regular"]) == (
        f"Nhập từ tệp so-lieu.xlsx, dòng {at[there.id] + 1}",
        1013,
    )
    (new,) = await every_item(registry, f"{STATISTICS}?organization_id={last.id}&period=2022")
    assert (new["workers_regular"], new["source"], new["revenue_vnd"]) == (12, "tax", 2_000_000_000)
    (first,) = ok(await registry.get(f"{STATISTICS}/{new['id']}/history"))["items"]
    assert first["reason"] == f"Nhập từ tệp so-lieu.xlsx, dòng {at[last.id] + 1}"


async def test_bad_cells_are_named_and_the_rest_stands_with_each(registry: ApiClient, make: Make) -> None:
    here, abroad = await make.organization(), await make.organization(commune=LE_LOI)
    fields = [
        "organization_id",
        "organization_code",
        "period",
        "workers_regular",
        "workers_female",
        "income_per_worker_vnd",
        "source",
    ]
    rows: Sheet = [
        fields,
        ["", here.code, "2021", 5, "", "", "unit"],
        [here.id, "", "2022", 5, 6, "", "unit"],
        [here.id, "", "2023-13", 5, "", "", "unit"],
        [here.id, "", "2019", 5, "", "", "unit"],
        [abroad.id, "", "2022", 5, "", "", "unit"],
        ["", "2699999999", "2022", 5, "", "", "unit"],
        [here.id, "", "2023", 5, "", 4_000_000, "unit"],
        [here.id, "", "2021-12M", 5, "", "", "unit"],
        [here.id, "", "2020", "năm", "", "", "rumour"],
        [here.id, "", "", 5, "", "", "unit"],
    ]
    report = ok(await send(registry, rows, mode="each"), 207)
    assert results(report) == ["created", *["failed"] * 9]
    assert {(error["row"], error["field"], error["code"]) for error in report["errors"]} == {
        (3, "workers_female", "above_the_whole"),
        (4, "period", "not_a_period"),
        (5, "period", "organization_not_there"),
        (6, "organization_id", "unknown_organization"),
        (7, "organization_code", "unknown_organization"),
        (8, "income_per", "required"),
        (9, None, "given_twice"),
        (10, "workers_regular", "not_an_integer"),
        (10, "source", "not_allowed"),
        (11, "period", "required"),
    }


async def test_a_template_is_of_a_period_that_has_ended_and_of_the_area(registry: ApiClient, make: Make) -> None:
    await make.organization()
    assert faults(await registry.get(f"{IMPORTS}/template")) == {("period", "required")}
    assert faults(await registry.get(f"{IMPORTS}/template?period=2998")) == {("period", "period_not_begun")}
    unknown = await registry.get(f"{IMPORTS}/template?period=2022&province=99-2025")
    assert faults(unknown) == {("province", "unknown_province")}
    elsewhere = registry.as_(area="40-2025")
    assert await template(elsewhere, "2022") == [[column.label for column in COLUMNS]]
    assert await template(elsewhere, "2022", province="25-2025") == [[column.label for column in COLUMNS]]
    assert_problem(await registry.as_(scope="registry.read").post(IMPORTS), 403, "scope_missing")
