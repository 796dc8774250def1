"""Importing from workbooks: a published template, and every bad cell named by row and column."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from fastapi import UploadFile

from kernel.problems import FieldError, Problem, TooLarge
from kernel.values.text import name_folded
from kernel.values.wording import choice
from kernel.web.calls import Call
from kernel.workbooks.extents import letters
from kernel.workbooks.reading import Readers
from kernel.workbooks.writing import new_workbook

LIMIT_BYTES = 20_971_520
LIMIT_ROWS = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FileUnreadable(Problem):
    status, code = 422, "file_unreadable"
    title = ("Không đọc được tệp", "File cannot be read")
    detail = (
        "Hãy dùng tệp .xlsx, .xls, .ods hoặc .csv (UTF-8) theo mẫu.",
        "Use an .xlsx, .xls, .ods or .csv (UTF-8) file made from the template.",
    )


class WrongColumns(Problem):
    status, code = 422, "wrong_columns"
    title = ("Sai cột so với mẫu", "Columns differ from the template")
    detail = (
        "Cột thiếu: {missing}. Cột lạ: {unknown}. Cột lặp: {repeated}. Hãy tải mẫu mới rồi chép dữ liệu sang.",
        "Columns missing: {missing}; unknown: {unknown}; repeated: {repeated}. Download the template and copy the data over.",
    )
    example: ClassVar[dict[str, Any]] = {"missing": ["Tên"], "unknown": ["Ghi chú"], "repeated": []}


class TooManyRows(Problem):
    status, code = 422, "too_many_rows"
    title = ("Quá nhiều dòng", "Too many rows")
    detail = (
        "Tệp có {rows} dòng, tối đa {limit_rows} dòng; hãy chia nhỏ.",
        "The file has {rows} rows, at most {limit_rows} are taken; split it.",
    )
    example: ClassVar[dict[str, Any]] = {"rows": 7000, "limit_rows": LIMIT_ROWS}


class CellTooFar(Problem):
    status, code = 422, "cell_too_far"
    title = ("Có ô nằm quá xa", "A cell lies too far out")
    detail = (
        "Ô {cell} có nội dung, mà bảng chỉ được đọc đến ô {last_cell}. Hãy xóa ô đó, hoặc chép dữ liệu sang mẫu mới.",
        "Cell {cell} is filled, but a sheet is read as far as {last_cell}. Clear that cell, or copy the data to a new "
        "template.",
    )
    example: ClassVar[dict[str, Any]] = {"cell": "T1048576", "last_cell": "IV20000"}


class FileTooComplex(Problem):
    status, code = 422, "file_too_complex"
    title = ("Tệp quá nặng để đọc", "The file takes too much to read")
    detail = (
        "Đọc tệp này tốn quá nhiều bộ nhớ hoặc thời gian. Hãy chép dữ liệu sang mẫu mới, bỏ định dạng và trang tính thừa.",
        "Reading this file takes too much memory or time. Copy the data to a new template, without spare formats and "
        "sheets.",
    )


class NoRows(Problem):
    status, code = 422, "no_rows"
    title = ("Tệp không có dòng nào", "File has no rows")
    detail = ("Hãy điền ít nhất một dòng dưới dòng tiêu đề.", "Fill in at least one row below the heading.")


class ImportRefused(Problem):
    status, code = 422, "import_refused"
    title = ("Tệp còn chỗ sai nên chưa ghi gì", "Import refused")
    detail = (
        "{failed} trên {rows} dòng còn chỗ sai, nên chưa ghi gì. Hãy sửa rồi gửi lại, hoặc chọn chỉ ghi các dòng đúng.",
        "{failed} of {rows} rows are wrong, so nothing was written. Correct them and send the file again, or choose to write only the rows that are right.",
    )
    example: ClassVar[dict[str, Any]] = {"failed": 3, "rows": 5000}


class ImportInProgress(Problem):
    status, code = 409, "import_in_progress"
    title = ("Đang có một lần nhập khác", "Another import is in progress")
    detail = ("Hãy chờ vài giây rồi gửi lại.", "Wait a few seconds, then send it again.")


PROBLEMS = (FileUnreadable, WrongColumns, TooManyRows, NoRows, CellTooFar, FileTooComplex)


@dataclass(frozen=True)
class Column:
    """A column of a template. `field` names it in answers; `label` is its heading. Empty cells say nothing.

    `codes` are accepted by code or by label in either language; `digits` is the length of a number that is a code,
    whose leading zeros a spreadsheet drops; `secret` cells are never said back.
    """

    field: str
    label: str
    kind: Literal["text", "day", "whole", "code"] = "text"
    required: bool = False
    codes: Mapping[str, tuple[str, str]] | None = None
    digits: tuple[int, ...] = ()
    note: str = ""
    example: str = ""
    secret: bool = False
    by_label: Mapping[str, str] = attribute(init=False)
    """Label in either language, as it stands and folded → code."""

    def __post_init__(self) -> None:
        labels = [(label, code) for code, each in (self.codes or {}).items() for label in each]
        by_label = {name_folded(label): code for label, code in labels} | dict(labels)
        object.__setattr__(self, "by_label", by_label)


@dataclass(frozen=True)
class Cell:
    """Where a fault is."""

    row: int
    column: str | None
    field: str | None
    header: str | None
    value: str | None


class CellFault(FieldError):
    """A fault with the cell it is in."""

    __slots__ = ("cell",)

    def __init__(self, fault: FieldError, cell: Cell) -> None:
        where = (f"Dòng {cell.row}", f"Row {cell.row}")
        if cell.column is not None:
            where = (
                f"{where[0]}, cột {cell.column} ({cell.header})",
                f"{where[1]}, column {cell.column} ({cell.header})",
            )
        words = (f"{where[0]}: {fault.detail[0]}", f"{where[1]}: {fault.detail[1]}")
        pointer = f"/rows/{cell.row}" + (f"/{cell.field}" if cell.field else "")
        super().__init__(fault.code, words, pointer=pointer, allowed=fault.allowed)
        self.cell = cell

    def document(self, language: str) -> dict[str, Any]:
        """Return the fault with its row, column, heading and value."""
        cell = self.cell
        return {
            **super().document(language),
            "row": cell.row,
            "column": cell.column,
            "header": cell.header,
            "field": cell.field,
            "value": cell.value,
        }


@dataclass
class Line:
    """One row of the file: its number there, its values by field, and the faults of its cells."""

    number: int
    values: dict[str, Any]
    faults: list[tuple[str, FieldError]]


@dataclass(frozen=True)
class Sent:
    """A file that somebody sent: its rows, and the hash that stands for it as a request."""

    table: Table
    digest: bytes


class Table:
    """A file's rows under the template's columns. Raises WrongColumns, NoRows."""

    def __init__(self, rows: list[list[Any]], columns: Sequence[Column]) -> None:
        while rows and not any(_text(cell) for cell in rows[-1]):
            rows.pop()
        if not rows:
            raise NoRows()
        self.placed = _placed(rows[0], columns)
        self._rows = rows[1:]
        if not any(_text(cell) for row in self._rows for cell in row):
            raise NoRows()

    def lines(self) -> Iterator[Line]:
        """Yield the rows that say something, each with its number in the file (the heading is row 1)."""
        placed = [*self.placed.items()]
        for number, row in enumerate(self._rows, 2):
            if not any(_text(cell) for cell in row):
                continue
            line = Line(number, {}, [])
            for at, column in placed:
                cell = row[at] if at < len(row) else ""
                text = _text(cell)
                if not text:
                    if column.required:
                        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
                        line.faults.append((column.field, FieldError("required", words)))
                    continue
                value = text if column.kind == "text" and not column.digits else _read(cell, text, column)
                if isinstance(value, FieldError):
                    line.faults.append((column.field, value))
                else:
                    line.values[column.field] = value
            yield line

    def cell(self, number: int, field: str | None) -> Cell:
        """Return where `field` stands in row `number`; the row alone for a fault of no one column."""
        for at, column in self.placed.items():
            if column.field == field:
                row = self._rows[number - 2]
                told = at < len(row) and not column.secret
                return Cell(number, letters(at), field, column.label, _text(row[at]) or None if told else None)
        return Cell(number, None, field, None, None)


async def read_table(call: Call, file: UploadFile, columns: Sequence[Column], *, limit_rows: int = LIMIT_ROWS) -> Sent:
    """Return what somebody sent, read under the template's columns. Raises PROBLEMS, TooLarge, Busy."""
    data = await file.read()
    if len(data) > LIMIT_BYTES:
        raise TooLarge(limit_bytes=LIMIT_BYTES)
    readers: Readers = call.state.readers
    answer = await readers.read(data, limit_rows, whose=f"{call.caller.client_id}/{call.caller.id}")
    if (refused := answer.get("code")) is not None:
        raise next(each for each in PROBLEMS if each.code == refused)(**answer["members"])
    return Sent(await asyncio.to_thread(Table, answer["rows"], columns), hashlib.sha256(data).digest())


def _placed(header: Sequence[Any], columns: Sequence[Column]) -> dict[int, Column]:
    known: dict[str, Column] = {}
    for column in columns:
        known[column.field] = known[_heading(column.label)] = column
    placed: dict[int, Column] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for at, cell in enumerate(header):
        text = _text(cell)
        if not text:
            continue
        named = known.get(text) or known.get(_heading(text))
        if named is None:
            unknown.append(text)
        elif named in placed.values():
            repeated.append(text)
        else:
            placed[at] = named
    missing = [column.label for column in columns if column.required and column not in placed.values()]
    if missing or unknown or repeated:
        raise WrongColumns(missing=missing, unknown=unknown, repeated=repeated)
    return placed


def _heading(text: str) -> str:
    return name_folded(text.replace("*", " ")).strip()


def _text(cell: Any) -> str:
    if type(cell) is str:
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()


def _fault(code: str, vi: str, en: str) -> FieldError:
    return FieldError(code, (vi, en))


_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_WHOLE = re.compile(r"-?(\d+|\d{1,3}([.,\u00a0 ]\d{3})+)", re.ASCII)


def _read(cell: Any, text: str, column: Column) -> Any:
    match column.kind:
        case "day":
            if isinstance(cell, (date, datetime)):
                return text[:10]
            if found := _DAY.fullmatch(text):
                day, month, year = found.groups()
                text = f"{year}-{month:0>2}-{day:0>2}"
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                return _fault(
                    "not_a_date",
                    "Hãy ghi ngày theo thứ tự ngày/tháng/năm, ví dụ 31/08/2023.",
                    "Give a day as day/month/year, for instance 31/08/2023.",
                )
        case "whole":
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                whole = math.isfinite(cell) and float(cell).is_integer()
            else:
                whole = _WHOLE.fullmatch(text) is not None
                text = re.sub(r"[.,\u00a0 ]", "", text)
            if not whole:
                return _fault("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number.")
            return int(text)
        case "code":
            assert column.codes is not None
            if text in column.codes:
                return text
            if (named := column.by_label.get(text) or column.by_label.get(name_folded(text))) is not None:
                return named
            return _fault("not_allowed", *choice(column.codes))
    if column.digits and isinstance(cell, (int, float)):
        return text.zfill(next((length for length in column.digits if length >= len(text)), 0))
    return text


def template_csv(columns: Sequence[Column]) -> bytes:
    """Return the template as CSV in UTF-8 with its mark, so that a spreadsheet reads the Vietnamese letters."""
    out = io.StringIO()
    csv.writer(out).writerow([column.label for column in columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def template_xlsx(columns: Sequence[Column], title: str) -> bytes:
    """Return the template as a workbook: headings with choices to pick from, and a sheet that explains each column."""
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
        }
        sheet, help_, lists = (book.add_worksheet(name) for name in (title, "Hướng dẫn", "Danh mục"))
        sheet.freeze_panes(1, 0)
        help_.set_column(0, 4, 34, wrap)
        help_.write_row(0, 0, ["Cột", "Bắt buộc", "Cách ghi", "Ví dụ", "Trường"], bold)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, 20, formats[column.kind])
            sheet.write(0, at, column.label, must if column.required else may)
            help_.write_row(
                at + 1, 0, [column.label, "có" if column.required else "", column.note, column.example, column.field]
            )
            if column.codes is None:
                continue
            lists.write(0, at, column.label, bold)
            lists.write_column(1, at, [labels[0] for labels in column.codes.values()])
            place = f"='Danh mục'!${letters(at)}$2:${letters(at)}${len(column.codes) + 1}"
            sheet.data_validation(1, at, LIMIT_ROWS, at, {"validate": "list", "source": place})
    return out.getvalue()
