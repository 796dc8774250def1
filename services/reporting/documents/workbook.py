"""A report's plan-and-actual table as .xlsx: numbers are numbers, percents are formulas over them that were already worked out."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from kernel.workbooks.writing import new_workbook
from services.reporting.documents.content import ReportContent
from services.reporting.documents.figures_read import HUNDRED
from services.reporting.documents.table import Row, clean, columns_of, period_shown, rows_of

_WIDTHS = (6, 46, 16, 15, 15, 15, 15, 15, 11, 12, 34)
_HEAD_ROW = 6
"""Where the headings stand, from 0."""
_PREVIOUS, _PLAN, _VALUE, _CUMULATIVE, _ESTIMATE, _OF_PLAN, _OF_PREVIOUS, _NOTE = range(3, 11)
_VIETNAMESE = "[$-42A]"
"""Of a number format: separators of Vietnamese, whatever the program is set to; those that do not know it use their own."""


def xlsx_of(content: ReportContent) -> bytes:
    """Return the table as a workbook that is ready to print."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        book.set_properties({"title": clean(content.title), "author": clean(content.alliance_name)})
        sheet = book.add_worksheet("Chỉ tiêu")
        _page(sheet)
        _head(book, sheet, content)
        formats = _Formats(book)
        for at, row in enumerate(rows_of(content), _HEAD_ROW + 2):
            _write_row(sheet, at, row, formats)
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
        self.percent = book.add_format({**common, "num_format": f"{_VIETNAMESE}0.0%"})

    def number(self, decimals: int) -> Any:
        """Return the format of numbers with so many decimals."""
        if decimals not in self._numbers:
            digits = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            self._numbers[decimals] = self._book.add_format({**self._common, "num_format": _VIETNAMESE + digits})
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
    last = len(_WIDTHS) - 1
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


_LETTERS = ("A", "B", "C", "1", "2", "3", "4", "5", "6=3/2", "7=3/1", "8")
"""How such tables number their columns, and say what is worked out."""


def _write_row(sheet: Any, at: int, row: Row, formats: _Formats) -> None:
    sheet.write_number(at, 0, row.number, formats.middle)
    sheet.write_string(at, 1, row.label, formats.text)
    sheet.write_string(at, 2, row.unit, formats.middle)
    number = formats.number(row.decimals)
    for column, value in (
        (_PREVIOUS, row.previous),
        (_PLAN, row.plan),
        (_VALUE, row.value),
        (_CUMULATIVE, row.cumulative),
        (_ESTIMATE, row.estimate),
    ):
        _write_number(sheet, at, column, value, number)
    if row.divides:
        _write_share(sheet, at, _OF_PLAN, _PLAN, _ratio(row.value, row.plan), formats)
    else:
        share = None if row.percent_of_plan is None else row.percent_of_plan / HUNDRED
        _write_number(sheet, at, _OF_PLAN, share, formats.percent)
    if row.percent_of_previous is not None:
        _write_share(sheet, at, _OF_PREVIOUS, _PREVIOUS, _ratio(row.value, row.previous), formats)
    else:
        sheet.write_blank(at, _OF_PREVIOUS, None, formats.percent)
    sheet.write_string(at, _NOTE, row.note, formats.text)


def _write_number(sheet: Any, at: int, column: int, value: Decimal | None, shape: Any) -> None:
    if value is None:
        sheet.write_blank(at, column, None, shape)
    else:
        # A spreadsheet keeps numbers as floats: what is exact in here is converted only where it leaves.
        sheet.write_number(at, column, float(value), shape)


def _write_share(sheet: Any, at: int, column: int, below: int, share: Decimal, formats: _Formats) -> None:
    """Write value / what stands in `below` as a formula, with its result beside it for readers that do not calculate."""
    value, divisor = f"{_NAMES[_VALUE]}{at + 1}", f"{_NAMES[below]}{at + 1}"
    formula = f'=IF(AND(ISNUMBER({value}),ISNUMBER({divisor})),IF({divisor}<>0,{value}/{divisor},""),"")'
    sheet.write_formula(at, column, formula, formats.percent, float(share))


def _ratio(value: Decimal | None, divisor: Decimal | None) -> Decimal:
    assert value is not None, "the row says that it divides"
    assert divisor, "and by what"
    return value / divisor


_NAMES = "ABCDEFGHIJK"
