"""Bringing an office's list into the registry: the template, the dry run, bad cells by name, sending a file again."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from typing import Any

import httpx
import pytest
import python_calamine
import xlsxwriter

from kernel.values import geography
from services.registry.imports.columns import COLUMNS
from services.registry.organizations import together
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, PATH, Make, a_code, a_cooperative, a_name
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient

IMPORTS = f"{PATH}/imports"
LABELS = {column.field: column.label for column in COLUMNS}


def a_row(**fields: Any) -> dict[str, Any]:
    return {
        "type": "Hợp tác xã",
        "code": a_code(),
        "name": a_name(),
        "commune_code": GIA_CAM,
        "commune_map": "2008",
        "registered_on": "20/03/2019",
        "charter_capital_vnd": "500.000.000",
        **fields,
    }


def communes_of(province: str) -> list[str]:
    return [commune.code for commune in geography.communes() if commune.province_id == province]


def as_csv(*rows: dict[str, Any]) -> bytes:
    fields = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow([LABELS.get(name, name) for name in fields])
    sheet.writerows([row.get(name, "") for name in fields] for row in rows)
    return out.getvalue().encode()


def as_xlsx(*rows: dict[str, Any]) -> bytes:
    fields = list(dict.fromkeys(name for row in rows for name in row))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [LABELS[name] for name in fields])
        for at, row in enumerate(rows, 1):
            sheet.write_row(at, 0, [row.get(name, "") for name in fields])
    return out.getvalue()


async def send(client: ApiClient, data: bytes, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
    params = {name: str(value).lower() for name, value in query.items()}
    files = {"file": ("danh-sach.xlsx", data)}
    response: httpx.Response = await client.post(IMPORTS, params=params, files=files, headers=headers or {})
    return response


def counts(report: dict[str, Any]) -> dict[str, int]:
    names = ("created", "changed", "unchanged", "different", "failed")
    return {name: report[name] for name in names if report[name]}


async def found(client: ApiClient, name: str) -> list[dict[str, Any]]:
    items = await every_item(client, ORGANIZATIONS, q=name)
    return [item for item in items if item["name"] == name]


async def test_the_template_in_both_forms_can_be_sent_back_filled(registry: ApiClient) -> None:
    workbook = await registry.get(f"{IMPORTS}/template")
    assert workbook.headers["content-disposition"] == 'attachment; filename="to-chuc.xlsx"'
    sheets = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
    assert sheets.get_sheet_by_index(0).to_python() == [[column.label for column in COLUMNS]]
    assert sheets.sheet_names == ["Tổ chức", "Hướng dẫn", "Danh mục"]
    sheet = await registry.get(f"{IMPORTS}/template", params={"format": "csv"})
    filled = sheet.content + ",".join(str(a_row().get(column.field, "")) for column in COLUMNS).encode()
    assert counts(ok(await send(registry, filled))) == {"created": 1}
    assert_problem(await registry.get(f"{IMPORTS}/template", params={"format": "pdf"}), 422, "invalid")


async def test_a_dry_run_is_the_default_and_keeps_nothing(registry: ApiClient) -> None:
    row = a_row()
    report = ok(await send(registry, as_xlsx(row)))
    assert (report["dry_run"], counts(report)) == (True, {"created": 1})
    assert report["items"][0]["organization_id"] is None
    assert await found(registry, row["name"]) == []


async def test_a_file_sent_again_changes_nothing(registry: ApiClient) -> None:
    numbered, group = a_row(), a_row(type="Tổ hợp tác", code="")
    external = a_row(code="", external_system="dkkd", external_value=f"X{time.time_ns()}")
    data = as_csv(numbered, group, external)
    first = ok(await send(registry, data, dry_run=False))
    assert counts(first) == {"created": 3}
    again = ok(await send(registry, data, dry_run=False))
    assert counts(again) == {"unchanged": 3}
    assert [item["organization_id"] for item in again["items"]] == [item["organization_id"] for item in first["items"]]
    for row in (numbered, group, external):
        assert [item["version"] for item in await found(registry, row["name"])] == [1]


async def test_what_a_row_says_is_what_is_recorded(registry: ApiClient) -> None:
    row = a_row(
        business_line_code=118,
        business_line_version="VSIC 2018 (QĐ 27/2018/QĐ-TTg)",
        phone="0210123456",
        report_sector="nông - lâm - ngư - diêm nghiệp",
        founding_attribution="alliance_led",
        address="Khu 3",
        representative_name="Nguyễn Văn An",
        founded_on="15/03/2019",
        operating_state="operating",
        charter_capital_vnd=1_500_000_000,
    )
    row["code"], row["commune_code"] = float(row["code"]), int(GIA_CAM)
    ok(await send(registry, as_xlsx(row), dry_run=False))
    (organization,) = await found(registry, row["name"])
    assert organization["code"] == f"{row['code']:.0f}"
    assert (organization["seat"]["commune_code"], organization["seat"]["address"]) == (GIA_CAM, "Khu 3")
    assert organization["business_lines"] == [{"code": "0118", "version": "2018", "is_main": True, "detail": None}]
    assert (organization["charter_capital_vnd"], organization["report_sector"]) == (1_500_000_000, "agriculture")
    assert (organization["founded_on"], organization["registered_on"]) == ("2019-03-15", "2019-03-20")
    assert organization["contacts"] == [{"kind": "phone", "value": "0210123456"}]
    history = ok(await registry.get(f"{ORGANIZATIONS}/{organization['id']}/history"))
    assert [entry["action"] for entry in history["items"]] == ["created"]


async def test_every_bad_cell_is_named_by_row_and_column_in_vietnamese(registry: ApiClient) -> None:
    right = a_row()
    wrong = a_row(code="12", name="", registered_on="30/02/2020", charter_capital_vnd="5,5", type="Công ty ma")
    elsewhere = a_row(commune_code=LE_LOI)
    twice = a_row(code=right["code"])
    refused = await send(registry, as_csv(right, wrong, elsewhere, twice), dry_run=False)
    document = assert_problem(refused, 422, "import_refused", rows=4, failed=3)
    cells = {(error["row"], error["column"], error["code"]) for error in document["errors"]}
    assert cells == {
        (3, "A", "not_allowed"),
        (3, "B", "wrong_format"),
        (3, "C", "required"),
        (3, "F", "not_a_date"),
        (3, "G", "not_an_integer"),
        (4, "D", "outside_area"),
        (5, None, "given_twice"),
    }
    errors = {(error["row"], error["field"]): error for error in document["errors"]}
    assert errors[3, "name"]["detail"] == "Dòng 3, cột C (Tên): Hãy điền giá trị này; đây là mục bắt buộc."
    assert errors[3, "registered_on"]["value"] == "30/02/2020"
    assert errors[5, None]["detail"] == "Dòng 5: Trùng với dòng 2; hãy bỏ một dòng."
    assert await found(registry, right["name"]) == []


async def test_rows_that_are_right_can_be_written_without_the_others(registry: ApiClient) -> None:
    right, wrong = a_row(), a_row(registered_on="2099-01-01")
    report = ok(await send(registry, as_csv(wrong, right), dry_run=False, mode="each"), 207)
    assert counts(report) == {"created": 1, "failed": 1}
    assert [(error["row"], error["code"]) for error in report["errors"]] == [(2, "in_the_future")]
    assert len(await found(registry, right["name"])) == 1
    assert await found(registry, wrong["name"]) == []


async def test_an_organization_with_other_values_is_kept_unless_the_file_is_to_update(registry: ApiClient) -> None:
    row = a_row(name_short="Cũ", phone="0210000001")
    ok(await send(registry, as_csv(row), dry_run=False))
    other = {**row, "name_short": "Mới", "phone": "0210000002", "charter_capital_vnd": ""}
    kept = ok(await send(registry, as_csv(other), dry_run=False))
    assert counts(kept) == {"different": 1}
    assert sorted(kept["items"][0]["differences"]) == ["name_short", "phone"]
    assert (await found(registry, row["name"]))[0]["name_short"] == "Cũ"
    updated = ok(await send(registry, as_csv(other), dry_run=False, on_existing="update"))
    assert counts(updated) == {"changed": 1}
    (now,) = await found(registry, row["name"])
    assert (now["name_short"], now["charter_capital_vnd"], now["version"]) == ("Mới", 500_000_000, 2)
    assert [contact["value"] for contact in now["contacts"]] == ["0210000001", "0210000002"]
    assert counts(ok(await send(registry, as_csv(other), dry_run=False, on_existing="update"))) == {"unchanged": 1}


async def test_what_facts_decide_is_not_changed_by_a_file(registry: ApiClient) -> None:
    row = a_row()
    ok(await send(registry, as_csv(row), dry_run=False))
    ended = {**row, "legal_status": "Đã giải thể, phá sản, chấm dứt tồn tại"}
    assert ok(await send(registry, as_csv(ended)))["items"][0]["differences"] == ["legal_status"]
    refused = await send(registry, as_csv(ended), dry_run=False, on_existing="update")
    (error,) = assert_problem(refused, 422, "import_refused")["errors"]
    assert (error["field"], error["code"]) == ("legal_status", "decided_by_facts")


async def test_a_like_name_in_the_commune_is_asked_about_and_passes_with_a_reason(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization(name="Hợp tác xã Chè xanh Thanh Ba Lương Lỗ")
    alike = a_row(name="HTX chè xanh Thanh Ba Lương Lổ")
    (error,) = ok(await send(registry, as_csv(alike)))["errors"]
    assert (error["code"], error["column"]) == ("possible_duplicate", "C")
    assert organization.name in error["detail"]
    passed = ok(await send(registry, as_csv({**alike, "reason": "Hai HTX khác nhau"}), dry_run=False))
    assert counts(passed) == {"created": 1}


async def test_a_row_like_one_before_it_in_the_file_is_asked_about_too(registry: ApiClient) -> None:
    first = a_row(name="HTX Miến dong Phục Linh Bản Ngoại")
    alike = a_row(name="HTX Miến dong Phục Linh Bản Ngoài")
    also = a_row(name="HTX Miến dong Phục Lĩnh Bản Ngoại")
    elsewhere = {**alike, "code": a_code(), "commune_code": communes_of("25-2008")[7]}
    ended = {**first, "code": a_code(), "legal_status": "Đã giải thể, phá sản, chấm dứt tồn tại"}
    report = ok(await send(registry, as_csv(ended, first, alike, also, elsewhere)))
    assert [item["result"] for item in report["items"]] == ["created", "created", "failed", "failed", "created"]
    for error in report["errors"]:
        assert (error["code"], error["column"]) == ("possible_duplicate", "C")
        # The one that was refused is none that the next may repeat.
        assert first["name"] in error["detail"]
        assert alike["name"] not in error["detail"]
    given = {**alike, "reason": "Hai HTX khác nhau"}
    report = ok(await send(registry, as_csv(first, given, also), dry_run=False, mode="each"), 207)
    assert [item["result"] for item in report["items"]] == ["created", "created", "failed"]
    assert all(name in report["errors"][0]["detail"] for name in (first["name"], alike["name"]))


async def test_what_is_entered_by_hand_meanwhile_refuses_its_row_alone(
    registry: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [a_row() for _ in range(3)]
    judge = together._judge
    entered: list[dict[str, Any]] = []

    async def slowly(*given: Any) -> Any:
        judged = await judge(*given)
        if not entered:
            entered.append(ok(await registry.post(ORGANIZATIONS, json=a_cooperative(code=rows[1]["code"])), 201))
        return judged

    monkeypatch.setattr(together, "_judge", slowly)
    report = ok(await send(registry, as_csv(*rows), dry_run=False, mode="each"), 207)
    assert [item["result"] for item in report["items"]] == ["created", "failed", "created"]
    (error,) = report["errors"]
    assert (error["row"], error["code"], error["column"]) == (3, "code_in_use", "B")
    for row in (rows[0], rows[2]):
        (made,) = await found(registry, row["name"])
        at = ok(await registry.get(f"{ORGANIZATIONS}/{made['id']}", params={"as_of": "2020-01-01"}))
        assert at["legal_status"] == "active"


async def test_new_organizations_and_changes_take_effect_in_the_order_of_their_rows(registry: ApiClient) -> None:
    """A row behind finds the name that one before it gave; one before it does not."""
    old = a_row(external_system="dkkd", external_value=f"X{time.time_ns()}")
    ok(await send(registry, as_csv(old), dry_run=False))
    renamed = {**old, "code": a_code(), "name": a_name()}
    like = {**a_row(), "name": renamed["name"]}
    report = ok(await send(registry, as_csv(a_row(), renamed, like), on_existing="update"))
    assert [item["result"] for item in report["items"]] == ["created", "changed", "failed"]
    assert report["errors"][0]["code"] == "possible_duplicate"
    before = ok(await send(registry, as_csv(like, renamed), on_existing="update"))
    assert [item["result"] for item in before["items"]] == ["created", "changed"]


async def test_a_code_of_another_area_is_refused_without_saying_whose(registry: ApiClient, make: Make) -> None:
    theirs = await make.organization(commune=LE_LOI)
    (error,) = ok(await send(registry.as_(area="25-2025"), as_csv(a_row(code=theirs.code))))["errors"]
    assert (error["code"], error["column"]) == ("code_in_use", "B")
    assert theirs.name not in error["detail"]
    assert theirs.id not in str(error)


async def test_files_that_are_no_list_are_refused_with_what_is_wrong(registry: ApiClient) -> None:
    assert_problem(await send(registry, b"\xff\xfe\x00"), 422, "file_unreadable")
    assert_problem(await send(registry, b"PK\x03\x04 not a workbook"), 422, "file_unreadable")
    assert_problem(await send(registry, b""), 422, "no_rows")
    assert_problem(await send(registry, as_csv({**a_row(), "Ghi chú": "x"})), 422, "wrong_columns", unknown=["Ghi chú"])
    another = [f"{'Cột của biểu khác ' * 9}{number}" for number in range(60)]
    response = await send(registry, as_csv({**a_row(), **dict.fromkeys(another, "x")}))
    assert_problem(response, 422, "wrong_columns", unknown=another)
    assert response.json()["detail"].endswith("…")
    nameless = {name: value for name, value in a_row().items() if name != "name"}
    assert_problem(await send(registry, as_csv(nameless)), 422, "wrong_columns", missing=["Tên"])
    many = as_csv(a_row()) + b"x\n" * 20_000
    assert_problem(await send(registry, many), 422, "too_many_rows", rows=20_001, limit_rows=20_000)
    heading = as_csv(a_row()).splitlines()[0]
    assert_problem(await send(registry, heading), 422, "no_rows")
    assert_problem(await registry.as_(scope="registry.read").post(IMPORTS), 403, "scope_missing")


async def test_a_replayed_import_answers_the_same_and_another_file_under_its_key_is_refused(
    registry: ApiClient,
) -> None:
    data, key = as_csv(a_row()), {"Idempotency-Key": f"import-{time.time_ns()}"}
    first = await send(registry, data, key, dry_run=False)
    again = await send(registry, data, key, dry_run=False)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert_problem(await send(registry, as_csv(a_row()), key, dry_run=False), 422, "idempotency_key_reused")


async def test_two_offices_sending_the_same_list_at_once_enter_it_once(registry: ApiClient) -> None:
    rows = [a_row(type="Tổ hợp tác", code="") for _ in range(20)]
    answers = await asyncio.gather(*(send(registry, as_csv(*rows), dry_run=False) for _ in range(5)))
    for response in answers:
        if response.status_code == 409:
            assert_problem(response, 409, "import_in_progress")
            assert response.headers["retry-after"] == "10"
    assert any(response.status_code == 200 for response in answers)
    for row in rows:
        assert len(await found(registry, row["name"])) == 1


@pytest.mark.thorough
async def test_a_thousand_rows_with_three_bad_cells_name_all_three_and_write_nothing(registry: ApiClient) -> None:
    communes = communes_of("25-2008")
    assert len(communes) > 200
    rows = [a_row(commune_code=communes[at % len(communes)]) for at in range(1000)]
    for at, change in ((10, {"commune_code": "99999"}), (500, {"code": "1"}), (999, {"registered_on": "hôm qua"})):
        rows[at].update(change)
    document = assert_problem(await send(registry, as_xlsx(*rows), dry_run=False), 422, "import_refused", failed=3)
    assert [(error["row"], error["column"]) for error in document["errors"]] == [(12, "D"), (502, "B"), (1001, "F")]
    assert await found(registry, rows[0]["name"]) == []
