"""Records that name an organization which was put together with another point at that one; where it is undone, back.

What is known of organizations decides, not single events: an event that comes twice, late or not at all changes nothing, and
what was written with the old id while the merge was on its way follows at the next look. Each record is pointed in a
transaction of its own, so no lock is held while another is waited for and no feed is held back; who dies goes on there.

Which records were pointed is kept, as only those go back: what was entered for the other since stays with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypedDict

import asyncpg

from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.database.statements import Statement, command
from kernel.feed.references import Reference
from kernel.records import R, Resource
from kernel.runtime.logging import get_logger
from kernel.web.auth import NATION, Caller

_AT_ONCE = 500
_TRIED_AGAIN_AFTER = "1 hour"
"""A record that could not follow, as the other has one of its own already, is listed for people and looked at this often."""
_FOLLOWED, _BACK = "Tổ chức đã gộp vào tổ chức khác", "Hoàn tác việc gộp tổ chức"
_SYSTEM = Caller("system", "system", frozenset(), NATION, None, "", "system", 0.0)

log = get_logger()


class _ToPoint(TypedDict):
    """A record that names an organization which is another one."""

    id: str
    organization_id: str
    into_id: str


class _ToReturn(TypedDict):
    """A record that was pointed at an organization which is another one no more; or that could not be."""

    id: str
    organization_id: str
    into_id: str
    is_pointed: bool


# By ix_followed_organization_gone and the column's own index: few are gone, and few records name them.
_TO_POINT = """
    SELECT r.id, f.id AS organization_id, f.merged_into AS into_id
      FROM followed_organization f JOIN {table} r ON r.{column} = f.id
     WHERE f.removed_as = 'merged' AND f.merged_into IS NOT NULL
       AND NOT EXISTS (SELECT FROM repointed_record p
                        WHERE p.resource_type = '{name}' AND p.resource_id = r.id AND p.field = '{column}'
                          AND p.organization_id = f.id AND p.failed_at > now() - interval '{pause}')
     ORDER BY r.id LIMIT {limit}"""
_TO_RETURN = """
    SELECT p.resource_id AS id, p.organization_id, p.into_id, p.is_pointed
      FROM repointed_record p JOIN followed_organization f ON f.id = p.organization_id
     WHERE p.resource_type = '{name}' AND p.field = '{column}' AND f.merged_into IS DISTINCT FROM p.into_id
       AND (NOT p.is_pointed OR p.failed_at IS NULL OR p.failed_at < now() - interval '{pause}')
     ORDER BY p.resource_id LIMIT {limit}"""
_KEEP = command("""
    INSERT INTO repointed_record (resource_type, resource_id, field, organization_id, into_id, is_pointed, failed_at)
    VALUES ($1, $2::uuid, $3, $4::uuid, $5::uuid, $6, CASE WHEN $7::boolean THEN now() END)
    ON CONFLICT (resource_type, resource_id, field, organization_id)
    DO UPDATE SET into_id = excluded.into_id, is_pointed = excluded.is_pointed, failed_at = excluded.failed_at""")
_FORGET = command("""
    DELETE FROM repointed_record
     WHERE resource_type = $1 AND resource_id = $2::uuid AND field = $3 AND organization_id = $4::uuid""")


def repointing(references: Sequence[Reference]) -> Callable[[Database], Awaitable[None]]:
    """Return what is to be done whenever the registry's organizations were followed a step."""

    async def repoint(db: Database) -> None:
        # Back first: what was merged anew meanwhile, into another one, then follows there.
        for reference in references:
            await _return(db, reference)
        for reference in references:
            await _point(db, reference)

    return repoint


def _sql(template: str, reference: Reference) -> str:
    resource = reference.resource
    return template.format(
        table=resource.table.name,
        name=resource.name,
        column=reference.column,
        pause=_TRIED_AGAIN_AFTER,
        limit=_AT_ONCE,
    )


def _locked(resource: Resource[R], key: str, column: str) -> Statement[R]:
    """Return the statement that locks, in id order, the records with `key` that still name the organization in `column`."""
    return Statement(
        resource.row,
        f"{resource.select} WHERE {key} = $1::uuid AND {column} = $2::uuid ORDER BY id FOR NO KEY UPDATE",
    )


async def _point(db: Database, reference: Reference) -> None:
    sql = Statement(_ToPoint, _sql(_TO_POINT, reference))
    while found := await db.fetch(sql):
        for each in found:
            async with db.transaction() as tx:
                is_pointed = await _change(
                    tx, reference, each["id"], each["organization_id"], each["into_id"], _FOLLOWED
                )
                if is_pointed is not None:
                    await _keep(tx, reference, each, is_pointed=is_pointed, has_failed=not is_pointed)
        log.info("organizations.repointed", resource=reference.key, records=len(found))
        if len(found) < _AT_ONCE:
            return


async def _return(db: Database, reference: Reference) -> None:
    sql = Statement(_ToReturn, _sql(_TO_RETURN, reference))
    while found := await db.fetch(sql):
        for each in found:
            async with db.transaction() as tx:
                is_back = None
                if each["is_pointed"]:
                    is_back = await _change(tx, reference, each["id"], each["into_id"], each["organization_id"], _BACK)
                if is_back is False:
                    await _keep(tx, reference, each, is_pointed=True, has_failed=True)
                else:
                    resource_type = reference.resource.name
                    await tx.execute(_FORGET, resource_type, each["id"], reference.column, each["organization_id"])
        log.info("organizations.pointed_back", resource=reference.key, records=len(found))
        if len(found) < _AT_ONCE:
            return


async def _keep(
    tx: Transaction, reference: Reference, each: Mapping[str, Any], *, is_pointed: bool, has_failed: bool
) -> None:
    await tx.execute(
        _KEEP,
        reference.resource.name,
        each["id"],
        reference.column,
        each["organization_id"],
        each["into_id"],
        is_pointed,
        has_failed,
    )


async def _change(
    tx: Transaction, reference: Reference, id_: str, from_id: str, to_id: str, reason: str
) -> bool | None:
    """Point one record, with what belongs to it, from one organization at another.

    Returns False where it may not, as there is one of the other's already; None where it names the first no more.
    """
    resource, column = reference.resource, reference.column
    row = await tx.fetchrow(_locked(resource, "id", column), id_, from_id)
    if row is None:
        return None
    values = {column: to_id, **({} if reference.follows is None else reference.follows(row, to_id))}
    try:
        async with tx.raw.transaction():
            await records.update(tx, resource, row, values, by=_SYSTEM, reason=reason, action="derived")
    except asyncpg.UniqueViolationError:
        return False
    if reference.parts is not None:
        parts, names = reference.parts
        rows = await tx.fetch(_locked(parts, names, column), id_, from_id)
        for part in rows:
            await records.update(tx, parts, part, {column: to_id}, by=_SYSTEM, reason=reason, action="derived")
    return True
