"""Erasing whom only history still names: the record was deleted, entered by mistake, and its versions are all that is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

import orjson

from kernel import problems
from kernel.database.connections import Database, Transaction
from kernel.database.statements import scalar, statement
from kernel.personal_data.erasure import empty
from kernel.personal_data.persons import Persons
from kernel.personal_data.schemas import Erasure
from kernel.records.embedding import is_version
from kernel.records.reading import existing
from kernel.records.resources import Resource
from kernel.values.days import day_of
from kernel.web.auth import Caller
from kernel.web.calls import Call, Guard


class Removed(TypedDict):
    """The last version of a record that was deleted."""

    version: int
    alliance: str
    content: str


# By the primary key of history. The version is locked, so that two who erase one record take turns: its row is gone.
_REMOVED = """
    SELECT version, alliance, content
      FROM (SELECT version, alliance, content, action FROM history
             WHERE resource_type = $2 AND resource_id = $1::uuid ORDER BY version DESC LIMIT 1{lock}) last
     WHERE action = 'removed' AND ($3::text IS NULL OR alliance = $3)"""
_READ = statement(Removed, _REMOVED.format(lock=""))
_LOCK = statement(Removed, _REMOVED.format(lock=" FOR NO KEY UPDATE"))
# By ix_erasure_resource.
_ERASED_BEFORE = scalar(
    datetime,
    """
    SELECT max(erased_at) FROM erasure
     WHERE resource_type = $2 AND resource_id = $1::uuid AND subject_type = $2 AND subject_id = $1::uuid""",
)


def standing_or_removed(resource: Resource[Any], parameter: str) -> Guard:
    """Return the guard of an erasure: it loads the record in the path, or finds it deleted and leaves `call.record` None.

    If-Match says the version either way: of one that was deleted, its last.
    """
    standing = existing(resource, parameter, if_match=True)

    async def guard(call: Call, path: dict[str, str]) -> None:
        try:
            await standing(call, path)
        except problems.NotFound:
            last = await removed(call.db, resource, path[parameter], call.caller)
            tags = call.request.headers["if-match"].split(",") if "if-match" in call.request.headers else []
            if not tags:
                raise problems.IfMatchMissing() from None
            if not any(is_version(tag, last["version"]) for tag in tags):
                raise problems.Stale(current=orjson.loads(last["content"])) from None

    return guard


async def removed(
    db: Database | Transaction, resource: Resource[Any], id_: str, by: Caller, *, lock: bool = False
) -> Removed:
    """Return the last version of a record of the caller's area that was deleted. Raises NotFound."""
    last = None if by.confined_to else await db.fetchrow(_LOCK if lock else _READ, id_, resource.name, by.alliance)
    if last is None:
        raise problems.NotFound()
    return last


async def erase_removed(tx: Transaction, call: Call, persons: Persons, id_: str, ground: Erasure) -> None:
    """Empty the history of a person whose record was deleted, and of what else tells of it. Raises NotFound, AlreadyErased."""
    last = await removed(tx, persons.resource, id_, call.caller, lock=True)
    if (before := await tx.fetchval(_ERASED_BEFORE, id_, persons.resource.name)) is not None:
        raise problems.AlreadyErased(erased_on=day_of(before).isoformat())
    await _empty_removed(tx, persons, id_, last, ground, by=call.caller, request_id=call.request_id)


async def erase_removed_again(tx: Transaction, persons: Persons, id_: str, ground: Erasure, *, by: Caller) -> str:
    """Do the same for one whom a backup brought back; return `erased`, `erased_before` or `not_there`.

    `by_hand`: a row is gone and left its history, of a kind that is never deleted.
    """
    try:
        last = await removed(tx, persons.resource, id_, by, lock=True)
    except problems.NotFound:
        return "not_there"
    if await tx.fetchval(_ERASED_BEFORE, id_, persons.resource.name) is not None:
        return "erased_before"
    if persons.emptied_removed is None:
        return "by_hand"
    await _empty_removed(tx, persons, id_, last, ground, by=by, request_id=None)
    return "erased"


async def _empty_removed(
    tx: Transaction, persons: Persons, id_: str, last: Removed, ground: Erasure, *, by: Caller, request_id: str | None
) -> None:
    assert persons.emptied_removed is not None
    what = await persons.emptied_removed(tx, {"id": id_, **last})
    await empty(tx, (persons.resource.name, id_), what, ground, by=by, request_id=request_id)
