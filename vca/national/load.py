"""Loading the national set: rows exactly as the registry's own writes leave them, by COPY.

Each organization and fact comes with its history and its place in the change feed, and the timeline is made by the
registry's own function: what holds for records entered through the API holds for these.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import typer

from kernel.database.connections import connect
from kernel.records.records import OUT_OF_SCOPE, Resource, dump, table_of
from kernel.values import geography
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.values.money import number_text
from kernel.values.text import name_folded
from services.registry import code_lists, models
from services.registry.coverages import COVERAGE
from services.registry.facts.kinds import KINDS
from services.registry.organizations.records import ORGANIZATION, is_operating
from services.registry.organizations.service import names, timeline
from services.registry.organizations.timeline import Period
from vca.errors import Refusal
from vca.national import generate
from vca.national.generate import Invented, National, Values

_BY = "demo-national"
_FACTS = {kind.resource.table.name: kind for kind in KINDS}
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
)
_SHOWN = dict.fromkeys(_STATE[3:], "seat") | {name: name for name in _STATE[:3]}
_STATE_COLUMNS = tuple(column.name for column in table_of(models.OrganizationState).columns)
_COVERAGE_COLUMNS = tuple(column.name for column in table_of(models.Coverage).columns)
_HISTORY = tuple(column.name for column in models.history.columns if column.name != "xid")
_CHANGE = tuple(column.name for column in models.change.columns if column.name not in ("xid", "seq"))
_LISTS = ("business_lines", "legal_representatives", "contacts", "external_ids")
_ANALYZED = ("organization", "organization_state", "history", "change", *_FACTS, "coverage")


class Batch:
    """The rows of one transaction, table by table, as COPY's text format takes them."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._at = now()

    def add(self, table: str, columns: tuple[str, ...], values: Mapping[str, Any]) -> None:
        """Add a row of `table`."""
        self._columns[table] = columns
        self._lines.setdefault(table, []).append("\t".join([_text(values[name]) for name in columns]))

    def record(self, resource: Resource[Any], row: Values) -> Values:
        """Add a record's row, version 1 in history and feed; return the row."""
        row = {**row, "version": 1, "created_at": self._at, "updated_at": self._at, "created_by": _BY}
        self.journal(resource, row, event="created", action="created")
        return row

    def journal(
        self, resource: Resource[Any], row: Values, *, event: str, action: str, changed: Sequence[str] = ()
    ) -> None:
        """Add what a write leaves in history and change feed."""
        told: Values = {
            "resource_id": row["id"],
            "version": row["version"],
            "resource_type": resource.name,
            "action": action,
            "recorded_at": self._at,
            "recorded_by": _BY,
            "alliance": row["alliance"],
            "reason": None,
            "changed": sorted(changed),
            "input_hash": None,
            "content": dump(resource.represent(row)).decode(),
        }
        self.add("history", _HISTORY, told)
        event_row: Values = {
            **told,
            "id": new_id(),
            "type": f"{resource.name}.{event}",
            "resource_version": row["version"],
            "merged_into": None,
            "occurred_at": self._at,
        }
        self.add("change", _CHANGE, event_row)

    def leave(self, resource: Resource[Any], row: Values, alliance: str) -> None:
        """Add the tombstone for those of `alliance`, which the record left with this version."""
        self.add(
            "change",
            _CHANGE,
            {
                "id": new_id(),
                "type": f"{resource.name}.removed",
                "resource_type": resource.name,
                "resource_id": row["id"],
                "resource_version": row["version"],
                "alliance": alliance,
                "changed": [],
                "reason": OUT_OF_SCOPE,
                "merged_into": None,
                "occurred_at": self._at,
            },
        )

    async def copy(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Write everything in one transaction."""
        async with connection.transaction():
            # Organizations first: what hangs on them refers to them.
            for table in sorted(self._lines, key=lambda name: name != "organization"):
                text = "\n".join([*self._lines[table], ""])
                await connection.copy_to_table(
                    table, source=io.BytesIO(text.encode()), columns=list(self._columns[table]), format="text"
                )


def _escaped(text: str) -> str:
    if "\\" not in text and text.isprintable():
        return text
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _day(day: date) -> str:
    return "infinity" if day == date.max else "-infinity" if day == date.min else day.isoformat()


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    str: _escaped,
    bool: lambda value: "t" if value else "f",
    int: str,
    Decimal: str,
    date: _day,
    datetime: datetime.isoformat,
    list: lambda items: "{" + ",".join(items) + "}",
}


def _text(value: Any) -> str:
    return _WRITERS.get(type(value), _escaped)(value)


def _enter(batch: Batch, invented: Invented) -> None:
    """Add one organization, its facts and its timeline."""
    given = invented.organization
    row: Values = {
        **given,
        **names(given["name"]),
        **{name: dump(given[name]).decode() for name in _LISTS},
        "alliance": given["province_2025"],
        **{f"opening_{name}": given[name] for name in _STATE},
    }
    row = batch.record(ORGANIZATION, row)
    applied: list[Values] = []
    made: list[Period] = timeline(row, [])
    entered = []
    for table, values in invented.facts:
        kind = _FACTS[table]
        step = _step(table, values)
        if step is not None:
            applied.append(step)
            made = timeline(row, applied)
        entered.append((kind, values))
        before = row
        row = _after(row, made[-1])
        if row is not before:
            changed = {_SHOWN[name] for name in _STATE if row[name] != before[name]}
            if is_operating(row) != is_operating(before):
                changed.add("is_operating")
            batch.journal(ORGANIZATION, row, event="changed", action="derived", changed=sorted(changed))
            if row["alliance"] != before["alliance"]:
                batch.leave(ORGANIZATION, row, before["alliance"])
    for kind, values in entered:
        day = max(values["_on"], row["starts_on"])
        where = next(period.state for period in made if period.valid_from <= day < period.valid_to)
        fact = {
            **values,
            "organization_id": row["id"],
            "alliance": row["alliance"],
            "file_ids": "[]",
            "is_synthetic": True,
            "province_2008": where.province_2008,
            "province_2025": where.province_2025,
        }
        if "name" in fact:
            fact["name_folded"] = name_folded(fact["name"])
        fact = batch.record(kind.resource, fact)
        batch.add(kind.resource.table.name, kind.resource.columns, fact)
    batch.add("organization", ORGANIZATION.columns, row)
    for period in made:
        state = {name: getattr(period.state, name) for name in _STATE}
        batch.add(
            "organization_state",
            _STATE_COLUMNS,
            {
                "organization_id": row["id"],
                "valid_from": period.valid_from,
                "valid_to": period.valid_to,
                **state,
                "alliance": row["alliance"],
            },
        )


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
        beside_real = generate.is_beside_real_records(province.id)
        row: Values = {
            "id": generate.coverage_id(province.id),
            "alliance": province.id,
            "province": province.id,
            "provinces_2008": list(geography.expand(province.id)),
            "record_types": list(code_lists.RECORD_TYPES),
            "covered_from": generate.COVERED_FROM_BESIDE_REAL if beside_real else generate.COVERED_FROM,
            "covered_to": None,
            "source": "Bộ dữ liệu giả lập toàn quốc",
        }
        batch.add("coverage", _COVERAGE_COLUMNS, batch.record(COVERAGE, row))
    return batch


def make(national: National, index: int, kind: type[Batch] = Batch) -> Batch:
    """Return the rows of batch `index`; `kind` may leave some out."""
    batch = kind()
    for invented in national.batch(index):
        _enter(batch, invented)
    return batch


async def _load(url: str, national: National, tell: Callable[[str], None]) -> int:
    # A crash may lose the last batches: run again, and they are put in.
    connection = await connect(url, synchronous_commit="off")
    began, new = time.monotonic(), 0
    try:
        await _refuse_another_size(connection, national)
        if not await _holds(connection, "coverage", generate.coverage_id("01-2025")):
            await _coverages().copy(connection)
        missing = [
            index
            for index in range(national.batches)
            if not await _holds(connection, "organization", national.id_of(index * generate.BATCH))
        ]
        done, told = national.batches - len(missing), 0
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
            if percent >= told + 5 or done == national.batches:
                told = percent
                tell(f"{percent:3d} %  {number_text(new)} tổ chức mới / new, {time.monotonic() - began:.1f} s")
        if missing:
            # Plans and index-only scans are what they will be after PostgreSQL's own housekeeping.
            for table in _ANALYZED:
                await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()
    return new


async def _holds(connection: asyncpg.Connection[asyncpg.Record], table: str, id_: str) -> bool:
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table} WHERE id = $1)", id_))


async def _refuse_another_size(connection: asyncpg.Connection[asyncpg.Record], national: National) -> None:
    """Raise Refusal if a national set of another size is there: their codes would meet."""
    known = await connection.fetchval("SELECT EXISTS (SELECT FROM organization WHERE code >= '95' AND code < '99')")
    if known and not await _holds(connection, "organization", national.id_of(0)):
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
