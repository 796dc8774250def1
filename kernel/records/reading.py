"""Reading a record within the caller's area, and the guards that load the record that a path names."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any, TypedDict, cast

import orjson
from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Database, Transaction
from kernel.database.statements import Statement, statement
from kernel.records.embedding import is_version
from kernel.records.resources import R, Resource
from kernel.records.responses import document_of
from kernel.web.auth import Caller
from kernel.web.calls import Call, Guard
from kernel.web.idempotency import AnsweredBefore, answered_before
from kernel.web.replies import dump


@functools.lru_cache(maxsize=500)
def read_statement(select: Statement[R], own: str | None, lock: bool) -> Statement[R]:
    """Return the statement that reads a row by id within an area, and where `own` says so, of one organization."""
    own = "" if own is None else f" AND $3::uuid = {own}"
    return Statement(
        select.row,
        f"{select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2){own}{' FOR NO KEY UPDATE' if lock else ''}",
    )


async def read(
    db: Database | Transaction,
    resource: Resource[R],
    id_: str,
    caller: Caller,
    *,
    lock: bool = False,
    named: bool = False,
) -> R | None:
    """Return the row with `id_` if it lies within the caller's area, else None.

    `lock`: against other changes, while rows that name it may still be written. `named`: with the names beside its ids, to
    be answered as it is.
    """
    own = caller.confined_to if resource.own_column else None
    select: Statement[R] = resource.named_select if named else resource.select
    sql: Statement[R] = read_statement(select, None if own is None else resource.own_sql(), lock)
    row: R | None = await db.fetchrow(sql, id_, caller.alliance, *(() if own is None else (own,)))
    return row


async def locked(tx: Transaction, call: Call, resource: Resource[R], id_: str) -> R:
    """Return the row locked for this transaction, still as If-Match said. Raises NotFound, Stale."""
    row = await read(tx, resource, id_, call.caller, lock=True)
    if row is None:
        raise problems.NotFound()
    await _check_match(tx, call, resource, row, needed=False)
    return row


def loaded(call: Call, resource: Resource[R]) -> R:
    """Return the record that a guard of `resource` loaded into `call.record`."""
    return cast(R, call.record)


def existing(
    resource: Resource[Any],
    parameter: str,
    *,
    if_match: bool = False,
    named: bool = False,
    opened: Callable[[Call, Response], Response] = lambda call, kept: kept,
) -> Guard:
    """Return the guard that loads the record in the path into `call.record` (404), then checks If-Match (428, 412).

    `named`: with the names beside its ids, for an operation that answers the record as it is.
    A request that was answered before, sent again with its key, is answered so again instead of being refused: the
    record is no longer what it was then. `opened`: how an answer is read that is kept sealed.
    """

    async def guard(call: Call, path: dict[str, str]) -> None:
        try:
            row = await read(call.db, resource, path[parameter], call.caller, named=named)
            if row is None:
                raise problems.NotFound()
            call.record = row
            await _check_match(call.db, call, resource, row, needed=if_match)
        except problems.NotFound:
            with contextlib.suppress(problems.IdempotencyKeyReused):
                await _as_before(call, opened)
            raise
        except (problems.IfMatchMissing, problems.Stale):
            await _as_before(call, opened)
            raise

    return guard


async def _as_before(call: Call, opened: Callable[[Call, Response], Response]) -> None:
    if (kept := await answered_before(call)) is not None:
        raise AnsweredBefore(opened(call, kept)) from None


class _RemovedRecord(TypedDict):
    organization_id: str | None


# A version that is the last one and says "removed": a record that moved to another area is not remembered here.
_REMOVED = statement(
    _RemovedRecord,
    """
    SELECT content ->> 'organization_id' AS organization_id
      FROM (SELECT action, alliance, content FROM history
             WHERE resource_type = $2 AND resource_id = $1::uuid ORDER BY version DESC LIMIT 1) last
     WHERE action = 'removed' AND ($3::text IS NULL OR alliance = $3)""",
)


def remembered(resource: Resource[Any], parameter: str) -> Guard:
    """Return the guard of a history: the record stands within the caller's area, or stood there when it was removed."""
    present = existing(resource, parameter)

    async def guard(call: Call, path: dict[str, str]) -> None:
        try:
            await present(call, path)
        except problems.NotFound:
            removed = await call.db.fetchrow(_REMOVED, path[parameter], resource.name, call.caller.alliance)
            own = call.caller.confined_to
            if removed is None or (own is not None and removed["organization_id"] != own):
                raise

    return guard


async def _check_match(
    db: Database | Transaction, call: Call, resource: Resource[Any], row: Mapping[str, Any], *, needed: bool
) -> None:
    if_match = call.request.headers.get("if-match")
    if if_match is None or not if_match.strip():
        if needed:
            raise problems.IfMatchMissing()
        return
    if if_match.strip() == "*" and "sync.write" in call.caller.scopes:
        return
    if not any(is_version(tag, row["version"]) for tag in if_match.split(",")):
        raise problems.Stale(current=orjson.loads(dump(await document_of(db, call, resource, row))))
