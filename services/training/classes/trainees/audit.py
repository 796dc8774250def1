"""What is done with personal data leaves an entry that nobody can change."""

from __future__ import annotations

from typing import Any

from kernel.audit.entries import record
from kernel.database.connections import Database, Transaction
from kernel.web.auth import Caller


async def audited(
    db: Database | Transaction,
    action: str,
    *,
    of: str | None,
    alliance: str,
    by: Caller,
    request_id: str,
    detail: dict[str, Any],
) -> None:
    """Write into the audit table what was done with the personal data of the trainee `of`, or of several, and by whom."""
    resource = ("trainee", of)
    await record(db, action, actor=by.id, alliance=alliance, resource=resource, request_id=request_id, **detail)
