"""What is done with personal data leaves an entry that nobody can change."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Row, to_json
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.operations import Call

_AUDIT = """
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)"""


async def audited(db: Any, call: Call, action: str, row: Row, detail: dict[str, Any], kind: str = "trainee") -> None:
    """Write into the audit table what was done with personal data, by whom and for which record."""
    who = (new_id(), now(), action, call.caller.id, row["alliance"], kind, row["id"], call.request_id, to_json(detail))
    await db.execute(_AUDIT, *who)
