"""Signed lists over HTTP: how many attended a class of which no names are known."""

from __future__ import annotations

from starlette.responses import Response

from kernel.records import existing
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from services.training import problems
from services.training.classes.signed_lists import service
from services.training.classes.signed_lists.schemas import SignedListCreate
from services.training.classes.training_classes.records import CLASS
from services.training.classes.training_classes.schemas import TrainingClass
from services.training.scopes import WRITE, training_router
from services.training.steps import take_step

router = training_router("classes")


@router.operation(
    "POST",
    "/classes/{class_id}/signed-list",
    scopes=WRITE,
    guard=existing(CLASS, "class_id"),
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids, problems.AttendancesKnown),
    summary="Record the attendance count of a signed list",
)
async def enter_signed_list(call: CurrentCall, class_id: Id, body: SignedListCreate) -> Response:
    """For a class of which only the signed list is known: how many signed, and the scan.

    It is one entry of the attendance list that counts for all of them, and every figure says how much of it stands on
    such lists. Delete that entry before persons are entered one by one.
    """
    return await take_step(call, CLASS, class_id, lambda tx, row: service.sign_list(tx, row, body, by=call.caller))
