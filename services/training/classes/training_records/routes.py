"""What one organization's people were trained in, over the years."""

from __future__ import annotations

from starlette.responses import Response

from kernel.records.embedding import name_all
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import PRIVATE, json_reply
from services.training.classes.training_records.queries import HAS_PART, YEARS
from services.training.classes.training_records.schemas import TrainingRecord
from services.training.names import ORGANIZATION_NAME
from services.training.parties import organization_guard
from services.training.scopes import OWN_READ, training_router

router = training_router("organization-records")


@router.operation(
    "GET",
    "/organizations/{organization_id}/training-record",
    scopes=OWN_READ,
    guard=organization_guard(HAS_PART),
    response_model=TrainingRecord,
    summary="Read the training record of an organization",
)
async def read_training_record(call: CurrentCall, organization_id: Id) -> Response:
    """Count, year by year, the classes its people attended, the lượt, the persons, and the hours once for each lượt."""
    years = await call.db.fetch(YEARS, organization_id, call.caller.alliance)
    document = {
        "organization_id": organization_id,
        "years": [dict(year) for year in years],
        "attendances": f"/v1/training/attendances?organization_id={organization_id}",
    }
    await name_all(call.db, (ORGANIZATION_NAME,), [document], [document])
    return json_reply(document, cache=PRIVATE)
