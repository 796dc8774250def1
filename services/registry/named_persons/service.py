"""Erasing a person whom a record names: the present field, and each version of before that names the same person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.personal_data.erasure import empty
from kernel.personal_data.persons import Emptied, Lost
from kernel.personal_data.removed import removed
from kernel.personal_data.schemas import Erasure
from kernel.problems import FieldError, Invalid, StillNeeded
from kernel.records.resources import Values
from kernel.records.writing import json_columns
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.registry.named_persons.mentions import Mention, plain_name


class Version(TypedDict):
    """What a version of a record says in a field. `is_told`: whether it is the first, or changed the field."""

    version: int
    recorded_at: datetime
    reason: str | None
    is_told: bool
    value: str | None


# By the primary key of history.
_VERSIONS = statement(
    Version,
    """
    SELECT version, recorded_at, reason, version = 1 OR $3 = ANY(changed) AS is_told, content -> $3::text AS value
      FROM history WHERE resource_type = $1 AND resource_id = $2::uuid ORDER BY version""",
)


async def erase(
    tx: Transaction, call: Call, mention: Mention, id_: str, name: str, ground: Erasure, *, at: str = "/full_name"
) -> Mapping[str, Any] | None:
    """Erase a person from a field of a record and its history; return the row, or None of a record that was deleted.

    `at`: where the body names the person. Raises NotFound, Stale, StillNeeded; Invalid where no version names the person.
    """
    resource, by = mention.resource, call.caller
    standing = None if call.record is None else await records.locked(tx, call, resource, id_)
    row = standing or {"id": id_, **await removed(tx, resource, id_, by, lock=True)}
    lost = lost_of(mention, name, await versions_of(tx, mention, id_))
    if not lost:
        words = (
            "Không có người này ở đây; hãy ghi đúng như hồ sơ đã ghi.",
            "Nobody is named so here; write it as the record has it.",
        )
        raise Invalid(FieldError("unknown_person", words, pointer=at))
    values = {} if standing is None else without(mention, row, name)
    if values and mention.is_needed(row):
        raise StillNeeded(rule="office_held")
    after = await emptied(tx, mention, row, values, lost, ground, by=by, request_id=call.request_id)
    return None if standing is None else after


async def versions_of(tx: Transaction, mention: Mention, id_: str) -> list[Version]:
    """Return what the versions of a record say in the field, in their order."""
    return await tx.fetch(_VERSIONS, mention.resource.name, id_, mention.field)


def without(mention: Mention, row: Mapping[str, Any], name: str) -> Values:
    """Return what becomes of the columns of a row that is to name the person no more: nothing where it does not."""
    present = row[mention.field]
    if mention.field in json_columns(mention.resource.table):
        present = orjson.loads(present)
    left = mention.without(present, name)
    return {} if left == present else {mention.field: left}


async def emptied(
    tx: Transaction,
    mention: Mention,
    row: Mapping[str, Any],
    values: Values,
    lost: Sequence[Lost],
    ground: Erasure,
    *,
    by: Caller,
    request_id: str | None,
) -> Mapping[str, Any]:
    """Change the locked `row` to `values` and empty its history of what is lost; return the row as it now stands."""
    what = [
        Emptied(mention.resource, row, {} if number else values, each.fields, each.reasons, each.versions)
        for number, each in enumerate(lost)
    ]
    after: Mapping[str, Any] = (
        await empty(tx, (mention.subject, row["id"]), what, ground, by=by, request_id=request_id)
    )[0]
    return after


def lost_of(mention: Mention, name: str, versions: Sequence[Version]) -> list[Lost]:
    """Return what history loses: the places that name the person, and the words of who came to it or left it."""
    naming = defaultdict[tuple[str, ...], list[int]](list)
    words: list[int] = []
    named_before = False
    for each in versions:
        places = mention.places(value_of(each), name)
        if places:
            naming[places].append(each["version"])
        if (each["is_told"] and (places or named_before)) or plain_name(name) in plain_name(each["reason"] or ""):
            words.append(each["version"])
        named_before = bool(places)
    told = [Lost((), reasons=True, versions=words)] if words else []
    return [*(Lost(places, versions=at) for places, at in naming.items()), *told]


def value_of(version: Version) -> Any:
    """Return what the field held in a version."""
    return None if version["value"] is None else orjson.loads(version["value"])
