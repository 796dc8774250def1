"""Creating, changing and removing a record: the row, its history and its place in the change feed, in one statement.

A service says what a record is (`Resource`); writing it is the same everywhere, so no write can forget its history or
its event.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict, cast

import orjson
from sqlalchemy import Table

from kernel.database.connections import Transaction, to_json
from kernel.database.statements import Command, statement
from kernel.records.journal import journal_sql, journal_values, leave
from kernel.records.resources import R, Resource, Values
from kernel.values.days import now
from kernel.values.history_actions import HistoryAction
from kernel.values.ids import new_id
from kernel.web.auth import NATION, Caller
from kernel.web.replies import dump

_KEPT = frozenset({"id", "version", "created_at", "updated_at", "created_by"})


@functools.lru_cache(maxsize=2000)
def insert_statement(
    table: str, columns: tuple[str, ...], json_columns: tuple[str, ...], *, first: bool = True
) -> Command:
    """Return the statement that inserts a row of `columns`, its history entry, the `first` or a later one, and its event."""
    n = len(columns)
    values = ", ".join(f"${i + 1}" + ("::jsonb" if c in json_columns else "") for i, c in enumerate(columns))
    return Command(
        f"WITH made AS (INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})), {journal_sql(n, first=first)}"  # noqa: S608  names are constants of the code
    )


@functools.lru_cache(maxsize=2000)
def update_statement(
    table: str, columns: tuple[str, ...], json_columns: tuple[str, ...], merged: bool = False
) -> Command:
    """Return the statement that changes `columns` of a row, with its history and its event; `merged` into another."""
    n = len(columns)
    sets = ", ".join(f"{c} = ${i + 1}" + ("::jsonb" if c in json_columns else "") for i, c in enumerate(columns))
    return Command(
        f"WITH made AS (UPDATE {table} SET {sets} WHERE id = ${n + 1}::uuid), {journal_sql(n, merged=merged)}"  # noqa: S608  names are constants of the code
    )


@functools.lru_cache(maxsize=200)
def delete_statement(table: str, merged: bool) -> Command:
    """Return the statement that deletes a row, with its last history entry and its event; `merged` into another."""
    return Command(
        f"WITH made AS (DELETE FROM {table} WHERE id = $1::uuid), {journal_sql(0, removed=True, merged=merged)}"  # noqa: S608  names are constants of the code
    )


@functools.lru_cache(maxsize=200)
def json_columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that hold jsonb."""
    return tuple(column.name for column in table.columns if column.type.__class__.__name__ == "JSONB")


def _bound(table: Table, values: Mapping[str, Any]) -> list[Any]:
    of_json = json_columns(table)
    return [
        to_json(value) if name in of_json and value is not None and not isinstance(value, str) else value
        for name, value in values.items()
    ]


def as_row(table: Table, values: Mapping[str, Any]) -> Values:
    """Return `values` as a read would give them: jsonb as text."""
    return dict(zip(values, _bound(table, values), strict=True))


async def create(
    tx: Transaction,
    resource: Resource[R],
    values: Values,
    *,
    by: Caller,
    reason: str | None = None,
    digest: bytes | None = None,
) -> R:
    """Insert a record with its first history entry and its event; return the row as a read gives it.

    `values` needs every column without a default but version and the recorded fields, which are set here; a
    `created_at` in it is kept, where something else followed from that instant.
    """
    at = values.get("created_at") or now()
    row = {
        "id": values.get("id") or new_id(),
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "created_by": by.id,
    }
    full = as_row(resource.table, {**values, **row})
    columns = tuple(full)
    sql = insert_statement(resource.table.name, columns, json_columns(resource.table))
    journal = journal_values(
        resource,
        full,
        by=by,
        event="created",
        action="created",
        reason=reason,
        changed=(),
        digest=digest,
    )
    await tx.execute(sql, *full.values(), *journal)
    return cast(R, full)


class _Last(TypedDict):
    version: int
    created_at: datetime
    created_by: str


# By the primary key of history.
_LAST = statement(
    _Last,
    """
    SELECT version, (content ->> 'created_at')::timestamptz AS created_at, content ->> 'created_by' AS created_by
      FROM history WHERE resource_type = $1 AND resource_id = $2::uuid ORDER BY version DESC LIMIT 1""",
)


async def bring_back(
    tx: Transaction, resource: Resource[R], values: Values, *, by: Caller, action: HistoryAction, reason: str | None
) -> R:
    """Insert a record that was removed again, under its id, as its next version; followers are told of it as created.

    `values` has every column but version and the recorded fields. What it belongs to is locked.
    """
    last = await tx.fetchrow(_LAST, resource.name, values["id"])
    assert last is not None, "it was never there"
    row = {
        "version": last["version"] + 1,
        "created_at": last["created_at"],
        "updated_at": now(),
        "created_by": last["created_by"],
    }
    full = as_row(resource.table, {**values, **row})
    columns = tuple(full)
    sql = insert_statement(resource.table.name, columns, json_columns(resource.table), first=False)
    journal = journal_values(
        resource, full, by=by, event="created", action=action, reason=reason, changed=(), digest=None
    )
    await tx.execute(sql, *full.values(), *journal)
    return cast(R, full)


async def update(
    tx: Transaction,
    resource: Resource[R],
    row: Mapping[str, Any],
    values: Values,
    *,
    by: Caller,
    reason: str | None = None,
    action: HistoryAction = "changed",
    merged_into: str | None = None,
) -> R:
    """Change the columns in `values` of the locked `row`; return the row as it now stands.

    `merged_into`: the record that takes its place; the row is kept to be answered, and the feed says `removed`, `merged`.
    Nothing is written when nothing differs. A row whose alliance changes leaves a tombstone for those of the old one,
    unless they still see it: its version is above the last one that they saw.
    """
    columns = as_row(resource.table, values)
    different = {name: value for name, value in columns.items() if differs(resource.table, name, row[name], value)}
    if not different:
        return cast(R, dict(row))
    after: Values = {**row, **different, "version": row["version"] + 1, "updated_at": now()}
    written = {**different, "version": after["version"], "updated_at": after["updated_at"]}
    is_merged = merged_into is not None
    sql = update_statement(resource.table.name, tuple(written), json_columns(resource.table), is_merged)
    document = resource.represent(after)
    journal = journal_values(
        resource,
        after,
        by=by,
        event="removed" if is_merged else "changed",
        action=action,
        reason=reason,
        changed=shown_differences(resource.represent(row), document),
        digest=None,
        document=document,
    )
    await tx.execute(sql, *written.values(), *journal, *((merged_into,) if is_merged else ()))
    if after["alliance"] != row["alliance"] and not (resource.shared and after["alliance"] == NATION):
        await leave(tx, resource, after, alliance=row["alliance"])
    return cast(R, after)


def differs(table: Table, name: str, before: Any, after: Any) -> bool:
    """Say whether a column holds something else than before; jsonb may differ in spaces and order alone."""
    if name in json_columns(table) and before is not None and after is not None:
        return bool(orjson.loads(before) != orjson.loads(after))
    return bool(before != after)


_PLAIN = frozenset({str, int, bool, type(None), date, datetime})
"""Types whose equal values are shown alike."""


def shown_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names whose values differ as they are shown, of two representations of a record."""
    return [name for name, value in new.items() if name not in _KEPT and not _alike(old.get(name), value)]


def _alike(one: Any, other: Any) -> bool:
    if type(one) in _PLAIN and type(one) is type(other):
        return bool(one == other)
    one_json, other_json = dump(one), dump(other)
    # jsonb as it was sent and as it was read may differ in spaces and order alone.
    return one_json == other_json or bool(orjson.loads(one_json) == orjson.loads(other_json))


async def remove(
    tx: Transaction,
    resource: Resource[Any],
    row: Mapping[str, Any],
    *,
    by: Caller,
    reason: str | None,
    merged_into: str | None = None,
) -> None:
    """Delete the locked `row`; its history stays and the feed says `removed`, reason `deleted`, or `merged` into what."""
    removed = {**row, "version": row["version"] + 1, "updated_at": now()}
    journal = list(
        journal_values(
            resource, removed, by=by, event="removed", action="removed", reason=reason, changed=(), digest=None
        )
    )
    into = () if merged_into is None else (merged_into,)
    await tx.execute(delete_statement(resource.table.name, merged_into is not None), *journal, *into)
