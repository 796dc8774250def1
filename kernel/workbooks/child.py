"""The process that reads one file which somebody sent: `python -m kernel.workbooks.child <most rows>`.

The file comes in at standard input; one JSON document goes out: `rows`, with the encoding of before Unicode that they were
`converted_from`, or the `code` of a problem with its `members`.
It holds no secret and no connection, it may take so much memory and time and no more, and what goes wrong in here ends
nobody else's work. It imports as little as it can: its start is paid for with every file.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.parsers import expat

import orjson

from kernel.runtime.limited_child import hold_ourselves
from kernel.workbooks import limits
from kernel.workbooks.extents import Extent, Refused, look
from kernel.workbooks.legacy_text import convert, text_of_bytes


def rows_of(data: bytes, limit_rows: int) -> list[list[Any]]:
    """Return the rows of the first sheet, as many cells each as are filled. Raises Refused."""
    if data[:4] == b"PK\x03\x04":
        try:
            look(data, limit_rows)
        except (zipfile.BadZipFile, zlib.error, expat.ExpatError, ValueError, OverflowError, NotImplementedError):
            raise Refused("file_unreadable") from None
        return _bounded(_sheet(data), limit_rows)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        return _bounded(_sheet(data), limit_rows)
    return _bounded(_lines(data), limit_rows)


def _sheet(data: bytes) -> Iterable[list[Any]]:
    import python_calamine

    try:
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        # The row numbers are those that the office sees: rows above the first filled one count.
        height, width = sheet.total_height + 1, sheet.total_width + 1
        if height > limits.LAST_ROW or width > limits.COLUMNS:
            # An old .xls: its cells cannot be looked at beforehand, but it has no more than 65,536 rows.
            extent = Extent(limit_rows=height)
            extent.fill(height - 1, width - 1)
            extent.close()
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    except Refused:
        raise
    except BaseException as error:
        # A panic of the library is no Exception.
        raise Refused("file_too_complex" if isinstance(error, MemoryError) else "file_unreadable") from None
    return rows


def _lines(data: bytes) -> Iterator[list[Any]]:
    text = text_of_bytes(data)
    if text is None or "\x00" in text:
        raise Refused("file_unreadable")
    try:
        yield from csv.reader(_not_too_long(text), delimiter=_separator(text), strict=True)
    except csv.Error:
        raise Refused("file_unreadable") from None


def _separator(text: str) -> str:
    """Return what stands most often in the first lines: a title above the headings has none."""
    first = "".join(itertools.islice(io.StringIO(text), limits.HEADING_ROWS))
    return max((",", ";", "\t"), key=first.count)


def _not_too_long(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > limits.LINE_LETTERS:
            raise Refused("file_too_complex")
        yield line


def _bounded(rows: Iterable[list[Any]], limit_rows: int) -> list[list[Any]]:
    """Return rows as JSON can carry them, without what is empty behind them. Raises Refused."""
    extent, bounded, total = Extent(limit_rows), [], 0
    for number, row in enumerate(rows):
        cells = [_as_json(cell) for cell in row]
        while cells and cells[-1] in ("", None):
            cells.pop()
        if cells:
            extent.fill(number, len(cells) - 1)
            total += sum(len(cell) if type(cell) is str else 8 for cell in cells)
            if total > limits.TEXT_LETTERS:
                raise Refused("file_too_complex")
        if extent.rows <= limit_rows + limits.HEADING_ROWS and number < limits.LAST_ROW:
            bounded.append(cells)
    extent.close()
    return bounded


def _as_json(cell: Any) -> Any:
    kind = type(cell)
    if kind is str:
        return "" if cell.isspace() else cell
    if kind is datetime or kind is date:
        return {"day": cell.isoformat()[:10]}
    if kind is time or kind is timedelta:
        return str(cell)
    # JSON has neither infinity nor what is no number; as text they are told back as they stand in the cell.
    return str(cell) if kind is float and (cell != cell or cell in (float("inf"), float("-inf"))) else cell


def main() -> None:
    """Read the file at standard input and say what is in it."""
    hold_ourselves()
    answer: dict[str, Any]
    try:
        rows = rows_of(sys.stdin.buffer.read(), int(sys.argv[1]))
        answer = {"rows": rows, "converted_from": convert(rows)}
    except Refused as refused:
        answer = {"code": refused.code, "members": refused.members}
    except MemoryError:
        answer = {"code": "file_too_complex", "members": {}}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
