"""Borrowers over HTTP: parties to loans, their numbers masked, and read in full only for a purpose that is recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.database.connections import to_json
from kernel.records.crud import record_router
from kernel.records.records import dump, existing
from kernel.values.days import now
from kernel.values.ids import Id, new_id
from kernel.web.operations import CurrentCall
from services.funds.lending.borrowers.records import (
    BORROWER,
    BORROWERS,
    SECRETS,
)
from services.funds.lending.borrowers.schemas import BorrowerPersonalData
from services.funds.sealing import sealer_of

router = record_router(BORROWERS)

_RECORD_READING = """
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, 'borrower.personal_data_read', $3, $4, 'borrower', $5, $6, $7::jsonb)"""


@router.operation(
    "GET",
    "/borrowers/{borrower_id}/personal-data",
    scopes=("funds.write",),
    guard=existing(BORROWER, "borrower_id"),
    response_model=BorrowerPersonalData,
    summary="Read the numbers of a borrower in full",
)
async def read_borrower_personal_data(
    call: CurrentCall,
    borrower_id: Id,
    purpose: Annotated[
        str, Query(min_length=5, max_length=300, description="What they are needed for; it is recorded")
    ],
) -> Response:
    """Return phone and identity number in full. Who read them, when and what for is recorded, whatever comes of it."""
    row, sealer, at = call.found, sealer_of(call), now()
    who = (new_id(), at, call.caller.id, row["alliance"], row["id"], call.request_id, to_json({"purpose": purpose}))
    await call.db.execute(_RECORD_READING, *who)
    numbers = {
        name: None if row[f"{name}_sealed"] is None else sealer.open(name, row[f"{name}_sealed"]) for name in SECRETS
    }
    document = {"borrower_id": row["id"], **numbers, "purpose": purpose, "read_at": at}
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
