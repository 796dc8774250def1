"""Borrowers over HTTP: parties to loans, their numbers masked, and read in full only for a purpose that is recorded."""

from __future__ import annotations

from starlette.responses import Response

from kernel.audit.purposes import Purpose, PurposeWords, read_why
from kernel.records import existing, loaded
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import json_reply
from services.funds.lending.borrowers.personal_data import (
    PERSONAL_DATA_SCOPE,
    personal_data,
)
from services.funds.lending.borrowers.records import BORROWER, BORROWERS
from services.funds.lending.borrowers.schemas import BorrowerPersonalData

# GET, POST        /v1/funds/borrowers
# GET, PATCH       /v1/funds/borrowers/{borrower_id}
# GET              /v1/funds/borrowers/{borrower_id}/history
router = record_router(BORROWERS)


@router.operation(
    "GET",
    "/borrowers/{borrower_id}/personal-data",
    scopes=(PERSONAL_DATA_SCOPE,),
    guard=existing(BORROWER, "borrower_id"),
    response_model=BorrowerPersonalData,
    summary="Read the personal data of a borrower",
)
async def read_borrower_personal_data(
    call: CurrentCall, borrower_id: Id, purpose: Purpose, purpose_words: PurposeWords = None
) -> Response:
    """Return phone and identity number in full. Who read them, when and what for is recorded, whatever comes of it."""
    why = read_why(purpose, purpose_words)
    return json_reply(await personal_data(call, loaded(call, BORROWER), why))
