"""The same id and the same content again: what was made before is the answer, and nothing is made twice."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel

from kernel import problems
from kernel.database.connections import Transaction
from kernel.database.statements import command, scalar
from kernel.records.reading import read
from kernel.records.resources import R, Resource, Values
from kernel.values.days import day_of
from kernel.web.auth import Caller

# Of two requests that bring the same id at once the second waits here, so that it finds what the first one made.
_ONE_AT_A_TIME = command("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
# By the primary key of history; a record that came by an import has no fingerprint, and stands for other content.
_FIRST_DIGEST = scalar(
    bytes,
    "SELECT coalesce(input_hash, '') FROM history WHERE resource_id = $1::uuid AND resource_type = $2 AND version = 1",
)

# By ix_erasure_resource.
_ERASED_AT = scalar(
    datetime,
    "SELECT min(erased_at) FROM erasure WHERE resource_type = $2 AND resource_id = $1::uuid AND 1 = ANY(versions)",
)


def content_of(body: BaseModel) -> Values:
    """Return a body as it was sent, by which it is recognised."""
    return body.model_dump(exclude_unset=True, mode="json")


def fingerprint(document: Any) -> bytes:
    """Return the hash by which the same content sent again is recognised."""
    return hashlib.sha256(orjson.dumps(document, default=str, option=orjson.OPT_SORT_KEYS)).digest()


async def replay_of(
    tx: Transaction,
    resource: Resource[R],
    id_: str | None,
    content: Any,
    caller: Caller,
    *,
    below: tuple[str, str] | None = None,
    erased: type[problems.Problem] = problems.AlreadyErased,
) -> tuple[R | None, bytes]:
    """Return the record that the same id and content made before, or None, and the fingerprint of the content.

    `below`: the column that names the record's parent, and the parent that it is entered under now.
    Raises `erased`, with the `id` and `erased_on`, where the fingerprint went with a person whom the first version named.
    Raises IdInUse where the id came with other content, below another parent, or is not within the caller's area.
    """
    digest = fingerprint(content)
    if id_ is None:
        return None, digest
    first = await _first_digest(tx, resource, id_)
    if first is None:
        return None, digest
    row = await read(tx, resource, id_, caller)
    if row is None or (below is not None and row[below[0]] != below[1]):
        raise problems.IdInUse(id=id_)
    if first != digest:
        at = None if first else await tx.fetchval(_ERASED_AT, id_, resource.name)
        if at is None:
            raise problems.IdInUse(id=id_)
        raise erased(id=id_, erased_on=(row.get("erased_on") or day_of(at)).isoformat())
    return row, digest


async def _first_digest(tx: Transaction, resource: Resource[Any], id_: str) -> bytes | None:
    """Return the fingerprint of the body that created `id_`, or None if there is no such record."""
    await tx.execute(_ONE_AT_A_TIME, f"{resource.name}/{id_}")
    digest: bytes | None = await tx.fetchval(_FIRST_DIGEST, id_, resource.name)
    return digest
