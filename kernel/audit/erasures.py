"""Whether each erasure is in the audit, and each entry of one has its erasure.

What may go from history is what a row of `erasure` names, and a service's role may add such rows. So the entry of an erasure
holds a hash over the rows that were written with it; the entry itself is held by its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypedDict

from kernel.database.statements import always, statement

# What is hashed has one text, in every version and after a restore; ids are in the order in which the rows were written.
_HASH = """encode(sha256(convert_to(string_agg(jsonb_build_array(
               resource_type, resource_id, fields, versions, document_number)::text, E'\\n' ORDER BY id), 'UTF8')), 'hex')"""
# By ix_erasure_erased_at.
HASH = always(
    str,
    f"SELECT {_HASH} FROM erasure WHERE subject_type = $1 AND subject_id = $2::uuid AND erased_at = $3",  # noqa: S608  a constant
)


class _Unmatched(TypedDict):
    fault: str
    subject_type: str
    subject_id: str
    actor: str
    at: datetime


_UNMATCHED = statement(
    _Unmatched,
    f"""
    WITH erased AS (
        SELECT subject_type, subject_id::text, ground, erased_at, erased_by, {_HASH} AS hash
          FROM erasure GROUP BY subject_type, subject_id, ground, erased_at, erased_by),
    told AS (
        SELECT resource_type, resource_id, detail ->> 'ground' AS ground, occurred_at, actor, detail ->> 'hash' AS hash
          FROM audit WHERE action = resource_type || '.erased')
    SELECT CASE WHEN t.actor IS NULL THEN 'erasure_without_entry'
                WHEN e.erased_by IS NULL THEN 'entry_without_erasure' ELSE 'erasure_added_to' END AS fault,
           coalesce(subject_type, resource_type) AS subject_type, coalesce(subject_id, resource_id) AS subject_id,
           coalesce(erased_by, t.actor) AS actor, coalesce(erased_at, occurred_at) AS at
      FROM erased e FULL JOIN told t
        ON resource_type = subject_type AND resource_id = subject_id AND t.ground = e.ground
           AND occurred_at = erased_at AND t.actor = erased_by
     WHERE e.hash IS DISTINCT FROM t.hash
     ORDER BY at, subject_type, subject_id""",  # noqa: S608  a constant
)
_COUNT = always(int, "SELECT count(DISTINCT (subject_type, subject_id, erased_at)) FROM erasure")


class _Reads(Protocol):
    async def fetch(self, sql: str, *args: Any) -> Any: ...
    async def fetchval(self, sql: str, *args: Any) -> Any: ...


@dataclass(frozen=True)
class UnmatchedErasure:
    """An erasure or an entry of one that stands alone, or rows that were added to one: `fault` says which."""

    fault: str
    subject_type: str
    subject_id: str
    actor: str
    at: datetime


async def unmatched_erasures(db: _Reads) -> tuple[int, list[UnmatchedErasure]]:
    """Return how many erasures there are, and what does not match, in the order of their instants."""
    rows = await db.fetch(str(_UNMATCHED))
    return await db.fetchval(str(_COUNT)), [UnmatchedErasure(**row) for row in rows]
