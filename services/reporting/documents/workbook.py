"""A report's plan-and-actual table as .xlsx: numbers are numbers, percents are formulas over them that were already worked out."""

from __future__ import annotations

import io
import math
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from kernel.workbooks.writing import new_workbook
from services.reporting.documents.content import ReportContent
from services.reporting.documents.figures_read import HUNDRED
from services.reporting.documents.table import (
    Row,
    clean,
    columns_of,
    period_shown,
    rows_of,
    same_days_heading,
)

_WIDTHS = (5, 42, 14, 12, 12, 12, 12, 12, 10, 10, 28, 14)
_HEAD_ROW = 6
"""Where the headings stand, from 0."""
_YEAR_BEFORE, _PLAN, _VALUE, _CUMULATIVE, _ESTIMATE, _OF_PLAN, _OF_PREVIOUS, _NOTE, _PREVIOUS = range(3, 12)
"""Columns. The last stands outside what is printed: the same days of the year before, where the table shows the whole year."""
_RIGHT = {"align": "right", "indent": 1}
_VIETNAMESE = "[$-42A]"
"""Of a number format: separators of Vietnamese, whatever the program is set to; those that do not know it use their own."""


def xlsx_of(content: ReportContent) -> bytes:
    """Return the table as a workbook that is ready to print."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        # Of the report's own day, not of the moment: what says the same is the same, byte for byte.
        made = datetime.combine(content.signed_on or content.to, time())
        book.set_properties({"title": clean(content.title), "author": clean(content.alliance_name), "created": made})
        sheet = book.add_worksheet("Chỉ tiêu")
        _page(sheet)
        _head(book, sheet, content)
        formats = _Formats(book)
        rows = rows_of(content)
        for at, row in enumerate(rows, _HEAD_ROW + 2):
            _write_row(sheet, at, row, formats)
        sheet.print_area(0, 0, _HEAD_ROW + 1 + len(rows), _NOTE)
    return out.getvalue()


class _Formats:
    """The cell formats of a workbook, made as they are needed."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[int, Any] = {}
        common = {"border": 1, "valign": "vcenter", "font_name": "Times New Roman", "font_size": 12}
        self._common = common
        self.text = book.add_format({**common, "text_wrap": True})
        self.middle = book.add_format({**common, "text_wrap": True, "align": "center"})
        self.percent = book.add_format({**common, **_RIGHT, "num_format": f"{_VIETNAMESE}0.0%"})

    def number(self, decimals: int) -> Any:
        """Return the format of numbers with so many decimals."""
        if decimals not in self._numbers:
            digits = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            self._numbers[decimals] = self._book.add_format(
                {**self._common, **_RIGHT, "num_format": _VIETNAMESE + digits}
            )
        return self._numbers[decimals]


def _page(sheet: Any) -> None:
    """Set the sheet up for reading and for A4 across."""
    sheet.freeze_panes(_HEAD_ROW + 2, 3)
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW, _HEAD_ROW + 1)
    sheet.set_footer("&C&P/&N")
    sheet.hide_gridlines(2)


def _head(book: Any, sheet: Any, content: ReportContent) -> None:
    name = {"font_name": "Times New Roman", "font_size": 12}
    plain, bold = book.add_format(name), book.add_format({**name, "bold": True})
    title = book.add_format(
        {**name, "bold": True, "font_size": 14, "align": "center", "text_wrap": True, "valign": "vcenter"}
    )
    italic = book.add_format({**name, "italic": True, "align": "center"})
    heading = book.add_format(
        {
            **name,
            "bold": True,
            "border": 1,
            "align": "center",
            "valign": "vcenter",
            "text_wrap": True,
            "bg_color": "#DDEBF7",
        }
    )
    letter = book.add_format({**name, "italic": True, "border": 1, "align": "center", "font_size": 10})
    last = _NOTE
    sheet.write_string(0, 0, clean(content.parent_name).upper(), plain)
    sheet.write_string(1, 0, clean(content.alliance_name).upper(), bold)
    if content.is_draft:
        sheet.write_string(0, last, "DỰ THẢO", bold)
    sheet.merge_range(2, 0, 2, last, "", title)
    sheet.write_string(2, 0, "KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU", title)
    sheet.merge_range(3, 0, 3, last, "", title)
    sheet.write_string(3, 0, clean(content.title), title)
    sheet.merge_range(4, 0, 4, last, "", italic)
    sheet.write_string(4, 0, period_shown(content), italic)
    sheet.set_row(_HEAD_ROW, 48)
    for at, column in enumerate(columns_of(content)):
        sheet.write_string(_HEAD_ROW, at, column, heading)
        sheet.write_string(_HEAD_ROW + 1, at, _LETTERS[at], letter)
    if any(row.previous is not None and row.previous != row.year_before for row in rows_of(content)):
        sheet.write_string(_HEAD_ROW, _PREVIOUS, same_days_heading(content), heading)


_LETTERS = ("A", "B", "C", "1", "2", "3", "4", "5", "6", "7", "8")
"""How such tables number their columns."""


def _height(row: Row) -> int:
    """Return the height that a row's texts need: not every program works that out when it opens a file."""
    lines = (math.ceil(len(text) / _WIDTHS[at]) for at, text in ((1, row.label), (2, row.unit), (_NOTE, row.note)))
    return 17 * max(1, *lines)


def _write_row(sheet: Any, at: int, row: Row, formats: _Formats) -> None:
    sheet.set_row(at, _height(row))
    sheet.write_number(at, 0, row.number, formats.middle)
    sheet.write_string(at, 1, row.label, formats.text)
    sheet.write_string(at, 2, row.unit, formats.middle)
    number = formats.number(row.decimals)
    for column, value in (
        (_YEAR_BEFORE, row.year_before),
        (_PLAN, row.plan),
        (_VALUE, row.value),
        (_CUMULATIVE, row.cumulative),
        (_ESTIMATE, row.estimate),
    ):
        _write_number(sheet, at, column, value, number)
    if row.divides is not None:
        numerator, over = (_VALUE, row.value) if row.divides == "value" else (_CUMULATIVE, row.cumulative)
        _write_share(sheet, at, _OF_PLAN, (numerator, _PLAN), _ratio(over, row.plan), formats)
    else:
        share = None if row.percent_of_plan is None else row.percent_of_plan / HUNDRED
        _write_number(sheet, at, _OF_PLAN, share, formats.percent)
    previous_at = _YEAR_BEFORE if row.previous == row.year_before else _PREVIOUS
    if previous_at == _PREVIOUS and row.previous is not None:
        _write_number(sheet, at, _PREVIOUS, row.previous, number)
    if row.percent_of_previous is not None:
        _write_share(sheet, at, _OF_PREVIOUS, (_VALUE, previous_at), _ratio(row.value, row.previous), formats)
    else:
        sheet.write_blank(at, _OF_PREVIOUS, None, formats.percent)
    sheet.write_string(at, _NOTE, row.note, formats.text)


def _write_number(sheet: Any, at: int, column: int, value: Decimal | None, shape: Any) -> None:
    if value is None:
        sheet.write_blank(at, column, None, shape)
    else:
        # A spreadsheet keeps numbers as floats: what is exact in here is converted only where it leaves.
        sheet.write_number(at, column, float(value), shape)


def _write_share(sheet: Any, at: int, column: int, parts: tuple[int, int], share: Decimal, formats: _Formats) -> None:
    """Write one column over another as a formula, with its result beside it for readers that do not calculate."""
    value, divisor = (f"{_NAMES[part]}{at + 1}" for part in parts)
    formula = f'=IF(AND(ISNUMBER({value}),ISNUMBER({divisor})),IF({divisor}<>0,{value}/{divisor},""),"")'
    sheet.write_formula(at, column, formula, formats.percent, float(share))


def _ratio(value: Decimal | None, divisor: Decimal | None) -> Decimal:
    assert value is not None, "the row says that it divides"
    assert divisor, "and by what"
    return value / divisor


_NAMES = "ABCDEFGHIJKL"
