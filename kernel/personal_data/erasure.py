"""Erasing a person: the row stays, so that every count does, and says nothing of anybody; so do its history and its copies.

The database lets history be emptied of the fields that an erasure names, and of nothing else (migrations/ddl.py). Who follows
the feed is told of each record that was emptied, and has it from there. Answers kept by Idempotency-Key are gone after two
days, files of exports after one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, TypeVar

from kernel import problems
from kernel.audit.entries import record
from kernel.audit.erasures import HASH
from kernel.database.connections import Transaction
from kernel.database.statements import command, scalar, statement
from kernel.personal_data.persons import Emptied, Lost, Persons
from kernel.personal_data.retention import rule_of
from kernel.personal_data.schemas import Erasure
from kernel.records.resources import Resource
from kernel.records.writing import update
from kernel.values.days import now, today
from kernel.values.ids import new_id
from kernel.web.auth import Caller

ERASED = "[đã xóa]"
"""What stands in place of a name that must not be empty."""

_RECORD = command("""
    INSERT INTO erasure (id, resource_type, resource_id, subject_type, subject_id, fields, versions, ground,
                         document_number, erased_at, erased_by)
    VALUES ($1::uuid, $2, $3::uuid, $4, $5::uuid, $6::text[], $7::int[], $8, $9, $10, $11)""")
# By the primary key of history, as the next two.
_VERSIONS = scalar(
    list[int],
    """
    SELECT array_agg(version ORDER BY version) FROM history
     WHERE resource_type = $1 AND resource_id = $2::uuid AND version <= $3""",
)
_EMPTY = command("""
    UPDATE history
       SET content = emptied(resource_type, resource_id, version, content),
           reason = CASE WHEN $4 THEN NULL ELSE reason END,
           input_hash = CASE WHEN $4 THEN NULL ELSE input_hash END
     WHERE resource_type = $1 AND resource_id = $2::uuid AND version = ANY($3::int[])""")


class _OfBefore(TypedDict):
    id: str
    version: int
    versions: list[int]


# All of a kind, by the first column of the primary key: what is gone has no index of its own, and persons are erased one by one.
_OF_BEFORE = statement(
    _OfBefore,
    """
    SELECT named.id, last.version, named.versions
      FROM (SELECT resource_id AS id, array_agg(version ORDER BY version) AS versions FROM history
             WHERE resource_type = $1 AND content ->> $2 = $3 GROUP BY 1) named,
           LATERAL (SELECT version, action, content FROM history h
                     WHERE h.resource_type = $1 AND h.resource_id = named.id ORDER BY version DESC LIMIT 1) last
     WHERE last.action = 'removed' OR last.content ->> $2 IS DISTINCT FROM $3
     ORDER BY named.id""",
)

REFUSALS = (problems.AlreadyErased, problems.KeptByLaw, problems.StillNeeded)

P = TypeVar("P", bound=Mapping[str, Any])


def refuse_erased(row: Mapping[str, Any]) -> None:
    """Raise AlreadyErased for a person whose data was erased: nothing of them is entered anew."""
    if row["erased_on"] is not None:
        raise problems.AlreadyErased(erased_on=row["erased_on"].isoformat())


async def erase_person(
    tx: Transaction, persons: Persons, row: P, ground: Erasure, *, by: Caller, request_id: str | None
) -> P:
    """Erase the locked `row` and all that tells of it; return it as it now stands. Raises the problems of REFUSALS."""
    refuse_erased(row)
    await tx.execute(persons.held_fast, row["id"])
    if obliged := await persons.obliged(tx, row["id"]):
        code, until = obliged
        if until is None:
            raise problems.StillNeeded(rule=code)
        raise problems.KeptByLaw(rule=code, source=rule_of(code, today()).source, kept_until=until.isoformat())
    return await _erase(tx, persons, row, ground, on=today(), by=by, request_id=request_id)


async def erase_again(tx: Transaction, persons: Persons, row: P, ground: Erasure, *, on: date, by: Caller) -> P:
    """Erase the locked `row` that a backup brought back; it was erased `on` that day, and what obliged then was over."""
    await tx.execute(persons.held_fast, row["id"])
    return await _erase(tx, persons, row, ground, on=on, by=by, request_id=None)


async def _erase(
    tx: Transaction, persons: Persons, row: P, ground: Erasure, *, on: date, by: Caller, request_id: str | None
) -> P:
    person, *others = await persons.emptied(tx, row)
    itself = person._replace(values={**person.values, "erased_on": on})
    subject, records = (persons.resource.name, row["id"]), (itself, *others)
    after: P = (await empty(tx, subject, records, ground, by=by, request_id=request_id))[0]
    if persons.afterwards is not None:
        await persons.afterwards(tx, row)
    return after


async def of_before(
    tx: Transaction, resource: Resource[Any], column: str, id_: str, fields: tuple[str, ...]
) -> list[Emptied]:
    """Return the records of which only the history names the person by `column`: they were removed, or are another's now."""
    rows = await tx.fetch(_OF_BEFORE, resource.name, column, id_)
    return [Emptied(resource, row, {}, fields, reasons=True, versions=row["versions"]) for row in rows]


async def empty(
    tx: Transaction,
    person: tuple[str, str],
    records: Sequence[Emptied],
    ground: Erasure,
    *,
    by: Caller,
    request_id: str | None,
) -> list[Any]:
    """Empty records of a person (its type and id) and their histories, and record that; return the rows as they now stand."""
    after, at = [], now()
    for emptied in records:
        resource, row = emptied.resource, emptied.row
        of = (resource.name, row["id"])
        # A row of which nothing was left gets no new version, and loses the words of its last one as well.
        # Of one that was merged the feed said so: it says no other word of it now.
        into = row.get("merged_into")
        after.append(await update(tx, resource, row, emptied.values, by=by, action="erased", merged_into=into))
        await _empty_history(tx, of, person, emptied.lost, ground, upto=row["version"], by=by, at=at)
    await record(
        tx,
        f"{person[0]}.erased",
        actor=by.id,
        alliance=records[0].row["alliance"],
        resource=person,
        request_id=request_id,
        at=at,
        ground=ground.ground,
        records=len({(emptied.resource.name, emptied.row["id"]) for emptied in records}),
        hash=await tx.fetchval(HASH, *person, at),
    )
    return after


async def _empty_history(
    tx: Transaction,
    of: tuple[str, str],
    person: tuple[str, str],
    lost: Lost,
    ground: Erasure,
    *,
    upto: int,
    by: Caller,
    at: datetime,
) -> None:
    """Empty the history of a record (its type and id) of what tells of a person, up to a version, and say that it was."""
    versions = lost.versions
    if versions is None:
        versions = await tx.fetchval(_VERSIONS, *of, upto) or []
    why = (ground.ground, ground.document_number, at, by.id)
    await tx.execute(_RECORD, new_id(), *of, *person, sorted(lost.fields), list(versions), *why)
    await tx.execute(_EMPTY, *of, list(versions), lost.reasons)
