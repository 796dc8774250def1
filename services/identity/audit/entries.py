"""What happened beyond the history of records: sign-ins, refusals, resets. Append-only, without passwords.

The only names in it are those of who changed rights: what was typed to sign in may be a password.
"""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Database, Transaction, to_json
from kernel.database.statements import command
from kernel.values.days import now
from kernel.values.ids import new_id

_INSERT = command(
    """
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)"""
)


async def record(
    db: Database | Transaction,
    action: str,
    *,
    actor: str,
    alliance: str | None,
    resource: tuple[str, str] | None = None,
    request_id: str | None = None,
    **detail: Any,
) -> None:
    """Write one entry. `actor` is a subject, or "" for someone unknown; `alliance` None is for VN's eyes only."""
    kind, id_ = resource or (None, None)
    await db.execute(_INSERT, new_id(), now(), action, actor, alliance, kind, id_, request_id, to_json(detail))
