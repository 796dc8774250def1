"""Reading what is private to an officer: who read it, when and what for is recorded first (Law 91/2025/QH15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernel.audit.entries import record_reading
from kernel.audit.purposes import Why
from kernel.database.connections import to_json
from kernel.database.statements import command
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.registry.officers.resource import PRIVATE
from services.registry.rows import OfficerRow

# Of many at once; by the primary key of officers.
_RECORD_COMPARISONS = command("""
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    SELECT each.id, $3, 'officer.personal_data_compared', $4, o.alliance, 'officer', o.id, $5, $6::jsonb
      FROM unnest($1::uuid[], $2::uuid[]) AS each(id, officer_id) JOIN officer o ON o.id = each.officer_id""")


async def record_comparisons(call: Call, officer_ids: Sequence[str]) -> None:
    """Record that the caller compared a file with the private fields of officers: whether they differ is told of each."""
    ids = [new_id() for _ in officer_ids]
    detail = to_json({"purpose": "import"})
    await call.db.execute(_RECORD_COMPARISONS, ids, list(officer_ids), now(), call.caller.id, call.request_id, detail)


async def personal_data(call: Call, officer: OfficerRow, why: Why) -> dict[str, Any]:
    """Return the private fields of an officer as they are answered, once the reading is recorded."""
    columns: dict[str, Any] = {**officer}
    private = {name: columns[name] for name in PRIVATE}
    of = ("officer", officer["id"])
    at = await record_reading(
        call, "officer.personal_data_read", of=of, alliance=officer["alliance"], why=why, fields=PRIVATE
    )
    return {
        "id": officer["id"],
        "full_name": officer["full_name"],
        **private,
        "purpose": why.text,
        "read_at": at,
    }
