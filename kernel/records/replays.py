"""The same id and the same content again: what was made before is the answer, and nothing is made twice."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from kernel import problems
from kernel.database.connections import Transaction
from kernel.records.records import R, Resource, Values, fingerprint, first_digest, read
from kernel.web.auth import Caller


def content_of(body: BaseModel) -> Values:
    """Return a body as it was sent, by which it is recognised."""
    return body.model_dump(exclude_unset=True, mode="json")


async def replay_of(
    tx: Transaction,
    resource: Resource[R],
    id_: str | None,
    content: Any,
    caller: Caller,
    *,
    below: tuple[str, str] | None = None,
) -> tuple[R | None, bytes]:
    """Return the record that the same id and content made before, or None, and the fingerprint of the content.

    `below`: the column that names the record's parent, and the parent that it is entered under now.
    Raises IdInUse where the id came with other content, below another parent, or is not within the caller's area.
    """
    digest = fingerprint(content)
    if id_ is None:
        return None, digest
    first = await first_digest(tx, resource, id_)
    if first is None:
        return None, digest
    row = await read(tx, resource, id_, caller)
    if row is None or first != digest or (below is not None and row[below[0]] != below[1]):
        raise problems.IdInUse(id=id_)
    return row, digest
