"""What is done with personal data leaves an entry that nobody can change."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Database, Transaction, to_json
from kernel.database.statements import command
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import Caller

_AUDIT = command("""
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)""")


async def audited(
    db: Database | Transaction,
    action: str,
    *,
    of: str | None,
    alliance: str,
    by: Caller,
    request_id: str,
    detail: dict[str, Any],
    resource_type: str = "trainee",
) -> None:
    """Write into the audit table what was done with the personal data of the record `of`, or of several, and by whom."""
    at = now()
    await db.execute(_AUDIT, new_id(), at, action, by.id, alliance, resource_type, of, request_id, to_json(detail))
