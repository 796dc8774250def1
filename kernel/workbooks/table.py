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
from kernel.values.text import name_folded
from kernel.web.calls import Call
from kernel.web.readers import Readers
from kernel.workbooks.columns import Column, read_cell, text_of
from kernel.workbooks.extents import letters
from kernel.workbooks.limits import LIMIT_BYTES, LIMIT_ROWS
from kernel.workbooks.problems import PROBLEMS, FileTooComplex, NoRows, WrongColumns


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
        while rows and not any(text_of(cell) for cell in rows[-1]):
            rows.pop()
        if not rows:
            raise NoRows()
        self.placed = _placed(rows[0], columns)
        self._rows = rows[1:]
        if not any(text_of(cell) for row in self._rows for cell in row):
            raise NoRows()

    def lines(self) -> Iterator[Line]:
        """Yield the rows that say something, each with its number in the file (the heading is row 1)."""
        placed = [*self.placed.items()]
        for number, row in enumerate(self._rows, 2):
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
            yield line

    def cell(self, number: int, field: str | None) -> Cell:
        """Return where `field` stands in row `number`; the row alone for a fault of no one column."""
        for at, column in self.placed.items():
            if column.field == field:
                row = self._rows[number - 2]
                is_shown = at < len(row) and not column.secret
                value = text_of(row[at]) or None if is_shown else None
                return Cell(number, letters(at), field, column.label, value)
        return Cell(number, None, field, None, None)


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
    return Sent(await asyncio.to_thread(Table, answer["rows"], columns), hashlib.sha256(data).digest())


def _answer(output: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(output)
    for row in answer.get("rows", ()):
        for at, cell in enumerate(row):
            if type(cell) is dict:
                row[at] = date.fromisoformat(cell["day"])
    return answer


def _placed(header: Sequence[Any], columns: Sequence[Column]) -> dict[int, Column]:
    by_heading: dict[str, Column] = {}
    for column in columns:
        by_heading[column.field] = by_heading[_heading(column.label)] = column
    placed: dict[int, Column] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for at, cell in enumerate(header):
        text = text_of(cell)
        if not text:
            continue
        column_named = by_heading.get(text) or by_heading.get(_heading(text))
        if column_named is None:
            unknown.append(text)
        elif column_named in placed.values():
            repeated.append(text)
        else:
            placed[at] = column_named
    missing = [column.label for column in columns if column.required and column not in placed.values()]
    if missing or unknown or repeated:
        raise WrongColumns(missing=missing, unknown=unknown, repeated=repeated)
    return placed


def _heading(text: str) -> str:
    return name_folded(text.replace("*", " ")).strip()
