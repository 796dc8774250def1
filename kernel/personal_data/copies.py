"""The copy that a person may ask for: every record that tells of them, in full, and who read their data when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

import orjson

from kernel.audit.entries import record_reading
from kernel.audit.purposes import implied
from kernel.database.statements import statement
from kernel.web.calls import Call


class _Reading(TypedDict):
    occurred_at: datetime
    actor: str
    purpose: str
    detail: str


# One person's readings are few among many: by ix_audit_alliance_occurred_at.
_READINGS = statement(
    _Reading,
    """
    SELECT occurred_at, actor, purpose, detail FROM audit
     WHERE alliance = $1 AND purpose IS NOT NULL
       AND ((resource_type = $2 AND resource_id = $3) OR detail->'resource_ids' ? $3)
     ORDER BY occurred_at, id""",
)


async def personal_data_copy(
    call: Call,
    person: tuple[str, str],
    alliance: str,
    records: Sequence[tuple[str, dict[str, Any]]],
    fields: Sequence[str],
) -> dict[str, Any]:
    """Return the copy of `records` (type and content), once it is recorded that it was made."""
    kind, id_ = person
    at = await record_reading(
        call, f"{kind}.personal_data_copied", of=person, alliance=alliance, why=implied("own_request"), fields=fields
    )
    readings = await call.db.fetch(_READINGS, alliance, kind, id_)
    return {
        "records": [{"resource_type": type_, "content": content} for type_, content in records],
        "readings": [
            {
                "read_at": row["occurred_at"],
                "read_by": row["actor"],
                "purpose": row["purpose"],
                "fields": orjson.loads(row["detail"]).get("fields", []),
            }
            for row in readings
        ],
        "made_at": at,
    }
