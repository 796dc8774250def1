"""Unconfirmed trainees over HTTP: who waits, who each may be, and an officer's word on it."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.records import answer, existing
from kernel.records.listing import answer_list, list_operation
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.schemas import Page
from services.training import problems
from services.training.classes.confirmations import service
from services.training.classes.confirmations.listing import UNCONFIRMED_LISTING
from services.training.classes.confirmations.schemas import TraineeConfirmation, UnconfirmedTrainee
from services.training.classes.trainees.records import TRAINEE
from services.training.classes.trainees.schemas import Trainee
from services.training.scopes import READ, WRITE, training_router

router = training_router("trainees")


class UnconfirmedTraineePage(Page[UnconfirmedTrainee]):
    """A page of persons who wait for an officer."""


@list_operation(
    router,
    "/unconfirmed-trainees",
    UNCONFIRMED_LISTING,
    page=UnconfirmedTraineePage,
    scopes=READ,
    summary="List unconfirmed trainees",
)
async def list_unconfirmed_trainees(call: CurrentCall) -> Response:
    """Page through the persons whom organizations' own users entered, each with the trainees who may be the same."""
    return await answer_list(call, UNCONFIRMED_LISTING)


@router.operation(
    "POST",
    "/trainees/{trainee_id}/confirmation",
    scopes=WRITE,
    guard=existing(TRAINEE, "trainee_id"),
    status_code=201,
    response_model=Trainee,
    problems=(problems.TraineeConfirmed, problems.TraineeErased, problems.TraineeKnown, problems.BothAttended),
    summary="Confirm or merge an unconfirmed trainee",
)
async def confirm_trainee(call: CurrentCall, trainee_id: Id, body: TraineeConfirmation) -> Response:
    """Confirm a person as one who was not known, or join it to the trainee that it is; the answer is who stands.

    Joined, its registrations, attendances and certificates go over to that trainee and the feed says that it was
    merged. Persons with one identity number were counted once before, so no figure moves.
    """

    async def effect(tx: Transaction) -> Response:
        after = await service.confirm_trainee(tx, trainee_id, body, by=call.caller, request_id=call.request_id)
        return await answer(tx, call, TRAINEE, after, status=201)

    return await once(call, effect)
