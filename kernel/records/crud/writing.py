"""Entering, changing and removing records of any type, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import asyncpg

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.confirmations import NOT_NEEDED, awaiting, try_out
from kernel.records.crud.bodies import merged_body
from kernel.records.crud.record_type import Parent, RecordType, Values
from kernel.records.crud.references import referenced_record
from kernel.records.replays import content_of, replay_of
from kernel.records.resources import R
from kernel.web.calls import Call


async def find_replay(tx: Transaction, call: Call, record_type: RecordType[R], body: Any) -> tuple[R | None, bytes]:
    """Return the record that the same id and content made before, or None, and the fingerprint of the content.

    Raises IdInUse where the id came with other content, or below another parent; AlreadyErased as `replay_of` says.
    """
    content = record_type.digest(call, content_of(body))
    under = record_type.under
    below = None if under is None or call.record is None else (under.column, call.record["id"])
    return await replay_of(tx, record_type.resource, body.id, content, call.caller, below=below)


async def create(
    tx: Transaction,
    call: Call,
    record_type: RecordType[R],
    body: Any,
    *,
    parent_id: str | None = None,
    also: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> tuple[R, bool]:
    """Enter a record; return its row and whether it is new (the same id and content again is not).

    `parent_id`: the parent that the path names, where a body may name it as well. `also`: columns that no body says.
    `reason`: what its history says instead of the body's, such as the row of a file.
    One that a second person has to confirm is entered as pending, without its effect.
    Raises Invalid, IdInUse and what the type refuses.
    """
    under = record_type.under
    if under is None or not under.in_body:
        existing, digest = await find_replay(tx, call, record_type, body)
    else:
        parent_id = _parent_id(under, body, parent_id)
        content = {**record_type.digest(call, content_of(body)), under.column: parent_id}
        existing, digest = await replay_of(tx, record_type.resource, body.id, content, call.caller)
    if existing is not None:
        return existing, False
    if under is not None and under.in_body:
        assert parent_id is not None
        call.record = await referenced_record(
            tx, call, under.resource, parent_id, f"/{under.column}", lock=under.locked
        )
    assert record_type.columns is not None, record_type.plural
    values = {"id": body.id, **await record_type.columns(tx, call, body, None), **(also or {})}
    reason = reason or getattr(body, "reason", None)
    confirmation = record_type.confirmation
    if confirmation is not None and confirmation.needed(body):
        waiting = {**values, **awaiting(call.caller)}
        row = await insert(tx, call, record_type, waiting, reason=reason, digest=digest)
        await try_out(tx, call, record_type.resource, confirmation, row)
        return row, True
    if confirmation is not None:
        values |= NOT_NEEDED
    row = await insert(tx, call, record_type, values, reason=reason, digest=digest)
    if record_type.after is not None:
        row = await record_type.after(tx, call, body, row)
    if record_type.derive is not None:
        row = await record_type.derive(tx, call, row, reason)
    return row, True


def _parent_id(under: Parent, body: Any, parent_id: str | None) -> str:
    named: str | None = getattr(body, under.column)
    if parent_id is None and named is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer=f"/{under.column}"))
    if parent_id is not None and named not in (None, parent_id):
        words = ("Khác với đường dẫn; hãy để trống.", "It differs from the path; leave it out.")
        raise Invalid(FieldError("differs_from_path", words, pointer=f"/{under.column}"))
    return parent_id or str(named)


async def insert(
    tx: Transaction,
    call: Call,
    record_type: RecordType[R],
    values: Values,
    *,
    reason: str | None,
    digest: bytes | None = None,
) -> R:
    """Insert a record; a constraint that refuses it becomes the type's problem.

    A refusal leaves the transaction unusable where the type has no `unique`: who goes on after it, as batches and imports
    do, has a savepoint of its own round each item.
    """
    try:
        async with _savepoint(tx, record_type):
            row: R = await records.create(
                tx, record_type.resource, values, by=call.caller, reason=reason, digest=digest
            )
            return row
    except asyncpg.UniqueViolationError as error:
        raise await _refused(tx, record_type, error, values) from None


def _savepoint(tx: Transaction, record_type: RecordType[Any]) -> AbstractAsyncContextManager[Any]:
    """Return a savepoint where what a constraint means may have to be asked of the database; else it is not worth two trips."""
    return tx.raw.transaction() if record_type.unique else nullcontext()


async def _refused(
    tx: Transaction, record_type: RecordType[Any], error: asyncpg.UniqueViolationError, values: Values
) -> Exception:
    name = error.constraint_name or ""
    if name == f"pk_{record_type.resource.table.name}":
        return kernel_problems.IdInUse(id=values["id"])
    if record_type.unique and name in record_type.unique:
        return await record_type.unique[name](tx, values)
    return error


async def locked(tx: Transaction, call: Call, record_type: RecordType[R], id_: str) -> R:
    """Return the record in the path locked, still as If-Match said. Raises NotFound, Stale.

    A parent whose state is derived is locked first and stands in `call.record`: every writer takes the two in this order,
    so none waits for ever.
    """
    under = record_type.under
    parent: Row | None = None
    if under is not None and under.locked:
        parent = await records.read(tx, under.resource, call.record[under.column], call.caller, lock=True)
        if parent is None:
            raise kernel_problems.NotFound()
    row: R = await records.locked(tx, call, record_type.resource, id_)
    if parent is not None:
        call.record = parent
    return row


async def change(tx: Transaction, call: Call, record_type: RecordType[R], row: R, patch: Any) -> R:
    """Correct the locked record; return its row. Raises Invalid and what the type refuses."""
    values: Values
    if record_type.patched is not None:
        values = await record_type.patched(tx, call, row, patch)
    else:
        assert record_type.columns is not None, record_type.plural
        values = {**await record_type.columns(tx, call, merged_body(record_type, row, patch), row)}
    try:
        async with _savepoint(tx, record_type):
            after: R = await records.update(
                tx, record_type.resource, row, values, by=call.caller, reason=patch.reason, action="corrected"
            )
    except asyncpg.UniqueViolationError as error:
        raise await _refused(tx, record_type, error, {**row, **values}) from None
    return after if record_type.derive is None else await record_type.derive(tx, call, after, patch.reason)


async def remove(tx: Transaction, call: Call, record_type: RecordType[R], row: R, *, reason: str | None) -> None:
    """Remove the locked record, entered by mistake: history keeps it and the reason, the feed says it is gone.

    Raises what the type says of its removal, and of rows that name it still.
    """
    if record_type.check_removal is not None:
        await record_type.check_removal(tx, call, row)
    try:
        await records.remove(tx, record_type.resource, row, by=call.caller, reason=reason)
    except (asyncpg.ForeignKeyViolationError, asyncpg.RestrictViolationError) as error:
        if (refusal := record_type.holders.get(error.constraint_name or "")) is None:
            raise
        raise refusal() from None
    if record_type.derive is not None:
        await record_type.derive(tx, call, row, reason)
