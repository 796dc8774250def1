"""Officers over HTTP; what is private to a person is read one at a time, for a purpose that is recorded."""

from __future__ import annotations

from starlette.responses import Response

from kernel.audit.purposes import Purpose, PurposeWords, read_why
from kernel.records import existing, loaded
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import json_reply
from services.registry.officers.personal_data import personal_data
from services.registry.officers.records import OFFICER, OFFICER_TYPE
from services.registry.officers.schemas import OfficerPersonalData

# GET, POST           /v1/registry/officers
# POST                /v1/registry/officers/batch
# GET, POST           /v1/registry/organizations/{organization_id}/officers
# GET, PATCH, DELETE  /v1/registry/officers/{officer_id}
# GET                 /v1/registry/officers/{officer_id}/history
router = record_router(OFFICER_TYPE)


@router.operation(
    "GET",
    "/officers/{officer_id}/personal-data",
    scopes=("registry.write", "own.read"),
    guard=existing(OFFICER, "officer_id"),
    response_model=OfficerPersonalData,
    summary="Read the personal data of an officer",
)
async def read_officer_personal_data(
    call: CurrentCall, officer_id: Id, purpose: Purpose, purpose_words: PurposeWords = None
) -> Response:
    """Return sex, birth year and phone. Who read them, when and what for is recorded.

    For those who keep the registry, and for the organization's own user.
    """
    return json_reply(await personal_data(call, loaded(call, OFFICER), read_why(purpose, purpose_words)))
