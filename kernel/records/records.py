"""Writing records: the row, its history and its place in the change feed, in one statement.

A service says what a record is (`Resource`); creating, changing and removing are the same everywhere, so
no write can forget its history or its event.

The events of one record stand in the feed in the order of its versions, also where a transaction that began earlier
writes later: a place is never before that of the record's event before (`_PLACE`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

import orjson
from sqlalchemy import Table
from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Database, Transaction, to_json
from kernel.database.statements import Statement
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import NATION, Caller
from kernel.web.operations import Call, Guard
from kernel.web.replies import PRIVATE, json_reply, page_document
from kernel.web.replies import dump as dump

Values = dict[str, Any]
R = TypeVar("R", bound=Mapping[str, Any])
R_co = TypeVar("R_co", bound=Mapping[str, Any], covariant=True)

_HISTORY = "resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, reason, changed, input_hash, content"
_CHANGE = "id, type, resource_type, resource_id, resource_version, alliance, changed, reason, merged_into, occurred_at"
_KEPT = frozenset({"id", "version", "created_at", "updated_at", "created_by"})


@dataclass(frozen=True)
class Resource(Generic[R_co]):
    """A kind of record: its table, its path, its rows' type, and how a row is shown.

    `represent` takes a row (all columns; jsonb as text) and returns the public representation.
    `label` columns hold jsonb and are given as Python values in writes.
    """

    name: str
    table: Table
    path: str
    represent: Callable[[Any], dict[str, Any]]
    cache_control: str = "private, no-cache"
    columns: tuple[str, ...] = field(init=False)
    select: Statement[R_co] = field(init=False)
    """SELECT of all columns, without a condition."""
    own_column: str | None = None
    """Column that names the organization, for callers bound to one of their own."""
    shared: bool = False
    """Records that the nation owns are everyone's to read: in lists, feed, exports and checksums."""
    row: type[R_co] = field(kw_only=True)
    """The type of its rows: services/<service>/rows.py."""
    present: str | None = None
    """Condition of the rows that a follower holds, where some are kept only to be answered: those merged into another."""
    own_view: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Leaves out of a representation what tells those callers of other organizations."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(column.name for column in self.table.columns))
        if set(self.row.__annotations__) != set(self.columns):
            raise TypeError(f"{self.row.__name__} is not the row of {self.table.name}")
        select = f"SELECT {', '.join(self.columns)} FROM {self.table.name}"  # noqa: S608  names are constants of the code
        object.__setattr__(self, "select", Statement(self.row, select))


def table_of(model: type[Any]) -> Table:
    """Return the table of an SQLModel class."""
    table: Table = model.__table__
    return table


def shown_to(caller: Caller, view: Callable[[dict[str, Any]], dict[str, Any]] | None, document: Any) -> Any:
    """Return a representation as the caller may see it: `view` is a resource's `own_view`."""
    return document if view is None or caller.confined_to is None else view(orjson.loads(dump(document)))


@functools.lru_cache(maxsize=2000)
def _insert_sql(table: str, columns: tuple[str, ...], json_columns: tuple[str, ...]) -> str:
    n = len(columns)
    values = ", ".join(f"${i + 1}" + ("::jsonb" if c in json_columns else "") for i, c in enumerate(columns))
    return f"WITH made AS (INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})), {_journal_sql(n, first=True)}"  # noqa: S608  names are constants of the code


@functools.lru_cache(maxsize=2000)
def _update_sql(table: str, columns: tuple[str, ...], json_columns: tuple[str, ...], merged: bool = False) -> str:
    n = len(columns)
    sets = ", ".join(f"{c} = ${i + 1}" + ("::jsonb" if c in json_columns else "") for i, c in enumerate(columns))
    return f"WITH made AS (UPDATE {table} SET {sets} WHERE id = ${n + 1}::uuid), {_journal_sql(n, merged=merged)}"  # noqa: S608  names are constants of the code


@functools.lru_cache(maxsize=200)
def _delete_sql(table: str, merged: bool) -> str:
    return f"WITH made AS (DELETE FROM {table} WHERE id = $1::uuid), {_journal_sql(0, removed=True, merged=merged)}"  # noqa: S608  names are constants of the code


# The place of an event: the transaction's id, or that of the record's event before where this is greater. A transaction
# gets its id early, by a key or a lock, and may then wait for a record that a younger one is writing: its own id alone
# would put the newer version first. All writers hold the record's lock before this statement begins, so its snapshot
# holds the history of every earlier version, and its seq, taken here, is greater than theirs.
# A place at or beyond the snapshot's end is of this very transaction, or of a server that this data was restored from;
# neither may raise ours. It costs one look into the primary key of history, beside the row that is added there.
_PLACE = """
    SELECT greatest(pg_current_xact_id(), (
           SELECT xid FROM history
            WHERE resource_type = {kind}::text AND resource_id = {id}::uuid AND version < {version}::int
              AND xid < pg_snapshot_xmax(pg_current_snapshot())
            ORDER BY version DESC LIMIT 1)) AS xid"""


def _journal_sql(n: int, *, first: bool = False, removed: bool = False, merged: bool = False) -> str:
    """Return the rest of a write: history and change from parameters $n+1…$n+13.

    `first`: no event came before. `removed`: the record is gone. `merged`: into what stands behind the parameters.
    """
    why = "'merged'" if merged else "'deleted'" if removed else "NULL"
    into = f"${n + 14}::uuid" if merged else "NULL"
    i, v, kind, action, at, by, alliance, reason, changed, digest, content, change_id, event = (
        f"${n + k}" for k in range(1, 14)
    )
    place = "SELECT pg_current_xact_id() AS xid" if first else _PLACE.format(kind=kind, id=i, version=v)
    return (
        f"place AS ({place}), "  # noqa: S608  names are constants of the code
        f"past AS (INSERT INTO history ({_HISTORY}, xid) SELECT {i}::uuid, {v}::int, {kind}::text, {action}::text, "
        f"{at}::timestamptz, {by}::text, {alliance}::text, {reason}::text, {changed}::text[], {digest}::bytea, "
        f"{content}::jsonb, xid FROM place) "
        f"INSERT INTO change ({_CHANGE}, xid) SELECT {change_id}::uuid, {event}::text, {kind}, {i}, {v}, {alliance}, "
        f"{changed}, {why}, {into}, {at}, xid FROM place"
    )


def _journal(
    resource: Resource[Any],
    row: Mapping[str, Any],
    *,
    by: Caller,
    event: str,
    action: str,
    reason: str | None,
    changed: Iterable[str],
    digest: bytes | None,
    shown: Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Return the parameters of history and change. `shown`: the representation of `row`, where it is known."""
    content = dump(resource.represent(row) if shown is None else shown).decode()
    return (
        row["id"],
        row["version"],
        resource.name,
        action,
        row["updated_at"],
        by.id,
        row["alliance"],
        reason,
        sorted(changed),
        digest,
        content,
        new_id(),
        f"{resource.name}.{event}",
    )


@functools.lru_cache(maxsize=200)
def _json_columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.type.__class__.__name__ == "JSONB")


def _bound(table: Table, values: Mapping[str, Any]) -> list[Any]:
    json_columns = _json_columns(table)
    return [
        to_json(value) if name in json_columns and value is not None and not isinstance(value, str) else value
        for name, value in values.items()
    ]


def _as_row(table: Table, values: Mapping[str, Any]) -> Values:
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
    full = _as_row(resource.table, {**values, **row})
    columns = tuple(full)
    sql = _insert_sql(resource.table.name, columns, _json_columns(resource.table))
    journal = _journal(
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


async def update(
    tx: Transaction,
    resource: Resource[R],
    row: Mapping[str, Any],
    values: Values,
    *,
    by: Caller,
    reason: str | None = None,
    action: str = "changed",
    merged_into: str | None = None,
) -> R:
    """Change the columns in `values` of the locked `row`; return the row as it now stands.

    `merged_into`: the record that takes its place; the row is kept to be answered, and the feed says `removed`, `merged`.
    Nothing is written when nothing differs. A row whose alliance changes leaves a tombstone for those of the old one,
    unless they still see it: its version is above the last one that they saw.
    """
    given = _as_row(resource.table, values)
    different = {name: value for name, value in given.items() if _differs(resource.table, name, row[name], value)}
    if not different:
        return cast(R, dict(row))
    after: Values = {**row, **different, "version": row["version"] + 1, "updated_at": now()}
    written = {**different, "version": after["version"], "updated_at": after["updated_at"]}
    is_merged = merged_into is not None
    sql = _update_sql(resource.table.name, tuple(written), _json_columns(resource.table), is_merged)
    shown = resource.represent(after)
    journal = _journal(
        resource,
        after,
        by=by,
        event="removed" if is_merged else "changed",
        action=action,
        reason=reason,
        changed=_shown_differences(resource.represent(row), shown),
        digest=None,
        shown=shown,
    )
    await tx.execute(sql, *written.values(), *journal, *((merged_into,) if is_merged else ()))
    if after["alliance"] != row["alliance"] and not (resource.shared and after["alliance"] == NATION):
        await leave(tx, resource, after, alliance=row["alliance"])
    return cast(R, after)


def _differs(table: Table, name: str, before: Any, after: Any) -> bool:
    if name in _json_columns(table) and before is not None and after is not None:
        return bool(orjson.loads(before) != orjson.loads(after))
    return bool(before != after)


_PLAIN = frozenset({str, int, bool, type(None), date, datetime})
"""Types whose equal values are shown alike."""


def _shown_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names whose values differ as they are shown, of two representations of a record."""
    return [name for name, value in new.items() if name not in _KEPT and not _alike(old.get(name), value)]


def _alike(one: Any, other: Any) -> bool:
    if type(one) in _PLAIN and type(one) is type(other):
        return bool(one == other)
    shown, again = dump(one), dump(other)
    # jsonb as it was sent and as it was read may differ in spaces and order alone.
    return shown == again or bool(orjson.loads(shown) == orjson.loads(again))


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
    gone = {**row, "version": row["version"] + 1, "updated_at": now()}
    journal = list(
        _journal(resource, gone, by=by, event="removed", action="removed", reason=reason, changed=(), digest=None)
    )
    into = () if merged_into is None else (merged_into,)
    await tx.execute(_delete_sql(resource.table.name, merged_into is not None), *journal, *into)


OUT_OF_SCOPE = "out_of_scope"
"""Reason of a tombstone for callers of one alliance; those of the whole nation still see the record, so it is not theirs."""

# Its place is that of the version which left, as the history just written says.
_LEAVE = f"""
    INSERT INTO change ({_CHANGE}, xid)
    SELECT $1::uuid, $2::text, $3::text, $4::uuid, $5::int, $6::text, '{{}}', '{OUT_OF_SCOPE}', NULL, $7::timestamptz, xid
      FROM history WHERE resource_type = $3::text AND resource_id = $4::uuid AND version = $5::int"""  # noqa: S608  names are constants of the code


async def leave(tx: Transaction, resource: Resource[Any], row: Mapping[str, Any], *, alliance: str) -> None:
    """Write the tombstone that tells the callers of `alliance` that the record left their area with this version."""
    assert not (resource.shared and alliance == NATION), "what was everyone's to read does not become one alliance's"
    await tx.execute(
        _LEAVE,
        new_id(),
        f"{resource.name}.removed",
        resource.name,
        row["id"],
        row["version"],
        alliance,
        row["updated_at"],
    )


@functools.lru_cache(maxsize=500)
def _read_sql(select: Statement[R], own_column: str | None, lock: bool) -> Statement[R]:
    own = "" if own_column is None else f" AND {own_column} = $3::uuid"
    return Statement(
        select.row,
        f"{select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2){own}{' FOR NO KEY UPDATE' if lock else ''}",
    )


async def read(
    db: Database | Transaction, resource: Resource[R], id_: str, caller: Caller, *, lock: bool = False
) -> R | None:
    """Return the row with `id_` if it lies within the caller's area, else None.

    `lock`: against other changes, while rows that name it may still be written.
    """
    own = caller.confined_to if resource.own_column else None
    sql: Statement[R] = _read_sql(resource.select, None if own is None else resource.own_column, lock)
    row: R | None = await db.fetchrow(sql, id_, caller.alliance, *(() if own is None else (own,)))
    return row


async def locked(tx: Transaction, call: Call, resource: Resource[R], id_: str) -> R:
    """Return the row locked for this transaction, still as If-Match said. Raises NotFound, Stale."""
    row = await read(tx, resource, id_, call.caller, lock=True)
    if row is None:
        raise problems.NotFound()
    _check_match(call, resource, row, needed=False)
    return row


def loaded(call: Call, resource: Resource[R]) -> R:
    """Return the record that a guard of `resource` loaded into `call.found`."""
    return cast(R, call.found)


def existing(resource: Resource[Any], parameter: str, *, if_match: bool = False) -> Guard:
    """Return the guard that loads the record in the path into `call.found` (404), then checks If-Match (428, 412)."""

    async def guard(call: Call, path: dict[str, str]) -> None:
        row = await read(call.db, resource, path[parameter], call.caller)
        if row is None:
            raise problems.NotFound()
        call.found = row
        _check_match(call, resource, row, needed=if_match)

    return guard


# A version that is the last one and says "removed": a record that moved to another area is not remembered here.
_GONE = """
    SELECT content ->> 'organization_id' AS organization_id
      FROM (SELECT action, alliance, content FROM history
             WHERE resource_type = $2 AND resource_id = $1::uuid ORDER BY version DESC LIMIT 1) last
     WHERE action = 'removed' AND ($3::text IS NULL OR alliance = $3)"""


def remembered(resource: Resource[Any], parameter: str) -> Guard:
    """Return the guard of a history: the record stands within the caller's area, or stood there when it was removed."""
    present = existing(resource, parameter)

    async def guard(call: Call, path: dict[str, str]) -> None:
        try:
            await present(call, path)
        except problems.NotFound:
            gone = await call.db.fetchrow(_GONE, path[parameter], resource.name, call.caller.alliance)
            own = call.caller.confined_to
            if gone is None or (own is not None and gone["organization_id"] != own):
                raise

    return guard


def _check_match(call: Call, resource: Resource[Any], row: Mapping[str, Any], *, needed: bool) -> None:
    given = call.request.headers.get("if-match")
    if given is None:
        if needed:
            raise problems.IfMatchMissing()
        return
    if given.strip() == "*" and "sync.write" in call.caller.scopes:
        return
    if f'"{row["version"]}"' not in [tag.strip() for tag in given.split(",")]:
        current = orjson.loads(dump(resource.represent(row)))
        raise problems.Stale(current=shown_to(call.caller, resource.own_view, current))


def answer(
    call: Call,
    resource: Resource[Any],
    row: Mapping[str, Any],
    *,
    status: int = 200,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """Return one record with its ETag; 304 when the caller has it already; Location when it was created."""
    tag = f'"{row["version"]}"'
    headers = {"ETag": tag, "Cache-Control": resource.cache_control}
    if status == 200 and call.request.method == "GET" and extra is None:
        given = call.request.headers.get("if-none-match")
        if given is not None and not {tag, "*"}.isdisjoint(
            part.strip().removeprefix("W/") for part in given.split(",")
        ):
            return Response(None, 304, headers)
    if status == 201:
        headers["Location"] = f"{resource.path}/{row['id']}"
    document = resource.represent(row)
    if resource.own_view is not None:
        document = shown_to(call.caller, resource.own_view, document)
    if extra:
        document = {**document, **extra}
    return json_reply(document, status, cache=resource.cache_control, headers=headers)


_HISTORY_OF = """
    SELECT version, action, recorded_at,
           lead(recorded_at) OVER (ORDER BY version) AS superseded_at,
           recorded_by, reason, changed, content
      FROM history WHERE resource_type = $2 AND resource_id = $1::uuid
       AND ($3::text IS NULL OR content ->> $4::text = $3) ORDER BY version"""


async def history(call: Call, resource: Resource[Any], id_: str) -> Response:
    """Return every version of one record, oldest first; the guard has checked that the caller may see it.

    An own user is told of the time when the record was its organization's, not of whose it was before.
    """
    own = call.caller.confined_to if resource.own_column else None
    rows = await call.db.fetch(_HISTORY_OF, id_, resource.name, own, resource.own_column)
    items = [
        {**row, "content": shown_to(call.caller, resource.own_view, orjson.Fragment(row["content"]))} for row in rows
    ]
    if own is not None and items and items[0]["version"] > 1:
        # How it came to this organization may name the one that it came from.
        items[0].update(changed=[], reason=None)
    return json_reply(page_document(items), cache=PRIVATE)
