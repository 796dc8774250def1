"""The headings of a sheet are found where offices put them, and what could be lost is never passed over."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.workbooks.columns import Column
from kernel.workbooks.problems import NoRows, TooManyRows, WrongColumns
from kernel.workbooks.table import Table
from tests.kernel.test_import_rows import COLUMNS, HEADING

TITLE = [
    ["UBND XÃ", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    [],
    ["DANH SÁCH THỬA ĐẤT"],
    ["Ngày 31/12/2023"],
    [""],
]


def _read(rows: list[list[Any]], columns: tuple[Column, ...] = COLUMNS) -> list[tuple[int, dict[str, Any]]]:
    return [(line.number, line.values) for line in Table(rows, columns).lines()]


def test_titles_and_blank_rows_above_the_headings_are_passed_over_and_row_numbers_are_the_offices() -> None:
    assert _read([*TITLE, HEADING, ["Đồi"], [], ["Bãi"]]) == [(7, {"name": "Đồi"}), (9, {"name": "Bãi"})]


def test_a_column_that_numbers_the_rows_and_a_row_that_numbers_the_columns_say_nothing() -> None:
    heading = ["STT", "Tên thửa đất", "Cây trồng", "Diện tích (m2)"]
    for numbers in (["(1)", "(2)", "(3)", "(4)"], ["A", "B", 1, 2], ["", 1.0, 2.0, 3.0], ["1", "2", "3", "4"]):
        assert _read([heading, numbers, [1, "Đồi", "Chè", 5]]) == [(3, {"name": "Đồi", "crop": "tea", "area_m2": 5})]
    (first, *_) = _read([heading, [1, "Đồi", "Chè", 2]])
    assert first == (2, {"name": "Đồi", "crop": "tea", "area_m2": 2}), "a row that is no numbering is read"


@pytest.mark.parametrize("numbering", ["STT", "TT", "Số TT", "Số thứ tự", "#", "stt."])
def test_a_numbering_column_has_many_names(numbering: str) -> None:
    assert _read([[numbering, "name"], [1, "Đồi"]]) == [(2, {"name": "Đồi"})]


def test_headings_merged_over_two_lines_are_read_together() -> None:
    columns = (
        Column("name", "Tên thửa đất", required=True),
        Column("planted_on", "Trồng ngày", "day"),
        Column("felled_on", "Chặt ngày", "day"),
        Column("area_m2", "Diện tích (m2)", "whole"),
    )
    rows: list[list[Any]] = [
        ["Biểu 01"],
        ["STT", "Tên thửa đất", "Trồng", "Chặt", "Diện tích"],
        ["", "", "ngày", "ngày", "(m2)"],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        [1, "Đồi", "5/8/2023", "6/8/2023", "13.200"],
    ]
    assert _read(rows, columns) == [
        (5, {"name": "Đồi", "planted_on": "2023-08-05", "felled_on": "2023-08-06", "area_m2": 13200})
    ]


def test_a_line_of_groups_above_the_headings_does_not_matter() -> None:
    rows = [
        ["Thửa đất", "", "Thông tin thêm"],
        ["Tên thửa đất", "Cây trồng", "Diện tích (m2)", "Ngày trồng"],
        ["Đồi", "Cam sành"],
    ]
    assert _read(rows) == [(3, {"name": "Đồi", "crop": "orange"})]


def test_of_many_rows_the_one_that_names_most_columns_is_the_heading() -> None:
    assert _read([["Tên thửa đất"], [], HEADING, ["Đồi", "tea"]]) == [(4, {"name": "Đồi", "crop": "tea"})]


def test_headings_below_the_thirtieth_row_are_not_looked_for() -> None:
    assert len(_read([[]] * 29 + [HEADING, ["Đồi"]])) == 1
    with pytest.raises(WrongColumns):
        Table([["Biểu"], *[[]] * 29, HEADING, ["Đồi"]], COLUMNS)


def test_a_column_of_the_offices_own_is_refused_unless_nothing_stands_in_it() -> None:
    assert _read([["name", "Ghi chú"], ["Đồi", ""], ["Bãi"]]) == [(2, {"name": "Đồi"}), (3, {"name": "Bãi"})]
    with pytest.raises(WrongColumns) as raised:
        Table([["Bảng kê"], ["name", "Ghi chú"], ["Đồi", ""], ["Bãi", "đã bán"]], COLUMNS)
    assert raised.value.members == {"missing": [], "unknown": ["Ghi chú"], "repeated": []}


def test_other_headings_of_a_column_are_known_but_its_own_label_counts_first() -> None:
    columns = (Column("name", "Tên", also=("Tên đơn vị", "Nơi")), Column("place", "Nơi"))
    assert _read([["Tên đơn vị", "Nơi"], ["A", "B"]], columns) == [(2, {"name": "A", "place": "B"})]


PLACES = (
    Column("name", "Tên", required=True),
    Column("code", "Mã xã", digits=(5,), group="place"),
    Column("commune", "Xã/phường", group="place"),
)


def test_of_a_group_one_column_has_to_be_there_and_one_cell_filled() -> None:
    assert _read([["Tên", "Xã/phường"], ["A", "Gia Cẩm"]], PLACES) == [(2, {"name": "A", "commune": "Gia Cẩm"})]
    with pytest.raises(WrongColumns) as raised:
        Table([["Tên"], ["A"]], PLACES)
    assert raised.value.members["missing"] == ["Mã xã hoặc Xã/phường"]
    (line,) = Table([["Tên", "Xã/phường"], ["A", ""]], PLACES).lines()
    ((field, fault),) = line.faults
    assert (field, fault.code, fault.detail) == (
        "commune",
        "required",
        ("Hãy điền Mã xã hoặc Xã/phường.", "Fill in Mã xã or Xã/phường."),
    )


def test_rows_are_counted_below_the_headings() -> None:
    rows = [*TITLE, HEADING, ["một"], [], ["hai"]]
    assert len([*Table(rows, COLUMNS, limit_rows=2).lines()]) == 2
    with pytest.raises(TooManyRows) as raised:
        Table(rows, COLUMNS, limit_rows=1)
    assert raised.value.members == {"rows": 2, "limit_rows": 1}
    with pytest.raises(NoRows):
        Table([*TITLE, HEADING, ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"]], COLUMNS)
