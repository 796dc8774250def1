"""A sheet is read under its template's columns: every bad cell is named by its row and column, every good one is taken."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
import python_calamine
from fastapi import UploadFile

from kernel.problems import FieldError, TooLarge
from kernel.web.calls import Call
from kernel.workbooks.columns import Column
from kernel.workbooks.limits import LIMIT_BYTES, LIMIT_ROWS
from kernel.workbooks.problems import NoRows, TooManyRows, WrongColumns
from kernel.workbooks.table import CellFault, Table, read_table
from kernel.workbooks.templates import template_csv, template_xlsx

CROPS = {"tea": ("Chè", "Tea"), "orange": ("Cam sành", "Orange")}
COLUMNS = (
    Column("name", "Tên thửa đất", required=True, note="Như trong sổ", example="Đồi chè"),
    Column("crop", "Cây trồng", "code", codes=CROPS),
    Column("area_m2", "Diện tích (m2)", "whole"),
    Column("planted_on", "Ngày trồng", "day"),
    Column("tax_code", "Mã số thuế", digits=(10, 13)),
    Column("phone", "Số điện thoại", secret=True),
    Column("yield_tonnes", "Năng suất (tấn)", "decimal"),
)
HEADING = [column.label for column in COLUMNS]


def _values(*cells: Any) -> dict[str, Any]:
    """Return what a row with `cells` behind the name says. Raises AssertionError if it has a fault."""
    (line,) = Table([HEADING, ["Đồi chè", *cells]], COLUMNS).lines()
    assert line.faults == []
    return {name: value for name, value in line.values.items() if name != "name"}


def _faults(*row: Any) -> list[tuple[str, str]]:
    (line,) = Table([HEADING, [*row]], COLUMNS).lines()
    return [(field, fault.code) for field, fault in line.faults]


@pytest.mark.parametrize(
    "heading",
    ["Tên thửa đất", "name", "TÊN THỬA ĐẤT", "ten thua dat", " Tên thửa đất * ", "Tên  thửa đất*"],
)
def test_a_column_is_known_by_its_label_or_field_without_regard_to_case_marks_and_asterisks(heading: str) -> None:
    (line,) = Table([[heading], ["Đồi chè"]], COLUMNS).lines()
    assert line.values == {"name": "Đồi chè"}


def test_columns_may_stand_in_any_order_with_gaps_and_optional_ones_left_out() -> None:
    (line,) = Table([["Cây trồng", "", "Tên thửa đất"], ["Chè", "what has no heading", "Đồi"]], COLUMNS).lines()
    assert line.values == {"crop": "tea", "name": "Đồi"}


def test_missing_unknown_and_repeated_columns_are_named_together() -> None:
    with pytest.raises(WrongColumns) as raised:
        Table([["Cây trồng", "Ghi chú", "crop", "Chủ đất"], ["Chè", "xa", "", "ông An"]], COLUMNS)
    assert raised.value.members == {
        "missing": ["Tên thửa đất"],
        "unknown": ["Ghi chú", "Chủ đất"],
        "repeated": ["crop"],
    }


@pytest.mark.parametrize("rows", [[], [[""], [None, " "]], [HEADING], [HEADING, ["", None, "  "]]])
def test_a_sheet_without_a_row_that_says_something_is_refused(rows: list[list[Any]]) -> None:
    with pytest.raises(NoRows):
        Table(rows, COLUMNS)


def test_rows_keep_the_numbers_that_the_office_sees_and_blank_ones_are_passed_over() -> None:
    table = Table([HEADING, ["một"], [], ["", None], ["hai"], [" "], ["ba"], [], []], COLUMNS)
    assert [(line.number, line.values["name"]) for line in table.lines()] == [(2, "một"), (5, "hai"), (7, "ba")]


def test_every_fault_of_a_row_is_told_and_what_is_right_beside_it_is_read() -> None:
    (line,) = Table([HEADING, ["", "rice", "many", "32/01/2023", "0102030405"]], COLUMNS).lines()
    assert [(field, fault.code) for field, fault in line.faults] == [
        ("name", "required"),
        ("crop", "not_allowed"),
        ("area_m2", "not_an_integer"),
        ("planted_on", "not_a_date"),
    ]
    assert line.values == {"tax_code": "0102030405"}


def test_an_empty_cell_says_nothing_where_it_is_not_required() -> None:
    assert _values("", None, " ", "") == {}
    assert _faults(None, "tea") == [("name", "required")]
    assert _faults("Đồi") == [], "a row may end before the last column"


@pytest.mark.parametrize("cell", ["tea", "Chè", "Tea", "CHÈ", "che", " chè "])
def test_a_code_is_taken_by_itself_or_by_its_label_in_either_language(cell: str) -> None:
    assert _values(cell) == {"crop": "tea"}


@pytest.mark.parametrize(
    ("cell", "whole"),
    [
        (1500, 1500),
        (1500.0, 1500),
        ("1500", 1500),
        ("1.500", 1500),
        ("1,500,000", 1_500_000),
        ("1 500", 1500),
        ("-20", -20),
        ("1\u00a0500", 1500),
    ],
)
def test_a_whole_number_may_be_grouped_as_people_write_it(cell: Any, whole: int) -> None:
    assert _values("", cell) == {"area_m2": whole}


@pytest.mark.parametrize("cell", [1.5, "1.5", "1,50", "15.00", "1500 m2", "1e3", float("inf"), float("nan"), True])
def test_what_is_no_whole_number_is_a_fault_and_never_rounded(cell: Any) -> None:
    assert _faults("Đồi", "", cell) == [("area_m2", "not_an_integer")]


@pytest.mark.parametrize(
    "cell",
    [
        date(2023, 8, 5),
        datetime(2023, 8, 5, 7, 30),  # noqa: DTZ001
        "5/8/2023",
        "05/08/2023",
        "5.8.2023",
        "05-08-2023",
        "2023-08-05",
        "2023/8/5",
        "05/08/2023 00:00:00",
        45143,
        45143.0,
        "45143",
    ],
)
def test_a_day_is_read_day_first(cell: Any) -> None:
    assert _values("", "", cell) == {"planted_on": "2023-08-05"}


@pytest.mark.parametrize(
    "cell", ["08/31/2023", "31/02/2023", "5/8/23", "tháng 8", 2019, "2019", 19_999, 73_051, 45143.5, "05/08/2023 07:30"]
)
def test_what_is_no_day_is_a_fault(cell: Any) -> None:
    assert _faults("Đồi", "", "", cell) == [("planted_on", "not_a_date")]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (102030405, "0102030405"),
        (102030405.0, "0102030405"),
        (10203040506, "0010203040506"),
        ("102030405", "102030405"),
        (12345678901234, "12345678901234"),
    ],
)
def test_a_code_of_digits_gets_back_the_zeros_that_a_spreadsheet_dropped(cell: Any, code: str) -> None:
    assert _values("", "", "", cell) == {"tax_code": code}


def test_a_fault_says_its_row_its_column_its_heading_and_what_stands_there() -> None:
    table = Table([HEADING, ["Đồi"], ["Bãi", "rice", "", "", "", "0912345678"]], COLUMNS)
    fault = CellFault(FieldError("not_allowed", ("Sai.", "Wrong.")), table.cell(3, "crop"))
    document = fault.document("en")
    place = {name: document[name] for name in ("row", "column", "header", "field", "value", "pointer")}
    assert place == {
        "row": 3,
        "column": "B",
        "header": "Cây trồng",
        "field": "crop",
        "value": "rice",
        "pointer": "/rows/3/crop",
    }
    assert document["detail"] == "Row 3, column B (Cây trồng): Wrong."
    assert fault.document("vi")["detail"] == "Dòng 3, cột B (Cây trồng): Sai."


def test_a_fault_of_the_whole_row_names_no_column() -> None:
    cell = Table([HEADING, ["Đồi"]], COLUMNS).cell(2, None)
    document = CellFault(FieldError("given_twice", ("Lặp.", "Twice.")), cell).document("en")
    assert (document["pointer"], document["column"], document["detail"]) == ("/rows/2", None, "Row 2: Twice.")


def test_a_secret_cell_is_never_said_back() -> None:
    table = Table([HEADING, ["Đồi", "", "", "", "", "0912345678"]], COLUMNS)
    assert table.cell(2, "phone").value is None
    assert (table.cell(2, "phone").column, table.cell(2, "name").value) == ("F", "Đồi")


class _Readers:
    """Answers as the reading process would."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer, self.limit_rows, self.whose = answer, 0, ""

    async def output(self, module: str, argument: str, data: bytes, *, whose: str) -> bytes:
        self.limit_rows, self.whose = int(argument), whose
        return orjson.dumps(self.answer)


def _call(readers: _Readers) -> Call:
    caller = SimpleNamespace(id="officer", client_id="tests")
    return cast(Call, SimpleNamespace(state=SimpleNamespace(readers=readers), caller=caller))


async def test_a_file_is_read_for_its_sender_and_its_bytes_stand_for_it_as_a_request() -> None:
    readers = _Readers({"rows": [HEADING, ["Đồi"]]})
    sent = await read_table(_call(readers), UploadFile(io.BytesIO(b"one")), COLUMNS)
    other = await read_table(_call(_Readers({"rows": [HEADING, ["Đồi"]]})), UploadFile(io.BytesIO(b"two")), COLUMNS)
    assert [line.values for line in sent.table.lines()] == [{"name": "Đồi"}]
    assert (readers.limit_rows, readers.whose) == (LIMIT_ROWS, "tests/officer")
    assert sent.digest != other.digest


async def test_what_the_reading_process_refuses_becomes_the_problem_of_that_code() -> None:
    readers = _Readers({"code": "too_many_rows", "members": {"rows": 7000, "limit_rows": 5000}})
    with pytest.raises(TooManyRows) as raised:
        await read_table(_call(readers), UploadFile(io.BytesIO(b"x")), COLUMNS)
    assert raised.value.members == {"rows": 7000, "limit_rows": 5000}


async def test_a_file_above_the_limit_is_refused_before_it_is_read() -> None:
    readers = _Readers({"rows": []})
    with pytest.raises(TooLarge):
        await read_table(_call(readers), UploadFile(io.BytesIO(bytes(LIMIT_BYTES + 1))), COLUMNS)
    assert readers.whose == ""


def test_the_template_in_csv_is_read_back_as_all_columns() -> None:
    text = template_csv(COLUMNS).decode("utf-8-sig")
    assert template_csv(COLUMNS).startswith(b"\xef\xbb\xbf"), "without the mark a spreadsheet spoils the letters"
    (heading,) = csv.reader(io.StringIO(text))
    assert [*Table([heading, ["Đồi"]], COLUMNS).placed.values()] == [*COLUMNS]


def test_the_workbook_has_the_headings_an_explanation_of_each_column_and_the_choices() -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(template_xlsx(COLUMNS, "Thửa đất")))
    assert book.sheet_names == ["Thửa đất", "Hướng dẫn", "Danh mục"]
    (heading,) = book.get_sheet_by_name("Thửa đất").to_python()
    assert [*Table([heading, ["Đồi"]], COLUMNS).placed.values()] == [*COLUMNS]
    explained = book.get_sheet_by_name("Hướng dẫn").to_python()[1:]
    assert [row[-1] for row in explained] == [column.field for column in COLUMNS]
    assert explained[0] == ["Tên thửa đất", "có", "Như trong sổ", "Đồi chè", "name"]
    assert [row[-1] for row in book.get_sheet_by_name("Danh mục").to_python()] == ["Cây trồng", "Chè", "Cam sành"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("13.200", "13200"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1 234,5", "1234.5"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("12,50", "12.5"),
        ("-3,5", "-3.5"),
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
        (7, "7"),
        (7.0, "7"),
        (1e-7, "0.0000001"),
    ],
)
def test_a_decimal_number_is_read_with_comma_or_point(cell: Any, number: str) -> None:
    assert _values("", "", "", "", "", cell) == {"yield_tonnes": number}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("13,200", "ambiguous_number"),
        ("12 tấn", "not_a_number"),
        ("1.23.4", "not_a_number"),
        ("1.234.5", "not_a_number"),
        ("1,2,3", "not_a_number"),
        (True, "not_a_number"),
        (float("nan"), "not_a_number"),
        ("khoảng 5", "not_a_number"),
        ("50%", "not_a_number"),
    ],
)
def test_what_is_no_number_or_may_be_two_is_a_fault(cell: Any, code: str) -> None:
    assert _faults("Đồi", "", "", "", "", "", cell) == [("yield_tonnes", code)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("HTX", "cooperative"),
        ("htx", "cooperative"),
        ("THT", "cooperative_group"),
        ("LHHTX", "cooperative_union"),
        ("LH HTX", "cooperative_union"),
        ("QTDND", "credit_fund"),
        ("Quỹ TDND", "credit_fund"),
    ],
)
def test_official_abbreviations_stand_for_their_codes(cell: str, code: str) -> None:
    kinds = {code: (code, code) for code in ("cooperative", "cooperative_group", "cooperative_union", "credit_fund")}
    columns = (Column("kind", "Loại hình", "code", codes=kinds),)
    (line,) = Table([["Loại hình"], [cell]], columns).lines()
    assert line.values == {"kind": code}
