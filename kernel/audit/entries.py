"""Writing the audit: what was done, and who read whose personal data, what for. Entries are only ever added.

They name records by their ids and never hold what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from kernel.audit.purposes import Why
from kernel.database.connections import Database, Transaction, to_json
from kernel.database.statements import always, command
from kernel.runtime.logging import get_logger
from kernel.values.days import now, today
from kernel.values.ids import new_id
from kernel.web.calls import Call

# How many readings of an hour are usual, from which day on. Law 91/2025/QH15 wants reading watched and names no number: this
# is the house's own, and VCA_UNUSUAL_READINGS_PER_HOUR sets another.
_USUAL_PER_HOUR = ((date(2026, 1, 1), 30),)

_RECORD = command("""
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)""")

# One call is one reading, however many people it names. Those of the last hour are counted here, so that all copies of a
# service count together, and no further than needed; by ix_audit_readings. Of two at once neither sees the other: the next does.
_RECORD_READING = always(
    bool,
    """
    INSERT INTO audit
           (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail, purpose, unusual)
    VALUES ($1::uuid, $2::timestamptz, $3, $4::text, $5, $6, $7, $8, $9::jsonb, $10,
            (SELECT count(*) FROM (SELECT FROM audit a WHERE a.actor = $4::text AND a.purpose IS NOT NULL
                                      AND a.occurred_at > $2::timestamptz - INTERVAL '1 hour' LIMIT $11::int) usual) >= $11::int)
    RETURNING unusual""",
)

log = get_logger()


async def record(
    db: Database | Transaction,
    action: str,
    *,
    actor: str,
    alliance: str | None,
    resource: tuple[str, str | None] | None = None,
    request_id: str | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Write one entry, of the present instant or of that of what it tells. `actor` is a subject, or "" for someone unknown; `alliance` None is for VN's eyes only."""
    kind, id_ = resource or (None, None)
    await db.execute(_RECORD, new_id(), at or now(), action, actor, alliance, kind, id_, request_id, to_json(detail))


async def record_reading(
    call: Call,
    action: str,
    *,
    of: tuple[str, str | Sequence[str]],
    alliance: str,
    why: Why,
    fields: Sequence[str],
    people: int = 1,
) -> datetime:
    """Write, before anything is shown, whose personal data the caller reads; return when. It is never refused.

    `of`: the type and the id of the record, or the ids of several that one alliance owns.
    """
    kind, ids = of
    at, by = now(), call.caller.id
    one = ids if isinstance(ids, str) else None
    detail: dict[str, Any] = {"fields": list(fields), "people": people}
    if why.words is not None:
        detail["words"] = why.words
    if one is None:
        detail["resource_ids"] = sorted(ids)
    usual = call.state.settings.unusual_readings_per_hour or usual_per_hour(today())
    unusual = await call.db.fetchval(
        _RECORD_READING,
        *(new_id(), at, action, by, alliance, kind, one, call.request_id, to_json(detail), why.code, usual),
    )
    if unusual:
        call.state.metrics.unusual_readings += 1
        log.warning(
            "audit.unusual_reading",
            service=call.state.service,
            subject=by,
            alliance=alliance,
            action=action,
            request_id=call.request_id,
            readings_per_hour=usual,
        )
    return at


def usual_per_hour(day: date) -> int:
    """Return how many readings an hour are usual by the rule of that day."""
    return next((count for since, count in reversed(_USUAL_PER_HOUR) if since <= day), _USUAL_PER_HOUR[0][1])
