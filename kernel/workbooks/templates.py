"""Templates of imports, published as .csv and .xlsx."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from kernel.workbooks.columns import Column
from kernel.workbooks.extents import letters
from kernel.workbooks.headings import either
from kernel.workbooks.limits import LIMIT_ROWS
from kernel.workbooks.writing import csv_text, new_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


Filled = Sequence[Sequence[str | int | None]]
"""Rows that stand in a template already, a cell a column; None is empty."""


def template_csv(columns: Sequence[Column], rows: Filled = ()) -> bytes:
    """Return the template as CSV in UTF-8 with its mark, so that a spreadsheet reads the Vietnamese letters."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in columns])
    writer.writerows([csv_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def template_xlsx(columns: Sequence[Column], title: str, rows: Filled = ()) -> bytes:
    """Return the template as a workbook: headings with choices to pick from, and a sheet that explains each column.

    `rows`: those that stand below the headings already.
    """
    out = io.BytesIO()
    with new_workbook(out) as book:
        must = book.add_format({"bold": True, "bg_color": "#FFE699", "border": 1, "text_wrap": True})
        may = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "code": book.add_format({"num_format": "@"}),
            "day": book.add_format({"num_format": "dd/mm/yyyy"}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "decimal": book.add_format({"num_format": "#,##0.####"}),
        }
        sheet, help_, lists = (book.add_worksheet(name) for name in (title, "Hướng dẫn", "Danh mục"))
        sheet.freeze_panes(1, 0)
        help_.set_column(0, 4, 34, wrap)
        help_.write_row(0, 0, ["Cột", "Bắt buộc", "Cách ghi", "Ví dụ", "Trường"], bold)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, 20, formats[column.kind])
            sheet.write(0, at, column.label, must if column.required else may)
            help_.write_row(
                at + 1, 0, [column.label, _needed(column, columns), column.note, column.example, column.field]
            )
            if column.codes is None:
                continue
            lists.write(0, at, column.label, bold)
            lists.write_column(1, at, [labels[0] for labels in column.codes.values()])
            place = f"='Danh mục'!${letters(at)}$2:${letters(at)}${len(column.codes) + 1}"
            last = max(LIMIT_ROWS, len(rows))
            sheet.data_validation(1, at, last, at, {"validate": "list", "source": place})
        for below, row in enumerate(rows, 1):
            sheet.write_row(below, 0, _cells(columns, row))
    return out.getvalue()


def _needed(column: Column, columns: Sequence[Column]) -> str:
    if column.group:
        return f"cần một trong: {either(columns, column.group)[0]}"
    return "có" if column.required else ""


def _cells(columns: Sequence[Column], row: Sequence[str | int | None]) -> list[Any]:
    """Return the cells of a filled row: codes as their Vietnamese labels, which the lists to pick from hold."""
    return [
        column.codes[cell][0] if column.codes is not None and isinstance(cell, str) else cell
        for column, cell in zip(columns, row, strict=True)
    ]
