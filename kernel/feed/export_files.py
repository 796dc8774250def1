"""The files of an export: lines of JSON, CSV and Excel, written chunk by chunk."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, cast

import orjson

from kernel.feed.export_columns import Column
from kernel.web.replies import dump
from kernel.workbooks.writing import csv_text, new_workbook

MARK = "\ufeff"
MOST_SHEET_ROWS = 1_048_575
"""What a worksheet has below its heading."""
_MOST_LETTERS = 32_767
"""What a cell of a worksheet holds."""
_EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number: longer ones are written as text."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST_DAY = date(1900, 3, 1)
"""Spreadsheets count a 29 February 1900 that never was."""

Represent = Callable[[Any], dict[str, Any]]
Read = Callable[[Any], dict[str, Any]]
"""Gives the record that a row, or a line of JSON, holds, in plain JSON values."""
Encode = Callable[[Sequence[Any]], bytes]


class TextFile:
    """A file of lines. `encode` turns rows into bytes; it is called once with no rows at the beginning."""

    def __init__(self, path: Path, encode: Encode) -> None:
        self._file, self._encode, self._digest = path.open("wb"), encode, hashlib.sha256()
        self.write(())

    def write(self, rows: Sequence[Any]) -> None:
        """Write a chunk."""
        self.put(self._encode(rows))

    def put(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._digest.update(data)
        self._file.write(data)

    def close(self) -> str:
        """End the file and return its SHA-256."""
        self._file.close()
        return self._digest.hexdigest()


def reading_rows(represent: Represent) -> Read:
    """Return what reads a row."""
    return lambda row: cast("dict[str, Any]", orjson.loads(dump(represent(row))))


def json_lines(represent: Represent) -> Encode:
    """Return what writes each row as a line of JSON, as a read gives it."""
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    return lambda rows: b"".join([orjson.dumps(represent(row), default=str, option=option) for row in rows])


def csv_lines(read: Read, columns: Sequence[Column] | None, *, bom: bool) -> Encode:
    """Return what writes rows as CSV: under the fields' names, or as `columns` say."""
    at_beginning, headed = True, columns is not None

    def encode(rows: Sequence[Any]) -> bytes:
        nonlocal at_beginning, headed
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        documents = [read(row) for row in rows]
        if at_beginning and bom:
            text.write(MARK)
        if at_beginning and columns is not None:
            writer.writerow([_cell(column.heading) for column in columns])
        at_beginning = False
        if not headed and documents:
            headed = True
            writer.writerow(list(documents[0]))
        for document in documents:
            values = document.values() if columns is None else [column.of(document) for column in columns]
            writer.writerow([_cell(value) for value in values])
        return text.getvalue().encode()

    return encode


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return csv_text(value) if isinstance(value, str) else value


class Workbook:
    """An Excel file with one sheet: what somebody entered is text whatever it begins with, days are days."""

    def __init__(self, path: Path, read: Read, columns: Sequence[Column]) -> None:
        self._path, self._read, self._columns = path, read, columns
        self._open = ExitStack()
        self._book = new_workbook(self._open.enter_context(path.open("wb")), rows_in=path.parent)
        self._sheet = self._book.add_worksheet()
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        bold = self._book.add_format({"bold": True})
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            self._sheet.write_string(0, at, column.heading, bold)
        self._row = 1

    def write(self, rows: Sequence[Any]) -> None:
        """Write a chunk."""
        for row in rows:
            document = self._read(row)
            for at, column in enumerate(self._columns):
                self._write_cell(at, column.of(document))
            self._row += 1

    def _write_cell(self, at: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, at, value)
        elif isinstance(value, int | float) and abs(value) < _EXACT:
            self._sheet.write_number(self._row, at, value)
        elif isinstance(value, str) and _DAY.fullmatch(value) and (day := date.fromisoformat(value)) >= _FIRST_DAY:
            self._sheet.write_datetime(self._row, at, day, self._day)
        else:
            text = str(_cell_text(value))
            cut = text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
            self._sheet.write_string(self._row, at, cut)

    def close(self) -> str:
        """End the file and return its SHA-256."""
        with self._open:
            self._book.close()
        digest = hashlib.sha256()
        with self._path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()


def _cell_text(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
