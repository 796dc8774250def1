"""Bringing rolls along: the template, the dry run, bad cells by name, a repeat."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
import python_calamine
import xlsxwriter

from services.training.classes.imports.columns import COLUMNS
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient
from tests.training.builders import ATTENDANCES, CLASSES, GIA_CAM, LE_LOI, PATH, TRAINEES, Make, a_person

IMPORTS = f"{PATH}/imports/classes"
LABELS = {column.field: column.label for column in COLUMNS}


def a_row(number: str = "TH-01", **fields: Any) -> dict[str, Any]:
    """Return a row of a class that is there already, or of a later line of a new one."""
    person = a_person()
    return {
        "class_number": number,
        "name": person["name"],
        "birth_year": "1980",
        "sex": "Nữ",
        "organization_name": "HTX Minh Khai",
        "audience": "Cán bộ quản lý HTX",
        "allowance_vnd": "150.000",
        **fields,
    }


def a_first_row(number: str = "TH-01", **fields: Any) -> dict[str, Any]:
    """Return the row that a new class begins with."""
    return a_row(
        number,
        **{
            "class_name": "Tập huấn Luật",
            "kind": "Tập huấn",
            "topic": "law",
            "attribution": "Do Liên minh tổ chức",
            "starts_on": "06/03/2023",
            "ends_on": "07/03/2023",
            "commune_code": GIA_CAM,
            "commune_map": "2008",
        }
        | fields,
    )


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
    response: httpx.Response = await client.post(
        IMPORTS, params=params, files={"file": ("lop.xlsx", data)}, headers=headers or {}
    )
    return response


def counts(report: dict[str, Any]) -> dict[str, int]:
    names = ("created", "unchanged", "failed", "classes_created", "trainees_created")
    return {name: report[name] for name in names if report[name]}


async def test_the_template_in_both_forms_can_be_sent_back_filled(training: ApiClient) -> None:
    workbook = await training.get(f"{IMPORTS}/template")
    sheets = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
    assert sheets.get_sheet_by_index(0).to_python() == [[column.label for column in COLUMNS]]
    sheet = await training.get(f"{IMPORTS}/template", params={"format": "csv"})
    filled = sheet.content + ",".join(str(a_first_row().get(column.field, "")) for column in COLUMNS).encode()
    assert counts(ok(await send(training, filled))) == {"created": 1, "classes_created": 1, "trainees_created": 1}


async def test_a_dry_run_keeps_nothing_and_the_run_for_good_makes_class_persons_and_attendances(
    training: ApiClient,
) -> None:
    data = as_xlsx(a_first_row(), a_row(), a_row(id_number="025080000001"))
    expected = {"created": 3, "classes_created": 1, "trainees_created": 3}
    assert counts(ok(await send(training, data))) == expected
    assert await every_item(training, CLASSES) == []
    assert counts(ok(await send(training, data, dry_run=False))) == expected
    (training_class,) = await every_item(training, CLASSES)
    assert (training_class["class_number"], training_class["state"], training_class["counted_on"]) == (
        "TH-01",
        "held",
        "2023-03-07",
    )
    entries = await every_item(training, f"{CLASSES}/{training_class['id']}/attendances")
    assert {(e["source"], e["is_walk_in"], e["allowance_vnd"], e["audience"]) for e in entries} == {
        ("file", False, 150_000, "manager")
    }
    history = ok(await training.get(f"{ATTENDANCES}/{entries[0]['id']}/history"))["items"]
    assert history[0]["content"]["class_id"] == training_class["id"]
    events = ok(await training.get(f"{PATH}/changes?types=attendance"))["items"]
    assert sorted(e["resource_id"] for e in events) == sorted(e["id"] for e in entries)


async def test_the_commune_of_a_class_is_found_by_its_name(training: ApiClient) -> None:
    by_name = {"commune_code": "", "commune_map": "", "commune_name": "Phường Gia Cẩm"}
    ok(await send(training, as_csv(a_first_row(**by_name), a_row()), dry_run=False))
    (training_class,) = await every_item(training, CLASSES)
    assert (training_class["commune_code"], training_class["commune_map"]) == (GIA_CAM, "2008")
    report = ok(await send(training, as_csv(a_first_row("TH-02", **{**by_name, "commune_name": "Xã Không Có"}))))
    assert {(error["field"], error["code"]) for error in report["errors"]} == {("commune_name", "unknown_commune")}


async def test_sending_a_file_again_changes_nothing(training: ApiClient) -> None:
    data = as_csv(a_first_row(), a_row(), a_first_row("TH-02"))
    ok(await send(training, data, dry_run=False))
    assert counts(ok(await send(training, data, dry_run=False))) == {"unchanged": 3}
    assert len(await every_item(training, ATTENDANCES)) == 3
    assert len(await every_item(training, TRAINEES)) == 3


async def test_a_person_in_two_classes_of_a_file_is_one_trainee_and_two_luot(training: ApiClient) -> None:
    person = {name: value for name, value in a_row().items() if name != "class_number"}
    data = as_csv(a_first_row("A", **person), a_first_row("B", **person))
    assert counts(ok(await send(training, data, dry_run=False)))["trainees_created"] == 1
    assert len(await every_item(training, ATTENDANCES)) == 2


async def test_a_number_that_a_later_row_brings_is_filled_in(training: ApiClient) -> None:
    person = {name: value for name, value in a_row().items() if name != "class_number"}
    later = {**person, "id_number": "025080000009"}
    data = as_csv(a_first_row("A", **person), a_first_row("B", **later), a_first_row("C", **person))
    assert counts(ok(await send(training, data, dry_run=False)))["trainees_created"] == 1
    (trainee,) = await every_item(training, TRAINEES)
    assert trainee["id_number_last4"] == "0009"


async def test_signs_that_mean_something_to_the_database_stay_what_was_typed(training: ApiClient) -> None:
    odd = {"organization_name": r'HTX "Một\Hai" \N {a,b}', "position": r"\N"}
    ok(await send(training, as_csv(a_first_row(), a_row(**odd)), dry_run=False))
    trainees = await every_item(training, TRAINEES)
    assert odd in [{name: trainee[name] for name in odd} for trainee in trainees]
    entries = await every_item(training, ATTENDANCES)
    (entry,) = [each for each in entries if each["organization_name"] == odd["organization_name"]]
    history = ok(await training.get(f"{ATTENDANCES}/{entry['id']}/history"))["items"]
    assert history[0]["content"]["organization_name"] == odd["organization_name"]


async def test_every_bad_cell_is_named_and_nothing_written(training: ApiClient, make: Make) -> None:
    await make.training_class(class_number="DA-CO", sessions=1, state="open")
    data = as_csv(
        a_first_row("A"),
        a_row("A", birth_year="1850"),
        a_row("A", id_number="12"),
        a_row("A", name=""),
        a_row("DA-CO"),
        a_row("MOI"),
        a_first_row("NGOAI", commune_code=LE_LOI),
        a_row("A", topic="Kế toán, tài chính, thuế"),
    )
    document = assert_problem(await send(training, data, dry_run=False), 422, "import_refused", failed=7, rows=8)
    named = {(error["row"], error["field"], error["code"]) for error in document["errors"]}
    assert named >= {
        (3, "birth_year", "too_small"),
        (4, "id_number", "wrong_format"),
        (5, "name", "required"),
        (6, "class_number", "class_state_forbids"),
        (7, "class_name", "required"),
        (7, "starts_on", "required"),
        (8, "commune_code", "outside_area"),
        (9, "topic", "class_differs"),
    }
    assert [item["class_number"] for item in await every_item(training, CLASSES)] == ["DA-CO"]
    answer = ok(await send(training, data, dry_run=False, mode="each"), 207)
    assert counts(answer) == {"created": 1, "failed": 7, "classes_created": 1, "trainees_created": 1}


@pytest.mark.thorough
async def test_five_thousand_rows_with_three_bad_ones_name_all_three_and_write_nothing(training: ApiClient) -> None:
    rows = [a_first_row(), *(a_row() for _ in range(4999))]
    for at, change in ((10, {"birth_year": "năm nọ"}), (2500, {"sex": "?"}), (4999, {"id_number": "1"})):
        rows[at].update(change)
    document = assert_problem(await send(training, as_xlsx(*rows), dry_run=False), 422, "import_refused", failed=3)
    where = [(error["row"], error["header"]) for error in document["errors"]]
    assert where == [(12, "Năm sinh"), (2502, "Giới tính"), (5001, "Số định danh")]
    assert await every_item(training, CLASSES) == []
    assert await every_item(training, TRAINEES) == []


async def test_wrong_columns_are_refused_by_name(training: ApiClient) -> None:
    response = await send(training, "Số lớp;Họ tên đầy đủ\nA;B\n".encode())
    assert_problem(response, 422, "wrong_columns", missing=["Họ và tên"], unknown=["Họ tên đầy đủ"])


async def test_who_is_missing_from_a_class_that_took_registrations_walked_in(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(class_number="DK", sessions=1, state="open")
    registered = a_person(organization_name="HTX Minh Khai")
    await make.registration(training_class, trainee=registered)
    ok(await training.post(f"{CLASSES}/{training_class.id}/start", json={}), 201)
    ok(await send(training, as_csv(a_row("DK", name=registered["name"]), a_row("DK")), dry_run=False))
    entries = await every_item(training, f"{CLASSES}/{training_class.id}/attendances")
    assert sorted(entry["is_walk_in"] for entry in entries) == [False, True]


async def test_history_says_from_which_file_and_row(training: ApiClient) -> None:
    ok(await send(training, as_xlsx(a_first_row(), a_row()), dry_run=False))
    (training_class,) = await every_item(training, CLASSES)
    attendances = await every_item(training, f"{CLASSES}/{training_class['id']}/attendances")
    paths = [f"{CLASSES}/{training_class['id']}"]
    paths += [f"{ATTENDANCES}/{each['id']}" for each in attendances]
    paths += [f"{PATH}/trainees/{each['trainee_id']}" for each in attendances]
    reasons = [ok(await training.get(f"{path}/history"))["items"][0]["reason"] for path in paths]
    assert reasons[0] == "Nhập từ tệp lop.xlsx, dòng 2"
    assert sorted(reasons[1:]) == sorted(f"Nhập từ tệp lop.xlsx, dòng {row}" for row in (2, 3, 2, 3))
