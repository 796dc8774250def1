"""Loading the national set: rows exactly as the registry's own writes leave them, by COPY.

Each organization and fact comes with its history and its place in the change feed, and the timeline is made by the
registry's own function: what holds for records entered through the API holds for these.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

import asyncpg
import typer

from kernel.database.connections import connect
from kernel.records import table_of
from kernel.records.writing import json_columns
from kernel.values import geography
from kernel.values.money import number_text
from kernel.values.text import name_folded
from kernel.web.replies import dump
from services.registry import code_lists, models
from services.registry.coverages import COVERAGE
from services.registry.facts.records import FACT_TYPES
from services.registry.operating import is_operating
from services.registry.organizations.placements import seat_today
from services.registry.organizations.queries import TimelineFact
from services.registry.organizations.records import LISTS, ORGANIZATION
from services.registry.organizations.service import names, timeline
from services.registry.organizations.timeline import Period
from services.registry.rows import OrganizationRow
from services.registry.statistics.records import STATISTIC_TYPE
from vca.errors import Refusal
from vca.national import generate
from vca.national.generate import GeneratedOrganization, National, Values
from vca.national.identifiers import coverage_id
from vca.national.reported import REPORTED_FROM
from vca.national.rows import Batch

_FACTS = {record_type.resource.table.name: record_type.resource for record_type in (*FACT_TYPES, STATISTIC_TYPE)}
_STATE = (
    "type",
    "legal_status",
    "operating_state",
    "commune_code",
    "commune_map",
    "commune_name",
    "address",
    "province_2008",
    "province_2025",
    "seat_2025_commune_code",
)
_SHOWN = dict.fromkeys(_STATE[3:], "seat") | {name: name for name in _STATE[:3]}
_STATE_COLUMNS = tuple(column.name for column in table_of(models.OrganizationState).columns)
_COVERAGE_COLUMNS = tuple(column.name for column in table_of(models.Coverage).columns)
_REPORTED = "statistics"
_ANALYZED = ("organization", "organization_state", "history", "change", *_FACTS, "coverage")


def _enter(batch: Batch, generated: GeneratedOrganization) -> None:
    """Add one organization, its facts and its timeline."""
    opening = generated.organization
    row: Values = {
        # What is not invented stays empty, a field that came later among it.
        **dict.fromkeys(ORGANIZATION.columns),
        **opening,
        **names(opening["name"]),
        **{name: dump(opening.get(name, [])).decode() for name in LISTS},
        "alliance": opening["province_2025"],
        **{f"opening_{name}": opening[name] for name in _STATE},
    }
    row = batch.record(ORGANIZATION, row)
    applied: list[TimelineFact] = []
    periods: list[Period] = timeline(cast(OrganizationRow, row), [])
    entered = []
    for table, values in generated.facts:
        resource = _FACTS[table]
        step = _step(table, values)
        if step is not None:
            applied.append(cast(TimelineFact, step))
            periods = timeline(cast(OrganizationRow, row), applied)
        entered.append((resource, values))
        before = row
        row = _after(row, periods[-1])
        if row is not before:
            changed = {_SHOWN[name] for name in _STATE if row[name] != before[name]}
            if is_operating(cast(OrganizationRow, row)) != is_operating(cast(OrganizationRow, before)):
                changed.add("is_operating")
            if _today(row) is not _today(before):
                changed.add("seat_2025")
            batch.journal(ORGANIZATION, row, event="changed", action="derived", changed=sorted(changed))
            if row["alliance"] != before["alliance"]:
                batch.leave(ORGANIZATION, row, before["alliance"])
    for resource, values in entered:
        day = max(values["_on"], row["starts_on"])
        state = next(period.state for period in periods if period.valid_from <= day < period.valid_to)
        fact = {
            **dict.fromkeys(resource.columns),
            **dict.fromkeys(json_columns(resource.table), "[]"),
            **values,
            "organization_id": row["id"],
            "alliance": row["alliance"],
            "is_synthetic": True,
            "province_2008": state.province_2008,
            "province_2025": state.province_2025,
        }
        if "name" in fact:
            fact["name_folded"] = name_folded(fact["name"])
        fact = batch.record(resource, fact)
        batch.add(resource.table.name, resource.columns, fact)
    batch.add("organization", ORGANIZATION.columns, row)
    for period in periods:
        batch.add(
            "organization_state",
            _STATE_COLUMNS,
            {
                "organization_id": row["id"],
                "valid_from": period.valid_from,
                "valid_to": period.valid_to,
                **{name: getattr(period.state, name) for name in _STATE},
                "alliance": row["alliance"],
            },
        )


def _today(row: Values) -> object:
    """Return where the seat lies today: the same object for the same place."""
    return seat_today(row["commune_code"], row["commune_map"], row["seat_2025_commune_code"])


def _step(table: str, values: Values) -> Values | None:
    """Return a fact as the timeline reads it, or None if it leaves the timeline alone."""
    if table == "status_change":
        return {"fact": values["kind"], "on": values["effective_on"], "status": values["status"], "basis": None}
    if table == "type_conversion":
        return {"fact": table, "on": values["effective_on"], "status": values["kind"], "basis": None}
    if table == "seat_change":
        place = {"province_2008": values["to_province_2008"], "province_2025": values["to_province_2025"]}
        return {**values, **place, "fact": table, "on": values["effective_on"], "status": None, "basis": None}
    return None


def _after(row: Values, last: Period) -> Values:
    """Return the row as the last period of the timeline makes it; the same row if that changes nothing."""
    present = {name: getattr(last.state, name) for name in _STATE}
    if all(row[name] == value for name, value in present.items()):
        return row
    return {**row, **present, "alliance": last.state.alliance, "version": row["version"] + 1}


def _coverages() -> Batch:
    """Return what the invented records hold completely: everything, from the day they begin to be dense."""
    batch = Batch()
    for province in geography.provinces():
        if province.map != "2025":
            continue
        begins = (generate.COVERED_FROM, REPORTED_FROM)
        if generate.is_beside_real_records(province.id):
            begins = (generate.COVERED_FROM_BESIDE_REAL, generate.COVERED_FROM_BESIDE_REAL)
        others = [record_type for record_type in code_lists.RECORD_TYPES if record_type != _REPORTED]
        for name, record_types, begin in (("", others, begins[0]), (_REPORTED, [_REPORTED], begins[1])):
            row: Values = {
                "id": coverage_id(province.id, name),
                "alliance": province.id,
                "province": province.id,
                "provinces_2008": list(geography.expand(province.id)),
                "record_types": record_types,
                "covered_from": begin,
                "covered_to": None,
                "source": "Bộ dữ liệu giả lập toàn quốc",
            }
            batch.add("coverage", _COVERAGE_COLUMNS, batch.record(COVERAGE, row))
    return batch


def make(national: National, index: int, kind: type[Batch] = Batch) -> Batch:
    """Return the rows of batch `index`; `kind` may leave some out."""
    batch = kind()
    for generated in national.batch(index):
        _enter(batch, generated)
    return batch


async def _load(url: str, national: National, tell: Callable[[str], None]) -> int:
    # A crash may lose the last batches: run again, and they are put in.
    connection = await connect(url, synchronous_commit="off")
    began, new = time.monotonic(), 0
    try:
        await _refuse_another_size(connection, national)
        if not await _holds(connection, "coverage", coverage_id("01-2025")):
            await _coverages().copy(connection)
        missing = [
            index
            for index in range(national.batches)
            if not await _holds(connection, "organization", national.id_of(index * generate.BATCH))
        ]
        done, printed = national.batches - len(missing), 0
        # While PostgreSQL takes one batch, the next is made.
        upcoming = asyncio.ensure_future(asyncio.to_thread(make, national, missing[0])) if missing else None
        for place, index in enumerate(missing):
            assert upcoming is not None
            batch = await upcoming
            if place + 1 < len(missing):
                upcoming = asyncio.ensure_future(asyncio.to_thread(make, national, missing[place + 1]))
            await batch.copy(connection)
            done += 1
            new += min(generate.BATCH, national.size - index * generate.BATCH)
            percent = done * 100 // national.batches
            if percent >= printed + 5 or done == national.batches:
                printed = percent
                tell(f"{percent:3d} %  {number_text(new)} tổ chức mới / new, {time.monotonic() - began:.1f} s")
        if missing:
            # Plans and index-only scans are what they will be after PostgreSQL's own housekeeping.
            for table in _ANALYZED:
                await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()
    return new


async def _holds(connection: asyncpg.Connection[asyncpg.Record], table: str, id_: str) -> bool:
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table} WHERE id = $1)", id_))  # noqa: S608  names are constants of the code


async def _refuse_another_size(connection: asyncpg.Connection[asyncpg.Record], national: National) -> None:
    """Raise Refusal if a national set of another size is there: their codes would meet."""
    is_there = await connection.fetchval("SELECT EXISTS (SELECT FROM organization WHERE code >= '95' AND code < '99')")
    if is_there and not await _holds(connection, "organization", national.id_of(0)):
        raise Refusal(
            "Đã có bộ dữ liệu toàn quốc với số lượng khác.", "A national set of another size has been loaded already."
        )


def load_national(url: str, organizations: int = generate.TOTAL, *, tell: Callable[[str], None] = typer.echo) -> int:
    """Load a national set of so many organizations into the registry at `url`; return how many were new.

    It commits batch by batch, tells its progress, goes on where an earlier run broke off, and run again changes
    nothing. Raises Refusal if a set of another size is there.
    """
    if not 1 <= organizations <= 9_999_999:
        raise Refusal("Cần từ 1 đến 9.999.999 tổ chức.", "Give 1 to 9,999,999 organizations.")
    return asyncio.run(_load(url, National(organizations), tell))
