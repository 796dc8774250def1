"""The roll of a class over HTTP: it names persons in full, so that it was read is recorded."""

from __future__ import annotations

from starlette.responses import Response

from kernel.audit.entries import record_reading
from kernel.audit.purposes import implied
from kernel.records import loaded
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import json_reply
from services.training import problems
from services.training.classes.rolls.schemas import Roll
from services.training.classes.rolls.service import read_roll
from services.training.classes.training_classes.devices import ROLL_SCOPES, class_of_caller
from services.training.classes.training_classes.records import CLASS
from services.training.scopes import training_router

router = training_router("classes")


@router.operation(
    "GET",
    "/classes/{class_id}/roll",
    scopes=ROLL_SCOPES,
    guard=class_of_caller,
    response_model=Roll,
    problems=(problems.ClassTooLarge, problems.ClassDeviceEnded),
    summary="Read the roll of a class",
)
async def read_class_roll(call: CurrentCall, class_id: Id) -> Response:
    """Return everybody who has a place in a class or came, with full names and each session: a roll call in one answer.

    That it was read is recorded: by whom, of which class, and how many people it named. A class of more than 2,000 people is
    refused; its attendances are read page by page.
    """
    training_class = loaded(call, CLASS)
    people = await read_roll(call.db, training_class["id"])
    await record_reading(
        call,
        "class.roll_read",
        of=("class", training_class["id"]),
        alliance=training_class["alliance"],
        why=implied("class_roll"),
        fields=("name",),
        people=len(people),
    )
    return json_reply({"items": people})
