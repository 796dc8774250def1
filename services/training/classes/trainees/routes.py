"""Trainees over HTTP: persons, masked; read in full only for a purpose that is recorded."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.audit.purposes import Purpose, PurposeWords, read_why
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import merge_patch_model, owner, record_router
from kernel.storage.sealing import sealer_of
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from services.training import problems
from services.training.classes.trainees import service
from services.training.classes.trainees.matching import Entering
from services.training.classes.trainees.records import TRAINEE, TRAINEE_TYPE
from services.training.classes.trainees.schemas import Trainee, TraineeCreate, TraineePersonalData
from services.training.parties import meet_parties
from services.training.scopes import OWN_WRITE, WRITE

TraineeChange = merge_patch_model(TraineeCreate)
# GET              /v1/training/trainees
# GET              /v1/training/trainees/{trainee_id}
# GET              /v1/training/trainees/{trainee_id}/history
router = record_router(TRAINEE_TYPE)
_ONE = "/trainees/{trainee_id}"
_TO_CHANGE = existing(TRAINEE, "trainee_id", if_match=True)


@router.operation(
    "POST",
    "/trainees",
    scopes=OWN_WRITE,
    status_code=201,
    minted=True,
    response_model=Trainee,
    problems=(
        kernel_problems.IdInUse,
        problems.TraineeAmbiguous,
        problems.TraineeErased,
        kernel_problems.OrganizationUnknownYet,
    ),
    summary="Find or create a trainee",
)
async def create_trainee(call: CurrentCall, body: TraineeCreate) -> Response:
    """Enter a person. One who is known, by identity number or by name, birth year and organization, is answered (200).

    A cooperative's own user enters persons of its own organization only. They are looked for among its own and are
    `unconfirmed` until an officer has said who they are.
    """
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        trainee, new = await service.enter_trainee(tx, body, owner(call, None), entering=Entering.of(call))
        return await answer(tx, call, TRAINEE, trainee, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@router.operation(
    "PATCH",
    _ONE,
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    response_model=Trainee,
    problems=(problems.TraineeErased, problems.TraineeKnown, kernel_problems.OrganizationUnknownYet),
    summary="Update a trainee",
)
async def change_trainee(
    call: CurrentCall,
    trainee_id: Id,
    body: TraineeChange,  # type: ignore[valid-type]
) -> Response:
    """Apply a merge patch. The history says who changed what when, and nothing that names the person."""
    patch: Any = body
    await meet_parties(call, patch)

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, TRAINEE, trainee_id)
        after = await service.change_trainee(tx, row, patch, entering=Entering.of(call))
        return await answer(tx, call, TRAINEE, after)

    return await once(call, effect)


@router.operation(
    "GET",
    f"{_ONE}/personal-data",
    scopes=("training.write",),
    guard=existing(TRAINEE, "trainee_id"),
    response_model=TraineePersonalData,
    summary="Read the personal data of a trainee",
)
async def read_trainee_personal_data(
    call: CurrentCall, trainee_id: Id, purpose: Purpose, purpose_words: PurposeWords = None
) -> Response:
    """Return name, phone and identity number in full. Who read them, when and what for is recorded."""
    why = read_why(purpose, purpose_words)
    return json_reply(await service.read_personal_data(call, loaded(call, TRAINEE), why))
