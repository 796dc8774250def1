"""Writing many records at once: rows, their histories and their places in the change feed, in one statement.

One round trip whose arrays PostgreSQL unnests; measured, within twice the time of COPY into the bare tables.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from kernel.auth import Caller
from kernel.db import Transaction, to_json
from kernel.ids import new_id
from kernel.records import Resource, Values, dump
from kernel.time import now


@functools.lru_cache(maxsize=200)
def _insert_sql(table: Table, columns: tuple[str, ...]) -> str:
    """Return the statement; parameters: the columns' arrays, then contents, change ids, and what all rows share."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    arrays, picked = [], []
    for at, name in enumerate(columns, 1):
        is_json = isinstance(table.columns[name].type, JSONB)
        sql_type = "text" if is_json else table.columns[name].type.compile(dialect=dialect)
        arrays.append(f"${at}::{sql_type}[]")
        picked.append(f"g.c{at}::jsonb" if is_json else f"g.c{at}")
    n = len(columns)
    names = ", ".join(f"c{at}" for at in range(1, n + 1))
    place = {name: f"g.c{at}" for at, name in enumerate(columns, 1)}
    shared = {name: f"${n + at}" for at, name in enumerate(("kind", "at", "by", "reason"), 3)}
    return (
        f"WITH g AS MATERIALIZED (SELECT * FROM unnest({', '.join(arrays)}, ${n + 1}::text[], ${n + 2}::uuid[]) "
        f"AS u({names}, content, change_id)), "
        f"made AS (INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(picked)} FROM g), "
        f"past AS (INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, "
        f"reason, changed, input_hash, content) SELECT {place['id']}, 1, {shared['kind']}::text, 'created', "
        f"{shared['at']}::timestamptz, {shared['by']}::text, {place['alliance']}, {shared['reason']}::text, '{{}}', NULL, "
        f"g.content::jsonb FROM g) "
        f"INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed, occurred_at) "
        f"SELECT g.change_id, {shared['kind']}::text || '.created', {shared['kind']}::text, {place['id']}, 1, "
        f"{place['alliance']}, '{{}}', {shared['at']}::timestamptz FROM g"
    )


async def create_many(
    tx: Transaction, resource: Resource, rows: Sequence[Values], *, by: Caller, reason: str | None = None
) -> list[Values]:
    """Insert records with their first history entries and events; return the rows as a read gives them.

    Every row has the same columns, those that `kernel.records.create` wants; nothing is written for no rows.
    """
    if not rows:
        return []
    at = now()
    full: list[Values] = []
    json_columns = [c.name for c in resource.table.columns if isinstance(c.type, JSONB)]
    for given in rows:
        row = {
            **given, "id": given.get("id") or new_id(), "version": 1, "created_at": at, "updated_at": at,
            "created_by": by.id,
        }  # fmt: skip
        for name in json_columns:
            if row[name] is not None and not isinstance(row[name], str):
                row[name] = to_json(row[name])
        full.append(row)
    columns = tuple(full[0])
    contents = [dump(resource.represent(row)).decode() for row in full]
    await tx.execute(
        _insert_sql(resource.table, columns), *([row[name] for row in full] for name in columns),
        contents, [new_id() for _ in full], resource.name, at, by.id, reason,
    )  # fmt: skip
    return full
