"""Uploads of rolls beside COPY of the very rows that they wrote, one after the other."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any

import asyncpg
import httpx
import xlsxwriter

from kernel.records import table_of
from services.training import models
from services.training.classes.imports.columns import COLUMNS

ROWS = 5000
_LABELS = {column.field: column.label for column in COLUMNS}
_CLASS = {
    "class_name": "Tập huấn Luật Hợp tác xã",
    "kind": "Tập huấn",
    "topic": "law",
    "attribution": "Do Liên minh tổ chức",
    "starts_on": "06/03/2023",
    "ends_on": "07/03/2023",
}


def workbook(number: int, commune: str) -> bytes:
    """Return a roll of one class as .xlsx, every person with number and phone."""
    place = {"commune_code": commune, "commune_map": "2008"}
    people = (
        "name",
        "birth_year",
        "sex",
        "id_number",
        "phone",
        "organization_name",
        "position",
        "audience",
        "allowance_vnd",
    )
    fields = ["class_number", *_CLASS, *place, *people]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [_LABELS[name] for name in fields])
        for at in range(ROWS):
            of_class = [*_CLASS.values(), *place.values()] if at == 0 else [""] * (len(_CLASS) + len(place))
            person = [
                f"Trần Thị {number} {at}",
                1950 + at % 50,
                "Nữ",
                f"{number:03d}{at:09d}",
                f"0912{at:06d}",
                f"HTX Đồng Tâm {at % 40}",
                "Giám đốc",
                "Cán bộ quản lý HTX",
                150_000,
            ]
            sheet.write_row(at + 1, 0, [f"DS-{number}", *of_class, *person])
    return out.getvalue()


_MARKED = ("id_number_mark", "person_key", "class_number")
_IDS = ("id", "class_id", "trainee_id", "resource_id")
_MADE_BY_DATABASE = {("change", "xid"), ("change", "seq"), ("history", "xid")}
_WHICH = """
    CREATE TABLE bench_uploaded AS
    WITH c AS (SELECT id FROM training_class WHERE class_number = '{}'),
         a AS (SELECT id, trainee_id FROM attendance WHERE class_id IN (SELECT id FROM c))
    SELECT id FROM c UNION ALL SELECT id FROM a UNION ALL SELECT trainee_id FROM a"""
_TABLES: Mapping[str, Any] = {
    table.name: table
    for table in (
        table_of(models.TrainingClass),
        table_of(models.Trainee),
        table_of(models.Attendance),
        models.history,
        models.change,
    )
}


def _twin(column: str) -> str:
    """Return what a column is in the rows that COPY writes: the same, under ids and numbers of their own."""
    if column in _IDS:
        return f"('f' || substr({column}::text, 2))::uuid"
    return f"{column} || '-twin'" if column in _MARKED else column


async def _copied(connection: asyncpg.Connection[Any], number: int) -> dict[str, tuple[list[str], bytes]]:
    await connection.execute("DROP TABLE IF EXISTS bench_uploaded")
    await connection.execute(_WHICH.format(f"DS-{number}"))
    found = {}
    for name, table in _TABLES.items():
        columns = [c.name for c in table.columns if (name, c.name) not in _MADE_BY_DATABASE]
        key = "resource_id" if name in ("history", "change") else "id"
        out = io.BytesIO()
        values = ", ".join(_twin(column) for column in columns)
        await connection.copy_from_query(
            f"SELECT {values} FROM {name} WHERE {key} IN (SELECT id FROM bench_uploaded)",  # noqa: S608  names and numbers of the workload
            output=out,
        )
        found[name] = columns, out.getvalue()
    return found


async def upload_and_copy(
    connection: asyncpg.Connection[Any], address: str, bearer: Mapping[str, str], number: int, commune: str
) -> tuple[float, float]:
    """Upload one roll, then copy the same rows once more; return the seconds of each."""
    data = workbook(number, commune)
    async with httpx.AsyncClient(timeout=60) as client:
        began = time.perf_counter()
        answer = await client.post(f"{address}?dry_run=false", files={"file": ("lop.xlsx", data)}, headers=dict(bearer))
        ours = time.perf_counter() - began
    report = answer.json()
    assert answer.status_code == 200, report
    assert (report["created"], report["trainees_created"]) == (ROWS, ROWS), report
    rows = await _copied(connection, number)
    began = time.perf_counter()
    async with connection.transaction():
        for name, (columns, text) in rows.items():
            await connection.copy_to_table(name, columns=columns, source=io.BytesIO(text))
    return ours, time.perf_counter() - began
