"""Erasing an officer: office, term and qualification stay, so that every count does, and say of nobody who it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.personal_data.erasure import ERASED, erase_person
from kernel.personal_data.persons import Emptied, Persons
from kernel.personal_data.removed import erase_removed
from kernel.personal_data.schemas import Erasure
from kernel.records.crud.writing import locked
from kernel.records.resources import Values
from kernel.web.calls import Call
from services.registry.officers.records import OFFICER_TYPE
from services.registry.officers.resource import KEPT, OFFICER, PRIVATE
from services.registry.organizations.records import ORGANIZATION
from services.registry.rows import OfficerRow

_IN_HISTORY = ("full_name", "decision_number")
"""What its history says of the person, apart from the words with each version: it never held what is private."""


COPIED = ("full_name", "decision_number", *PRIVATE)
"""What of a person is in its copy."""


class _Derived(TypedDict):
    id: str
    alliance: str
    version: int
    versions: list[int]


# An undated organization follows from its officers, and tells why in the words that were given for the officer. By the
# primary keys of history and organization.
_DERIVED = statement(
    _Derived,
    """
    WITH past AS (
        SELECT content ->> 'organization_id' AS organization_id, reason FROM history
         WHERE resource_type = 'officer' AND resource_id = $1::uuid AND reason IS NOT NULL)
    SELECT o.id, o.alliance, o.version, array_agg(DISTINCT h.version ORDER BY h.version) AS versions
      FROM past JOIN organization o ON o.id = past.organization_id::uuid
      JOIN history h ON h.resource_type = 'organization' AND h.resource_id = o.id AND h.action = 'derived' AND h.reason = past.reason
     GROUP BY o.id ORDER BY o.id""",
)


async def _told_elsewhere(tx: Transaction, officer_id: str) -> list[Emptied]:
    """Return the versions of organizations that repeat the words of the officer's: nothing but these words goes."""
    return [
        Emptied(ORGANIZATION, row, {}, (), reasons=True, versions=row["versions"])
        for row in await tx.fetch(_DERIVED, officer_id)
    ]


async def _emptied(tx: Transaction, row: OfficerRow) -> Sequence[Emptied]:
    # The scanned decision names the person as well: a file that no record names any more is deleted.
    values: Values = {
        "full_name": ERASED,
        "name_folded": "",
        "decision_number": None,
        "file_ids": [],
        **dict.fromkeys(PRIVATE),
    }
    return (Emptied(OFFICER, row, values, _IN_HISTORY, reasons=True), *await _told_elsewhere(tx, row["id"]))


async def _emptied_removed(tx: Transaction, last: OfficerRow) -> Sequence[Emptied]:
    return (Emptied(OFFICER, last, {}, _IN_HISTORY, reasons=True), *await _told_elsewhere(tx, last["id"]))


PERSONS = Persons(resource=OFFICER, held=KEPT.held, emptied=_emptied, emptied_removed=_emptied_removed)


async def erase(tx: Transaction, call: Call, officer_id: str, ground: Erasure) -> OfficerRow | None:
    """Erase an officer; return the row, or None of one that was deleted. Raises NotFound, Stale and those of REFUSALS."""
    if call.record is None:
        await erase_removed(tx, call, PERSONS, officer_id, ground)
        return None
    row: OfficerRow = await locked(tx, call, OFFICER_TYPE, officer_id)
    return await erase_person(tx, PERSONS, row, ground, by=call.caller, request_id=call.request_id)


def copied(row: OfficerRow) -> list[tuple[str, dict[str, object]]]:
    """Return what is kept of an officer, in full, for the person."""
    columns: dict[str, object] = {**row}
    document = {**OFFICER.represent(row), **{name: columns[name] for name in PRIVATE}, "redacted": []}
    return [(OFFICER.name, document)]
