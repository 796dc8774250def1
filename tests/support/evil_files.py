"""Files that ask more of a reader than they weigh, and files that are not what they seem."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROOT = f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
_BOOK = f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
_SHEETS = f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of `parts`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(rows: str | bytes, *, before: str = "", **further: str | bytes) -> bytes:
    """Return an .xlsx whose only sheet has `rows` as its XML; `before` stands in front of its root."""
    head, tail = f'{before}<worksheet xmlns="{_MAIN}"><sheetData>', "</sheetData></worksheet>"
    sheet = head.encode() + (rows if isinstance(rows, bytes) else rows.encode()) + tail.encode()
    return packed(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _ROOT,
            "xl/workbook.xml": _BOOK,
            "xl/_rels/workbook.xml.rels": _SHEETS,
            "xl/worksheets/sheet1.xml": sheet,
            **{name.replace("__", "/") + ".xml": content for name, content in further.items()},
        }
    )


def cells(*references: str) -> bytes:
    """Return an .xlsx in which just these cells say something."""
    rows = "".join(
        f'<row r="{cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row>'
        for cell in references
    )
    return workbook(rows)


def deflate_bomb() -> bytes:
    """Return an .xlsx of some 200 kB that unpacks to 200 MB of blanks."""
    return workbook(b" " * 200_000_000)


def lying_bomb() -> bytes:
    """Return a deflate bomb whose headers claim that its sheet unpacks to a hundred bytes."""
    data = bytearray(deflate_bomb())
    real = len(b" " * 200_000_000)
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    crc = zlib.crc32(b" " * 100)
    for at in (part.header_offset + 14, data.index(b"PK\x01\x02", data.rindex(b"xl/worksheets") - 60) + 16):
        size = struct.unpack_from("<I", data, at + 8)[0]
        assert size >= real
        struct.pack_into("<I", data, at, crc)
        struct.pack_into("<I", data, at + 8, 100)
    return bytes(data)


def repeating_strings() -> bytes:
    """Return an .xlsx of some kB whose cells all show one string of 30,000 letters: 3 GB in memory."""
    row = "".join('<c t="s"><v>0</v></c>' for _ in range(25))
    strings = f'<sst xmlns="{_MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'
    return workbook(f"<row>{row}</row>" * 4000, xl__sharedStrings=strings)


def entities() -> bytes:
    """Return an .xlsx whose sheet declares entities of entities: ten levels of ten."""
    levels = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 10))
    before = f'<!DOCTYPE w [<!ENTITY e0 "lol">{levels}]>'
    return workbook('<row r="1"><c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row>', before=before)


def repeating_table() -> bytes:
    """Return an .ods whose one row is said to repeat a million times."""
    office, table = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table"))
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" office:version="1.2"><office:body>'
        '<office:spreadsheet><table:table table:name="A"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="100"/>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def two_of_one_name() -> bytes:
    """Return an .xlsx with two sheets of one name, of which readers take different ones."""
    out = io.BytesIO(cells("A1"))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return out.getvalue()


EVIL: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "a cell in the last corner": (lambda: cells("A1", "XFD1048576"), "cell_too_far"),
    "a stray cell in the last row": (lambda: cells("A1", "T1048576"), "cell_too_far"),
    "a stray cell far to the right": (lambda: cells("A1", "ZZZ2"), "cell_too_far"),
    "a deflate bomb": (deflate_bomb, "file_too_complex"),
    "a deflate bomb that says it is small": (lying_bomb, "file_too_complex"),
    "one long string in every cell": (repeating_strings, "file_too_complex"),
    "entities of entities": (entities, "file_unreadable"),
    "a row that repeats a million times": (repeating_table, "too_many_rows"),
    "a truncated workbook": (lambda: cells("A1", "B2")[:-60], "file_unreadable"),
    "a workbook cut in the middle": (lambda: cells("A1", "B2")[:600], "file_unreadable"),
    "an old workbook that is none": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4096, "file_unreadable"),
    "a document under a workbook's name": (lambda: packed({"word/document.xml": "<w/>"}), "file_unreadable"),
    "two parts of one name": (two_of_one_name, "file_unreadable"),
    "a csv of one long line": (lambda: b"a," * 9_000_000, "file_too_complex"),
    "a csv of one long cell": (lambda: b'"' + b"x" * 900_000 + b'"', "file_unreadable"),
}
"""What it is → how it is made, and the code of the problem that answers it."""
