"""Who was erased, without a word of who that was: what is erased again when an older backup is restored."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.connections import Database
from kernel.database.statements import statement


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
