"""Exports with the list's filters, for spreadsheets, and in words for people."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import python_calamine

from kernel.database.connections import Database
from kernel.feed import exports
from kernel.records.embedding import own_fields
from kernel.records.listing import listed_as
from services.registry.main import RESOURCES
from services.registry.organizations.schemas import Organization
from tests.registry.builders import LE_LOI, ORGANIZATIONS, Make, a_cooperative
from tests.registry.test_export_cells import FORMULAS
from tests.registry.test_exports import EXPORTS, ended, snapshot
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient


def _sheet(data: bytes) -> list[dict[str, Any]]:
    (heading, *rows) = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    )
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]


def _own(item: dict[str, Any]) -> dict[str, Any]:
    """Return what of an item the record holds itself: exports keep to ids."""
    return {name: item[name] for name in own_fields(Organization)}


async def _several(make: Make) -> None:
    await make.organization(name="HTX Đồng Tâm", registered_on="2019-02-03", report_sector="transport")
    await make.group(name="THT Sao Mai", registered_on="2021-05-06")
    await make.organization(name="HTX Sao Hôm", registered_on="2022-07-08", charter_capital_vnd=5_000_000_000)
    await make.organization(name="HTX Xa", commune=LE_LOI)


@pytest.mark.parametrize(
    "filters",
    [
        {"type": "cooperative"},
        {"type": ["cooperative", "cooperative_group"], "q": "sao"},
        {"registered_on_gte": "2020-01-01"},
        {"charter_capital_vnd_gte": 5_000_000_000},
        {"undated": False, "province": "25-2025"},
        {"is_operating": True, "as_of": "2022-01-01"},
        {"type": "enterprise"},
    ],
    ids=str,
)
async def test_a_filtered_export_holds_what_the_list_holds(
    registry: ApiClient, make: Make, filters: dict[str, Any]
) -> None:
    await _several(make)
    manifest, data = await snapshot(registry, filters=filters)
    asked = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
    listed = [_own(item) for item in await every_item(registry, ORGANIZATIONS, sort="id", **asked)]
    assert [json.loads(line) for line in data.splitlines()] == listed
    assert (manifest["rows"], manifest["cursor"]) == (len(listed), None)


async def test_only_the_whole_has_a_cursor_to_follow_from(registry: ApiClient, make: Make) -> None:
    await _several(make)
    wholes: tuple[dict[str, Any], ...] = ({}, {"filters": {}}, {"filters": None}, {"format": "xlsx"})
    for wanted in wholes:
        manifest, _ = await snapshot(registry, **wanted)
        assert manifest["cursor"], wanted
        assert manifest["rows"] == 3


async def test_filters_are_refused_as_the_list_refuses_them(registry: ApiClient) -> None:
    for filters, expected in (
        ({"type": "company"}, {("/filters/type", "not_allowed")}),
        (
            {"registered_on_gte": "01/02/2020", "colour": "red"},
            {("/filters/registered_on_gte", "not_a_date"), ("/filters/colour", "not_allowed")},
        ),
        ({"limit": 5}, {("/filters/limit", "not_allowed")}),
        ({"sort": "name"}, {("/filters/sort", "not_allowed")}),
        ({"undated": [True, False]}, {("/filters/undated", "given_twice")}),
        (
            {"counted_in": "cooperatives_total"},
            {("/filters/from", "required"), ("/filters/to", "required"), ("/filters/province", "required")},
        ),
        ({"q": "%"}, {("/filters/q", "wrong_format")}),
        ({"_q": "x"}, {("/filters/_q", "not_allowed")}),
    ):
        document = assert_problem(
            await registry.post(EXPORTS, json={"type": "organization", "filters": filters}), 422, "invalid"
        )
        assert {(error["pointer"], error["code"]) for error in document["errors"]} == expected, filters


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (
            {"headings": "labels", "bom": True, "filters": {"colour": "red", "a/b~": 1}},
            {"/headings", "/bom", "/filters/colour", "/filters/a~1b~0"},
        ),
        (
            {"format": "xlsx", "headings": "words", "bom": True, "filters": {"type": ["company"], "colour": "red"}},
            {"/headings", "/bom", "/filters/type", "/filters/colour"},
        ),
        ({"format": "pdf", "bom": True, "filters": {"colour": "red"}}, {"/format", "/filters/colour"}),
        ({"type": "loan", "headings": "labels", "filters": {"colour": "red"}}, {"/type", "/headings"}),
    ],
)
async def test_all_that_is_wrong_with_an_export_is_told_at_once(
    registry: ApiClient, wanted: dict[str, Any], expected: set[str]
) -> None:
    refused = await registry.post(EXPORTS, json={"type": "organization", **wanted})
    assert {pointer for pointer, _ in faults(refused)} == expected


async def test_a_filter_keeps_to_the_area(registry: ApiClient, make: Make) -> None:
    await _several(make)
    _, data = await snapshot(registry, filters={"province": "40-2025"})
    assert data == b""


async def test_excel_holds_the_records_with_days_as_days_and_numbers_as_numbers(
    registry: ApiClient, make: Make
) -> None:
    await _several(make)
    _, data = await snapshot(registry, format="xlsx", filters={"q": "sao hom"})
    (row,) = _sheet(data)
    assert (row["name"], row["type"], row["charter_capital_vnd"]) == ("HTX Sao Hôm", "cooperative", 5e9)
    assert row["registered_on"].isoformat() == "2022-07-08"
    assert json.loads(row["seat"])["province_2025"] == "25-2025"
    (listed,) = await every_item(registry, ORGANIZATIONS, q="sao hom")
    assert list(row) == list(_own(listed))


async def test_an_excel_file_of_nothing_has_its_heading(registry: ApiClient, make: Make) -> None:
    _, data = await snapshot(registry, format="xlsx")
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert (len(sheet), sheet[0][0]) == (1, "id")


@pytest.mark.parametrize("headings", ["codes", "labels"])
async def test_a_text_that_begins_like_a_formula_is_text_in_excel(registry: ApiClient, headings: str) -> None:
    for text in FORMULAS:
        ok(await registry.post(ORGANIZATIONS, json=a_cooperative(name_short=text)), 201)
    _, data = await snapshot(registry, format="xlsx", headings=headings)
    assert [*FORMULAS] == [
        next(v for k, v in row.items() if k in ("name_short", "Tên viết tắt")) for row in _sheet(data)
    ]
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("vi", {"Loại hình": "Tổ hợp tác", "Tình trạng pháp lý": "Đang hoạt động", "Trụ sở: Tên xã": "Gia Cẩm"}),
        ("en", {"Type": "Cooperative group", "Legal status": "Active", "Seat: Commune name": "Gia Cẩm"}),
    ],
)
async def test_for_people_headings_and_codes_are_words_and_the_seat_has_its_columns(
    registry: ApiClient, make: Make, format_: str, language: str, expected: dict[str, str]
) -> None:
    await _several(make)
    wanted = {"type": "organization", "format": format_, "headings": "labels", "filters": {"q": "sao mai"}}
    asked = await registry.post(EXPORTS, json=wanted, headers={"Accept-Language": language})
    job = await ended(registry, ok(asked, 202))
    data = (await registry.anonymous().get(job["result"]["files"][0]["url"])).content
    (row,) = _sheet(data) if format_ == "xlsx" else csv.DictReader(io.StringIO(data.decode()))
    assert {heading: row.get(heading) for heading in expected} == expected, list(row)
    assert not any("{" in str(heading) for heading in row)


async def test_lines_of_json_have_no_labels(registry: ApiClient) -> None:
    document = assert_problem(
        await registry.post(EXPORTS, json={"type": "organization", "headings": "labels"}), 422, "invalid"
    )
    assert [(error["pointer"], error["code"]) for error in document["errors"]] == [("/headings", "not_allowed")]


async def test_more_than_a_worksheet_holds_is_said(
    registry: ApiClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _several(make)
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 2)
    job = await ended(registry, ok(await registry.post(EXPORTS, json={"type": "organization", "format": "xlsx"}), 202))
    assert (job["state"], job["problem"]["code"]) == ("failed", "worksheet_full")
    assert (job["problem"]["rows"], job["problem"]["most"]) == (3, 2)


async def test_one_key_and_other_filters_are_another_request(registry: ApiClient, db: Database) -> None:
    key = {"Idempotency-Key": "export-of-cooperatives"}
    body = {"type": "organization", "filters": {"type": "cooperative"}}
    ok(await registry.post(EXPORTS, json=body, headers=key), 202)
    other = await registry.post(EXPORTS, json={**body, "filters": {"type": "enterprise"}}, headers=key)
    assert_problem(other, 422, "idempotency_key_reused")


def test_every_record_that_is_exported_has_a_list() -> None:
    for resource in RESOURCES:
        assert listed_as(resource).listing.name == resource.name
