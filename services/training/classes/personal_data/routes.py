"""Erasing trainees over HTTP, and the copy of what is kept of one."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.personal_data.erasure import erase_person
from kernel.personal_data.schemas import Erasure, PersonalDataCopy
from kernel.problems import KeptByLaw
from kernel.records import answer, existing, loaded, locked
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply, no_content
from services.training import problems
from services.training.classes.personal_data import service
from services.training.classes.personal_data.service import TRAINEES
from services.training.classes.trainees.records import TRAINEE
from services.training.classes.trainees.schemas import Trainee
from services.training.rows import TraineeRow
from services.training.scopes import WRITE, training_router

router = training_router("trainees")
_ONE = "/trainees/{trainee_id}"
_TO_CHANGE = existing(TRAINEE, "trainee_id", if_match=True)
_REFUSALS = (problems.TraineeErased, problems.TraineeUnjoined, KeptByLaw)
_OWN_REQUEST = Erasure(ground="own_request")


async def _erase(tx: Transaction, call: Call, trainee_id: str, ground: Erasure) -> TraineeRow:
    row = await locked(tx, call, TRAINEE, trainee_id)
    if row["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=row["erased_on"].isoformat())
    return await erase_person(tx, TRAINEES, row, ground, by=call.caller, request_id=call.request_id)


@router.operation(
    "POST",
    f"{_ONE}/erasure",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    response_model=Trainee,
    problems=_REFUSALS,
    summary="Erase the personal data of a trainee",
    written_by=service.TRAINEES.emptied,
)
async def erase_trainee_on_ground(call: CurrentCall, trainee_id: Id, body: Erasure) -> Response:
    """Erase name, numbers, notes and scans for good, on a ground that is recorded; attendances keep counting a person.

    Whoever was paid an allowance is kept as its voucher is: ten years after the year of the class.
    """

    async def effect(tx: Transaction) -> Response:
        return await answer(tx, call, TRAINEE, await _erase(tx, call, trainee_id, body))

    return await once(call, effect)


@router.operation(
    "DELETE",
    _ONE,
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    status_code=204,
    problems=_REFUSALS,
    summary="Erase a trainee at the person's own request",
    written_by=service.TRAINEES.emptied,
)
async def erase_trainee(call: CurrentCall, trainee_id: Id) -> Response:
    """The same as `/erasure` on the ground `own_request`. A certificate of the person stays valid and names nobody."""

    async def effect(tx: Transaction) -> Response:
        await _erase(tx, call, trainee_id, _OWN_REQUEST)
        return no_content()

    return await once(call, effect)


@router.operation(
    "GET",
    f"{_ONE}/personal-data-copy",
    scopes=("training.write",),
    guard=existing(TRAINEE, "trainee_id"),
    response_model=PersonalDataCopy,
    summary="Copy the personal data of a trainee",
)
async def copy_trainee_personal_data(call: CurrentCall, trainee_id: Id) -> Response:
    """Return all that is kept of a person, to be given to that person. That it was made is recorded."""
    return json_reply(await service.copy_of(call, loaded(call, TRAINEE)))
