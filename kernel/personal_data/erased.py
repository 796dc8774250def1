"""Who was erased, without a word of who that was: what is erased again when an older backup is restored."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from pydantic import BaseModel, ConfigDict

from kernel.database.connections import Database
from kernel.database.statements import statement


class Place(BaseModel):
    """What an erasure took from versions of a record: `contacts.0.value` …; no field where it was the words with them."""

    model_config = ConfigDict(strict=True, extra="forbid")

    fields: list[str]
    versions: list[int]


class ErasedPerson(TypedDict):
    """A person who was erased, and why. `erased_at`, `places` (JSON of `Place`): of one who has no record."""

    subject_type: str
    subject_id: str
    ground: str
    document_number: str | None
    erased_on: date
    erased_at: datetime | None
    places: str | None


# By ix_erasure_erased_at. Of one who was erased again after a backup was restored, the first time. Persons within a record
# have its id: there may be several, and each erasure was of one.
_ERASED = statement(
    ErasedPerson,
    """
    WITH told AS (
        SELECT subject_type, subject_id, ground, document_number, fields, versions, erased_at,
               CASE WHEN resource_id = subject_id AND resource_type <> subject_type THEN erased_at END AS by_place
          FROM erasure WHERE erased_at >= ($1::date)::timestamp AT TIME ZONE INTERVAL '7 hours')
    SELECT subject_type, subject_id,
           (array_agg(ground ORDER BY erased_at))[1] AS ground,
           (array_agg(document_number ORDER BY erased_at))[1] AS document_number,
           (min(erased_at) AT TIME ZONE INTERVAL '7 hours')::date AS erased_on,
           by_place AS erased_at,
           CASE WHEN by_place IS NOT NULL
                THEN jsonb_agg(jsonb_build_object('fields', fields, 'versions', versions) ORDER BY versions, fields) END AS places
      FROM told GROUP BY subject_type, subject_id, by_place
     ORDER BY min(told.erased_at), subject_type, subject_id""",
)


async def erased_since(db: Database, first: date) -> list[ErasedPerson]:
    """Return who was erased on the day `first` or later, in that order."""
    return await db.fetch(_ERASED, first)
