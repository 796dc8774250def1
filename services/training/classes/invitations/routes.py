"""Invitations over HTTP: which organizations were asked to send people, and what they answered."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.records import answer, existing, locked, update
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.training.classes.invitations.records import INVITATION, INVITATION_TYPE
from services.training.classes.invitations.schemas import Invitation, InvitationAnswer
from services.training.scopes import OWN_WRITE

# GET                   /v1/training/invitations
# GET, POST             /v1/training/classes/{class_id}/invitations
# GET, PATCH, DELETE    /v1/training/invitations/{invitation_id}
# GET                   /v1/training/invitations/{invitation_id}/history
router = record_router(INVITATION_TYPE)


@router.operation(
    "POST",
    "/invitations/{invitation_id}/answer",
    scopes=OWN_WRITE,
    guard=existing(INVITATION, "invitation_id"),
    status_code=201,
    response_model=Invitation,
    summary="Answer an invitation",
)
async def answer_invitation(call: CurrentCall, invitation_id: Id, body: InvitationAnswer) -> Response:
    """Accept or decline, by the organization's own user or by an officer who was told. The last answer holds."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, INVITATION, invitation_id)
        after = await update(tx, INVITATION, row, body.model_dump(), by=call.caller)
        return await answer(tx, call, INVITATION, after, status=201)

    return await once(call, effect)
