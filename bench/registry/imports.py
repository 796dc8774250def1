"""An import of organizations beside reading the same workbook and COPY of the very rows that it wrote."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import httpx
import orjson
import xlsxwriter

from bench.harness import Bench, Figures, cpu_seconds
from bench.singly import figures_of
from kernel.database.connections import connect
from kernel.records import table_of
from kernel.web.readers import Readers
from kernel.workbooks.table import Table
from services.registry import models
from services.registry.imports.columns import COLUMNS

ROWS = 20_000
_LABELS = {column.field: column.label for column in COLUMNS}
_MADE_BY_DATABASE = {("change", "xid"), ("change", "seq"), ("history", "xid")}
_KEYS = {"organization": "id", "organization_state": "organization_id"}
_TABLES: Mapping[str, Any] = {
    table.name: table
    for table in (
        table_of(models.Organization),
        table_of(models.OrganizationState),
        models.history,
        models.change,
    )
}


def workbook(number: int, communes: Sequence[str]) -> bytes:
    """Return organizations that nobody has, from all over the country, as .xlsx."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row in range(ROWS):
            of_row = {
                "type": "Hợp tác xã",
                "code": f"96{number:03d}{row:05d}",
                "name": f"Hợp tác xã Nông nghiệp {_word(row)} {_word(row * 7 + number)} {number} {row}",
                "commune_code": communes[row % len(communes)],
                "commune_map": "2025",
                "address": f"Thôn {row % 40 + 1}",
                "registered_on": f"{row % 28 + 1:02d}/{row % 12 + 1:02d}/{2005 + row % 20}",
                "charter_capital_vnd": 500_000_000 + row * 100_000,
                "business_line_code": "0161",
                "business_line_version": "2018",
                "representative_name": f"Nguyễn Văn {_word(row)}",
                "representative_title": "Giám đốc",
                "phone": f"0912{row:06d}",
            }
            if row == 0:
                sheet.write_row(0, 0, [_LABELS[name] for name in of_row])
            sheet.write_row(row + 1, 0, [*of_row.values()])
    return out.getvalue()


def _word(number: int) -> str:
    """Return a made-up syllable: organizations of like names in one commune would be taken for doubles."""
    first, middle, last = (
        ("B", "D", "Đ", "G", "H", "K", "L", "M", "N", "P", "Q", "R", "S", "T", "V", "X"),
        "aeiouy",
        "mnptc",
    )
    place = number * 2_654_435_761 % 2**32
    return "".join(
        (
            first[place % 16],
            middle[place // 16 % 6],
            last[place // 96 % 5],
            middle[place // 480 % 6],
            last[place // 2880 % 5],
        )
    )


async def measure(bench: Bench, url: str, communes: Sequence[str]) -> dict[str, Figures]:
    """Import a workbook, then read it and copy its rows once more; the first of each is not counted."""
    connection = await connect(url)
    pid = bench.processes["ours"].pid
    address = f"http://127.0.0.1:{bench.ports['ours']}/v1/registry/imports?dry_run=false"
    imports, copies, cpu = [], [], 0.0
    for number in range(bench.options.rounds + 1):
        data = workbook(number, communes)
        before = cpu_seconds(pid)
        imports.append(await _upload(address, bench.suite.bearer, data))
        cpu = cpu_seconds(pid) - before
        copies.append(await _read(data) + await _copy(connection, number))
    await connection.close()
    return {"ours": figures_of(imports[1:], cpu), "copy": figures_of(copies[1:], 0.0)}


async def _upload(address: str, bearer: Mapping[str, str], data: bytes) -> float:
    async with httpx.AsyncClient(timeout=300) as client:
        began = time.perf_counter()
        answer = await client.post(address, files={"file": ("htx.xlsx", data)}, headers=dict(bearer))
        seconds = time.perf_counter() - began
    report = answer.json()
    assert answer.status_code == 200, answer.text[:2000]
    assert report["created"] == ROWS, {name: value for name, value in report.items() if name != "items"}
    return seconds


async def _read(data: bytes) -> float:
    """Return what it takes to read the workbook as the service does: in a process of its own, then under the template."""
    began = time.perf_counter()
    output = await Readers().output("kernel.workbooks.child", str(ROWS), data, whose="bench")
    assert output is not None
    lines = await asyncio.to_thread(lambda: [*Table(orjson.loads(output)["rows"], COLUMNS, limit_rows=ROWS).lines()])
    assert len(lines) == ROWS
    return time.perf_counter() - began


async def _copy(connection: asyncpg.Connection[Any], number: int) -> float:
    """Return what COPY takes for the rows that the import wrote, under ids and codes of their own."""
    found = {}
    for name, table in _TABLES.items():
        columns = [column.name for column in table.columns if (name, column.name) not in _MADE_BY_DATABASE]
        out = io.BytesIO()
        await connection.copy_from_query(
            f"SELECT {', '.join(_twin(column) for column in columns)} FROM {name} "  # noqa: S608  names and numbers of the workload
            f"WHERE {_KEYS.get(name, 'resource_id')} IN (SELECT id FROM organization WHERE code LIKE '96{number:03d}_____')",
            output=out,
        )
        found[name] = columns, out.getvalue()
    began = time.perf_counter()
    async with connection.transaction():
        for name, (columns, text) in found.items():
            await connection.copy_to_table(name, columns=columns, source=io.BytesIO(text))
    return time.perf_counter() - began


def _twin(column: str) -> str:
    """Return what a column is in the rows that COPY writes: the same, under ids and codes of their own."""
    if column in ("id", "organization_id", "resource_id"):
        return f"('f' || substr({column}::text, 2))::uuid"
    return "'93' || substr(code, 3)" if column == "code" else column
