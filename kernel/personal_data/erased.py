"""Who was erased, without a word of who that was: what is erased again when an older backup is restored."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, statement


class ErasedPerson(TypedDict):
    """A person who was erased, and why."""

    subject_type: str
    subject_id: str
    ground: str
    document_number: str | None
    erased_on: date


# By ix_erasure_erased_at. Of one who was erased again after a backup was restored, the first time.
_ERASED = statement(
    ErasedPerson,
    """
    SELECT subject_type, subject_id, ground, document_number, erased_on
      FROM (SELECT DISTINCT ON (subject_type, subject_id) subject_type, subject_id, ground, document_number,
                   (erased_at AT TIME ZONE INTERVAL '7 hours')::date AS erased_on, erased_at
              FROM erasure WHERE erased_at >= ($1::date)::timestamp AT TIME ZONE INTERVAL '7 hours'
             ORDER BY subject_type, subject_id, erased_at) person
     ORDER BY erased_at, subject_type, subject_id""",
)


async def erased_since(db: Database, first: date) -> list[ErasedPerson]:
    """Return who was erased on the day `first` or later, in that order."""
    return await db.fetch(_ERASED, first)


# By the primary key of history and ix_erasure_resource.
_LEFT = always(
    bool,
    """
    SELECT EXISTS (SELECT FROM history WHERE resource_type = $1 AND resource_id = $2::uuid)
       AND NOT EXISTS (SELECT FROM erasure WHERE resource_type = $1 AND resource_id = $2::uuid)""",
)


async def is_left_in_history(tx: Transaction, kind: str, id_: str) -> bool:
    """Say whether a record that was deleted has a history which nobody emptied."""
    return bool(await tx.fetchval(_LEFT, kind, id_))
