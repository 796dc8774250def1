"""Sessions of a class over HTTP: the class counts on the day of its last one, and its hours are their sum."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.records import answer, existing
from kernel.records.crud import merge_patch_model, record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.field_types import RemovalReason
from kernel.web.idempotency import once
from kernel.web.replies import no_content
from services.training import problems
from services.training.classes.sessions import service
from services.training.classes.sessions.records import SESSION, SESSION_REFUSALS, SESSION_TYPE
from services.training.classes.sessions.schemas import ClassSession, ClassSessionCreate
from services.training.scopes import WRITE

# GET              /v1/training/sessions
# GET, POST        /v1/training/classes/{class_id}/sessions
# GET              /v1/training/sessions/{class_session_id}
# GET              /v1/training/sessions/{class_session_id}/history
router = record_router(SESSION_TYPE)
ClassSessionChange = merge_patch_model(ClassSessionCreate)
_TO_CHANGE = existing(SESSION, "class_session_id", if_match=True)


@router.operation(
    "PATCH",
    "/sessions/{class_session_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    response_model=ClassSession,
    problems=SESSION_REFUSALS,
    summary="Update a class session",
)
async def change_class_session(
    call: CurrentCall,
    class_session_id: Id,
    body: ClassSessionChange,  # type: ignore[valid-type]
) -> Response:
    """Apply a merge patch; the class's day of counting and its hours follow."""

    async def effect(tx: Transaction) -> Response:
        after = await service.change_session(tx, call, body)
        return await answer(tx, call, SESSION, after)

    return await once(call, effect)


@router.operation(
    "DELETE",
    "/sessions/{class_session_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    status_code=204,
    problems=(problems.SessionAttended,),
    summary="Delete a class session",
)
async def remove_class_session(call: CurrentCall, class_session_id: Id, reason: RemovalReason = None) -> Response:
    """The session goes, if nobody checked in to it; the class's day of counting and its hours follow."""

    async def effect(tx: Transaction) -> Response:
        await service.remove_session(tx, call, reason=reason)
        return no_content()

    return await once(call, effect)
