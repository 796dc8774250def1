"""A file that somebody sent as a table: its rows under the template's columns, and every bad cell named by row and column."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from fastapi import UploadFile

from kernel.problems import FieldError, TooLarge
from kernel.values.text import nfc
from kernel.web.calls import Call
from kernel.web.readers import Readers
from kernel.workbooks.columns import Column, read_cell, text_of
from kernel.workbooks.extents import letters
from kernel.workbooks.headings import either, find_heading
from kernel.workbooks.limits import LIMIT_BYTES, LIMIT_ROWS
from kernel.workbooks.problems import PROBLEMS, FileTooComplex, NoRows, TooManyRows


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
    """A file that somebody sent: its rows, the hash that stands for it as a request, and its name."""

    table: Table
    digest: bytes
    name: str


class Table:
    """A file's rows under the template's columns. Raises WrongColumns, NoRows, TooManyRows.

    `converted_from`: the encoding of before Unicode in which text of the file was typed.
    """

    def __init__(
        self,
        rows: list[list[Any]],
        columns: Sequence[Column],
        *,
        limit_rows: int = LIMIT_ROWS,
        converted_from: str | None = None,
    ) -> None:
        heading = find_heading(rows, columns)
        self.placed, self.converted_from = heading.placed, converted_from
        self._rows, self._below, self._columns = rows, heading.below, columns
        filled = sum(any(text_of(cell) for cell in row) for row in rows[heading.below :])
        if not filled:
            raise NoRows()
        if filled > limit_rows:
            raise TooManyRows(rows=filled, limit_rows=limit_rows)

    def lines(self) -> Iterator[Line]:
        """Yield the rows that say something, each with its number in the file as the office sees it."""
        placed = [*self.placed.items()]
        groups = _groups(self._columns)
        for number, row in enumerate(self._rows[self._below :], self._below + 1):
            if not any(text_of(cell) for cell in row):
                continue
            line = Line(number, {}, [])
            for at, column in placed:
                cell = row[at] if at < len(row) else ""
                text = text_of(cell)
                if not text:
                    if column.required:
                        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
                        line.faults.append((column.field, FieldError("required", words)))
                    continue
                value = text if column.kind == "text" and not column.digits else read_cell(cell, text, column)
                if isinstance(value, FieldError):
                    line.faults.append((column.field, value))
                else:
                    line.values[column.field] = value
            for fields, fault in groups:
                if not any(field in line.values for field in fields):
                    self._need_one(line, fields, fault)
            yield line

    def _need_one(self, line: Line, fields: Sequence[str], fault: FieldError) -> None:
        """Say at the first column of a group that one of its columns is needed, unless something else is wrong there."""
        if not any(field in fields for field, _ in line.faults):
            placed = [column.field for column in self.placed.values()]
            line.faults.append((next(field for field in fields if field in placed), fault))

    def cell(self, number: int, field: str | None) -> Cell:
        """Return where `field` stands in row `number`; the row alone for a fault of no one column."""
        for at, column in self.placed.items():
            if column.field == field:
                row = self._rows[number - 1]
                is_shown = at < len(row) and not column.secret
                value = text_of(row[at]) or None if is_shown else None
                return Cell(number, letters(at), field, column.label, value)
        return Cell(number, None, field, None, None)


def _groups(columns: Sequence[Column]) -> list[tuple[list[str], FieldError]]:
    groups = []
    for group in dict.fromkeys(column.group for column in columns if column.group):
        vi, en = either(columns, group)
        fault = FieldError("required", (f"Hãy điền {vi}.", f"Fill in {en}."))
        groups.append(([column.field for column in columns if column.group == group], fault))
    return groups


async def read_table(call: Call, file: UploadFile, columns: Sequence[Column], *, limit_rows: int = LIMIT_ROWS) -> Sent:
    """Return what somebody sent, read under the template's columns. Raises PROBLEMS, TooLarge, Busy."""
    data = await file.read()
    if len(data) > LIMIT_BYTES:
        raise TooLarge(limit_bytes=LIMIT_BYTES)
    readers: Readers = call.state.readers
    output = await readers.output(
        "kernel.workbooks.child", str(limit_rows), data, whose=f"{call.caller.client_id}/{call.caller.id}"
    )
    if output is None:
        raise FileTooComplex()
    answer = await asyncio.to_thread(_answer, output)
    if (refused := answer.get("code")) is not None:
        raise next(each for each in PROBLEMS if each.code == refused)(**answer["members"])
    table = await asyncio.to_thread(
        Table, answer["rows"], columns, limit_rows=limit_rows, converted_from=answer.get("converted_from")
    )
    return Sent(table, hashlib.sha256(data).digest(), _file_name(file))


def _answer(output: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(output)
    for row in answer.get("rows", ()):
        for at, cell in enumerate(row):
            if type(cell) is dict:
                row[at] = date.fromisoformat(cell["day"])
    return answer


_LONGEST_NAME = 150


def _file_name(file: UploadFile) -> str:
    """Return the name of a file that somebody sent, without folders and control characters."""
    name = nfc(file.filename or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in name if sign.isprintable()).strip()
    return name[-_LONGEST_NAME:] or "không tên"
