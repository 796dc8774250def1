"""Officers over HTTP; what is private to a person is read one at a time, for a purpose that is recorded."""

from __future__ import annotations

from starlette.responses import Response

from kernel.audit.purposes import Purpose, PurposeWords, read_why
from kernel.database.connections import Transaction
from kernel.personal_data.copies import personal_data_copy
from kernel.personal_data.erasure import REFUSALS
from kernel.personal_data.removed import standing_or_removed
from kernel.personal_data.schemas import Erasure, PersonalDataCopy
from kernel.records import answer, existing, loaded
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply, no_content
from services.registry.officers.erasure import COPIED, copied, erase
from services.registry.officers.personal_data import personal_data
from services.registry.officers.records import OFFICER_TYPE
from services.registry.officers.resource import OFFICER
from services.registry.officers.schemas import Officer, OfficerPersonalData
from services.registry.scopes import WRITE

# GET, POST           /v1/registry/officers
# POST                /v1/registry/officers/batch
# GET, POST           /v1/registry/organizations/{organization_id}/officers
# GET, PATCH, DELETE  /v1/registry/officers/{officer_id}
# GET                 /v1/registry/officers/{officer_id}/history
# POST                /v1/registry/officers/{officer_id}/erasure
# GET                 /v1/registry/officers/{officer_id}/personal-data, …/personal-data-copy
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


@router.operation(
    "GET",
    "/officers/{officer_id}/personal-data-copy",
    scopes=("registry.write", "own.read"),
    guard=existing(OFFICER, "officer_id"),
    response_model=PersonalDataCopy,
    summary="Copy the personal data of an officer",
)
async def copy_officer_personal_data(call: CurrentCall, officer_id: Id) -> Response:
    """Return, for the person, the officer in full and who read the personal data. That it was made is recorded.

    Another term, and a legal representative of the same name, are records of their own.
    """
    row = loaded(call, OFFICER)
    copy = await personal_data_copy(call, (OFFICER.name, row["id"]), row["alliance"], copied(row), COPIED)
    return json_reply(copy)


@router.operation(
    "POST",
    "/officers/{officer_id}/erasure",
    scopes=WRITE,
    etag=True,
    guard=standing_or_removed(OFFICER, "officer_id"),
    response_model=Officer,
    responses={204: {"description": "The officer was deleted before: its history names nobody any more"}},
    problems=REFUSALS,
    summary="Erase the personal data of an officer",
)
async def erase_officer(call: CurrentCall, officer_id: Id, body: Erasure) -> Response:
    """Erase who an officer was, from the record, its history and what followers hold; office, term and qualification stay.

    Who is in office is not erased. Of one that was deleted the history is emptied; `If-Match` names its last version.
    """

    async def effect(tx: Transaction) -> Response:
        row = await erase(tx, call, officer_id.lower(), body)
        return no_content() if row is None else await answer(tx, call, OFFICER, row)

    return await once(call, effect)
