"""Reading the sealed numbers of a borrower: who read them, when and what for is recorded first."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import to_json
from kernel.database.statements import command
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.funds.rows import BorrowerRow
from services.funds.sealing import sealer_of

# Who read which borrower's numbers, and for which purpose: one row of the audit a reading.
_RECORD_READING = command("""
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, 'borrower.personal_data_read', $3, $4, 'borrower', $5, $6, $7::jsonb)""")


async def personal_data(call: Call, borrower: BorrowerRow, purpose: str) -> dict[str, Any]:
    """Return phone and identity number in full as they are answered; the reading is recorded before they are opened."""
    sealer, at = sealer_of(call), now()
    await call.db.execute(
        _RECORD_READING,
        new_id(),
        at,
        call.caller.id,
        borrower["alliance"],
        borrower["id"],
        call.request_id,
        to_json({"purpose": purpose}),
    )
    sealed = {"phone": borrower["phone_sealed"], "id_number": borrower["id_number_sealed"]}
    numbers = {name: None if value is None else sealer.open(name, value) for name, value in sealed.items()}
    return {"borrower_id": borrower["id"], **numbers, "purpose": purpose, "read_at": at}
