"""Erasing a person whom a record names: the present field, and each version of before that names the same person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.personal_data.erasure import empty, empty_history, record_erasure
from kernel.personal_data.persons import Emptied, Lost
from kernel.personal_data.removed import removed
from kernel.personal_data.schemas import Erasure
from kernel.problems import FieldError, Invalid, StillNeeded
from kernel.records.writing import json_columns
from kernel.values.days import now
from kernel.web.calls import Call
from services.registry.named_persons.mentions import Mention, plain_name


class _Version(TypedDict):
    version: int
    reason: str | None
    is_told: bool
    value: str | None


# By the primary key of history.
_VERSIONS = statement(
    _Version,
    """
    SELECT version, reason, version = 1 OR $3 = ANY(changed) AS is_told, content -> $3::text AS value
      FROM history WHERE resource_type = $1 AND resource_id = $2::uuid ORDER BY version""",
)


async def erase(
    tx: Transaction, call: Call, mention: Mention, id_: str, name: str, ground: Erasure, *, at: str = "/full_name"
) -> Mapping[str, Any] | None:
    """Erase a person from a field of a record and its history; return the row, or None of a record that was deleted.

    `at`: where the body names the person. Raises NotFound, Stale, StillNeeded; Invalid where no version names the person.
    """
    resource, person = mention.resource, (mention.subject, id_)
    by, request_id = call.caller, call.request_id
    is_removed = call.record is None
    last: Mapping[str, Any] = (
        await removed(tx, resource, id_, by, lock=True) if is_removed else await records.locked(tx, call, resource, id_)
    )
    lost = _lost(mention, name, await tx.fetch(_VERSIONS, resource.name, id_, mention.field))
    if not lost:
        words = (
            "Không có người này ở đây; hãy ghi đúng như hồ sơ đã ghi.",
            "Nobody is named so here; write it as the record has it.",
        )
        raise Invalid(FieldError("unknown_person", words, pointer=at))
    if is_removed:
        for each in lost:
            await empty_history(tx, (resource.name, id_), person, each, ground, upto=last["version"], by=by, at=now())
        await record_erasure(tx, person, ground, alliance=last["alliance"], of=1, by=by, request_id=request_id)
        return None
    present = last[mention.field]
    if mention.field in json_columns(resource.table):
        present = orjson.loads(present)
    left = mention.without(present, name)
    if left != present and mention.is_needed(last):
        raise StillNeeded(rule="office_held")
    emptied = [
        Emptied(resource, last, {mention.field: left} if each.fields else {}, each.fields, each.reasons, each.versions)
        for each in lost
    ]
    after: Mapping[str, Any] = (await empty(tx, person, emptied, ground, by=by, request_id=request_id))[0]
    return after


def _lost(mention: Mention, name: str, versions: Sequence[_Version]) -> list[Lost]:
    """Return what history loses: the field where it names the person, and the words of who came to it or left it."""
    naming: list[int] = []
    words: list[int] = []
    named_before = False
    for each in versions:
        value = None if each["value"] is None else orjson.loads(each["value"])
        is_named = value is not None and mention.without(value, name) != value
        if is_named:
            naming.append(each["version"])
        if (each["is_told"] and (is_named or named_before)) or plain_name(name) in plain_name(each["reason"] or ""):
            words.append(each["version"])
        named_before = is_named
    told = [Lost((), reasons=True, versions=words)] if words else []
    return [Lost((mention.lost,), versions=naming), *told] if naming or words else []
