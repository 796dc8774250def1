"""Registrations over HTTP: places in a class, taken by an officer or by the cooperative's own user."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.batch import BATCH_OPTIONS, run_batch
from kernel.records.crud import record_router
from kernel.records.listing import answer_list, list_operation
from kernel.storage.sealing import sealer_of
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.training import problems
from services.training.classes.registrations import service
from services.training.classes.registrations.records import REGISTRATION, REGISTRATION_TYPE
from services.training.classes.registrations.schemas import (
    Registration,
    RegistrationBatch,
    RegistrationCancellation,
    RegistrationCreate,
    RegistrationOfClassPage,
)
from services.training.classes.trainees.matching import Entering
from services.training.classes.training_classes.records import CLASS
from services.training.parties import meet_parties
from services.training.rows import RegistrationRow
from services.training.scopes import OWN_WRITE, READ, WRITE

# GET              /v1/training/registrations
# GET              /v1/training/registrations/{registration_id}
# GET              /v1/training/registrations/{registration_id}/history
router = record_router(REGISTRATION_TYPE)
_REFUSALS = (
    kernel_problems.IdInUse,
    problems.ClassNotOpen,
    problems.ClassFull,
    problems.AlreadyRegistered,
    problems.TraineeAmbiguous,
    problems.TraineeErased,
    kernel_problems.OrganizationUnknownYet,
)


@router.operation(
    "POST",
    "/registrations",
    scopes=OWN_WRITE,
    status_code=201,
    minted=True,
    response_model=Registration,
    problems=_REFUSALS,
    summary="Register a person for a class",
)
async def create_registration(call: CurrentCall, body: RegistrationCreate) -> Response:
    """Take a place in an open class. Never more places are given than the class has, whoever asks at the same time.

    A cooperative's own user registers persons of its own organization.
    """
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await service.register(tx, body, entering=Entering.of(call))
        return await answer(tx, call, REGISTRATION, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@router.operation(
    "POST",
    "/registrations/batch",
    scopes=WRITE,
    **BATCH_OPTIONS,
    problems=_REFUSALS,
    summary="Register people in a batch",
)
async def create_registrations(call: CurrentCall, body: RegistrationBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    entering = Entering.of(call)

    async def create(tx: Transaction, item: RegistrationCreate) -> tuple[RegistrationRow, bool]:
        return await service.register(tx, item, entering=entering)

    await meet_parties(call, *body.items)
    return await run_batch(call, body.mode, body.items, create)


@router.operation(
    "POST",
    "/registrations/{registration_id}/cancellation",
    scopes=OWN_WRITE,
    status_code=201,
    guard=existing(REGISTRATION, "registration_id"),
    response_model=Registration,
    problems=(problems.RegistrationCancelled, problems.ClassNotOpen),
    summary="Cancel a registration",
    written_by=service.cancel,
)
async def cancel_registration(call: CurrentCall, registration_id: Id, body: RegistrationCancellation) -> Response:
    """Cancel while the class is open or running; the place is free again."""

    async def effect(tx: Transaction) -> Response:
        training_class = await service.lock_class(tx, loaded(call, REGISTRATION)["class_id"])
        registration = await locked(tx, call, REGISTRATION, registration_id)
        after = await service.cancel(tx, registration, training_class, body.reason, by=call.caller)
        return await answer(tx, call, REGISTRATION, after, status=201)

    return await once(call, effect)


@list_operation(
    router,
    "/classes/{class_id}/registrations",
    REGISTRATION_TYPE.listing,
    page=RegistrationOfClassPage,
    scopes=READ,
    guard=existing(CLASS, "class_id"),
    of="class_id",
    summary="List the registrations of a class",
)
async def list_registrations_of_class(call: CurrentCall) -> Response:
    """Page through who registered for one class."""
    return await answer_list(call, REGISTRATION_TYPE.listing, preset={"class_id": [loaded(call, CLASS)["id"]]})
