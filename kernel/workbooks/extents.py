"""How far the cells of a spreadsheet reach and what its parts unpack to, looked at before any library lays them out.

Two cells, A1 and XFD1048576, make a file of 1.4 kB that asks a reader for 549 GB; what a file says of its own extent and
size is not believed.
"""

from __future__ import annotations

import functools
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

from kernel.workbooks import limits

_CHUNK = 65536
_LOCAL_HEADER = struct.Struct("<4s22xHH")


class Refused(Exception):
    """The file is not read: the code of a problem, and its members."""

    def __init__(self, code: str, **members: object) -> None:
        super().__init__(code)
        self.code, self.members = code, members


def letters(at: int) -> str:
    """Return a column's letters as a spreadsheet shows them: 0 → A, 26 → AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


class Extent:
    """Counts filled rows, and refuses the first cell that lies too far out."""

    def __init__(self, limit_rows: int) -> None:
        self._limit_rows, self._newest, self.rows = limit_rows, -1, 0
        self._far: tuple[int, int] | None = None

    def fill(self, row: int, column: int, *, repeated: int = 1) -> None:
        """Take note of a cell that says something, in its row and as many after it; rows and columns count from 0."""
        last = row + repeated - 1
        if column >= limits.COLUMNS:
            self._refuse(row, column)
        if last >= limits.LAST_ROW and self._far is None:
            self._far = (last, column)
        if last > self._newest:
            self.rows += last - max(row - 1, self._newest)
            self._newest = last

    def close(self) -> None:
        """Say what was found, once all cells are known: a list that is too long, or a cell that strayed."""
        if self.rows > self._limit_rows + limits.HEADING_ROWS:
            raise Refused("too_many_rows", rows=self.rows - 1, limit_rows=self._limit_rows)
        if self._far is not None:
            self._refuse(*self._far)

    def _refuse(self, row: int, column: int) -> NoReturn:
        last = f"{letters(limits.COLUMNS - 1)}{limits.LAST_ROW}"
        raise Refused("cell_too_far", cell=f"{letters(column)}{row + 1}", last_cell=last)


def look(data: bytes, limit_rows: int) -> None:
    """Raise Refused for a packed workbook (.xlsx, .ods) that we will not have read."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    by_name = {part.filename: part for part in parts}
    # Of two parts with one name each reader takes another one.
    if len(parts) > limits.PARTS or len(by_name) != len(parts) or "xl/workbook.bin" in by_name:
        raise Refused("file_unreadable")
    _look_at_all(data, parts)
    extent = Extent(limit_rows)
    if "xl/workbook.xml" in by_name:
        sheet = by_name.get(_first_sheet(data, by_name))
        if sheet is None:
            raise Refused("file_unreadable")
        _parse(data, sheet, _Worksheet(extent))
    elif "content.xml" in by_name:
        _parse(data, by_name["content.xml"], _Table(extent))
    else:
        raise Refused("file_unreadable")
    extent.close()


def _look_at_all(data: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Raise Refused for what unpacks to too much, and for a document type, where entities are declared."""
    unpacked, most = 0, max(limits.PACKED_FREE_BYTES, limits.PACKED_TIMES * len(data))
    for part in parts:
        before = b""
        for chunk in _unpacked(data, part):
            unpacked += len(chunk)
            if unpacked > min(most, limits.UNPACKED_BYTES):
                raise Refused("file_too_complex")
            if b"<!DOCTYPE" in (text := before + chunk) or b"<!ENTITY" in text:
                raise Refused("file_unreadable")
            before = chunk[-9:]


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the bytes that a part really unpacks to: `zipfile` would stop at the size that it claims."""
    signature, name, extra = _LOCAL_HEADER.unpack_from(data, part.header_offset)
    if signature != b"PK\x03\x04" or part.flag_bits & 0x1:
        raise Refused("file_unreadable")
    start = part.header_offset + _LOCAL_HEADER.size + name + extra
    packed = data[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise Refused("file_unreadable")
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed and not unpacking.eof:
        yield unpacking.decompress(packed, _CHUNK)
        packed = unpacking.unconsumed_tail
    if not unpacking.eof:
        raise Refused("file_unreadable")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Elements:
    """What is done at the elements of one part. Each call is one of a million: what is not needed is not asked for."""

    ends = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, name: str) -> None:
        """End an element."""


def _parse(data: bytes, part: zipfile.ZipInfo, elements: _Elements) -> None:
    parser = expat.ParserCreate()

    def declared(*_: object) -> NoReturn:
        raise Refused("file_unreadable")

    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = elements.start
    if elements.ends:
        parser.EndElementHandler = elements.end
    for chunk in _unpacked(data, part):
        parser.Parse(chunk)
    parser.Parse(b"", True)


class _FirstSheet(_Elements):
    relation: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "sheet" and self.relation is None:
            self.relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")


class _Targets(_Elements):
    def __init__(self) -> None:
        self.by_id: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            self.by_id[attributes.get("Id", "")] = attributes.get("Target", "")


def _first_sheet(data: bytes, parts: dict[str, zipfile.ZipInfo]) -> str:
    """Return the name of the part that holds the first sheet, which is the one that is read."""
    first, targets = _FirstSheet(), _Targets()
    _parse(data, parts["xl/workbook.xml"], first)
    if "xl/_rels/workbook.xml.rels" in parts:
        _parse(data, parts["xl/_rels/workbook.xml.rels"], targets)
    target = targets.by_id.get(first.relation or "", "")
    return posixpath.normpath(target[1:] if target.startswith("/") else posixpath.join("xl", target))


class _Worksheet(_Elements):
    """The cells of an .xlsx sheet: `r` says where one stands; without it, it is the next."""

    def __init__(self, extent: Extent) -> None:
        self._extent, self._row, self._column, self._at = extent, -1, -1, ""
        self._filled_row, self._widest = -1, -1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            at = attributes.get("r", "")
            if not at:
                if self._at:
                    self._row, self._column = _place(self._at)
                self._column += 1
            self._at = at
        elif name in ("v", "t"):
            if self._at:
                self._row, self._column = _place(self._at)
                self._at = ""
            if self._row != self._filled_row or self._column > self._widest:
                self._extent.fill(self._row, self._column)
                self._filled_row, self._widest = self._row, max(self._column, self._widest)
        elif name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column, self._at = -1, ""
        elif ":" in name:
            self.start(_local(name), attributes)


def _place(reference: str) -> tuple[int, int]:
    """Return row and column of “AB12”, from 0. Raises ValueError."""
    name = reference.rstrip("0123456789")
    return int(reference[len(name) :]) - 1, _column_of(name)


@functools.lru_cache(1024)
def _column_of(name: str) -> int:
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - 64
    return column - 1


class _Table(_Elements):
    """The cells of the first table of an .ods file, where rows and cells may be said to repeat."""

    ends = True

    def __init__(self, extent: Extent) -> None:
        self._extent, self._tables, self._row, self._column = extent, 0, 0, 0
        self._repeated, self._last = 1, -1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "table":
            self._tables += 1
        elif self._tables != 1:
            return
        elif name == "table-row":
            self._repeated, self._column, self._last = int(attributes.get("table:number-rows-repeated", 1)), 0, -1
        elif name in ("table-cell", "covered-table-cell"):
            repeated = int(attributes.get("table:number-columns-repeated", 1))
            if any(_local(key) == "value-type" for key in attributes):
                self._last = self._column + repeated - 1
            self._column += repeated

    def end(self, name: str) -> None:
        if _local(name) == "table-row" and self._tables == 1:
            if self._last >= 0:
                self._extent.fill(self._row, self._last, repeated=self._repeated)
            self._row += self._repeated
