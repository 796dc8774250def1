"""The attendance list and check-ins over HTTP."""

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
from kernel.web.auth import CLASS_ROLL
from kernel.web.calls import CurrentCall
from kernel.web.field_types import RemovalReason
from kernel.web.idempotency import once
from kernel.web.replies import no_content
from services.training import problems
from services.training.classes.attendances import service
from services.training.classes.attendances.records import ATTENDANCE, ATTENDANCE_TYPE, CHECK_IN, CHECK_IN_TYPE
from services.training.classes.attendances.schemas import (
    Attendance,
    AttendanceBatch,
    AttendanceChange,
    AttendanceCreate,
    AttendanceOfClassPage,
    CheckIn,
    CheckInBatch,
    CheckInCreate,
)
from services.training.classes.trainees.matching import Entering
from services.training.classes.training_classes.records import CLASS
from services.training.parties import meet_parties
from services.training.rows import AttendanceRow, CheckInRow
from services.training.scopes import READ, WRITE

# GET              /v1/training/attendances
# GET              /v1/training/attendances/{attendance_id}
# GET              /v1/training/attendances/{attendance_id}/history
router = record_router(ATTENDANCE_TYPE)
# GET              /v1/training/check-ins
# GET              /v1/training/check-ins/{check_in_id}
# GET              /v1/training/check-ins/{check_in_id}/history
check_ins = record_router(CHECK_IN_TYPE)
_REFUSALS = (
    kernel_problems.IdInUse,
    problems.ClassStateForbids,
    problems.NotRegistered,
    problems.KnownByListOnly,
    problems.TraineeAmbiguous,
    problems.TraineeErased,
    kernel_problems.OrganizationUnknownYet,
)


@router.operation(
    "POST",
    "/attendances",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=Attendance,
    problems=(*_REFUSALS, problems.AlreadyAttended),
    summary="Create an attendance",
)
async def create_attendance(call: CurrentCall, body: AttendanceCreate) -> Response:
    """Enter that a person attended the class, without saying which sessions. One person at one class is one lượt."""
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await service.attend(tx, body, entering=Entering.of(call))
        return await answer(tx, call, ATTENDANCE, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@router.operation(
    "POST",
    "/attendances/batch",
    scopes=WRITE,
    **BATCH_OPTIONS,
    problems=(*_REFUSALS, problems.AlreadyAttended),
    summary="Create attendances in a batch",
)
async def create_attendances(call: CurrentCall, body: AttendanceBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    entering = Entering.of(call)

    async def create(tx: Transaction, item: AttendanceCreate) -> tuple[AttendanceRow, bool]:
        return await service.attend(tx, item, entering=entering)

    await meet_parties(call, *body.items)
    return await run_batch(call, body.mode, body.items, create)


_TO_CHANGE = existing(ATTENDANCE, "attendance_id", if_match=True)


@router.operation(
    "PATCH",
    "/attendances/{attendance_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    response_model=Attendance,
    problems=(problems.ClassStateForbids, problems.TraineeErased),
    summary="Update an attendance",
)
async def change_attendance(call: CurrentCall, attendance_id: Id, body: AttendanceChange) -> Response:
    """Apply a merge patch, with its reason. What was known before stays in the history."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, ATTENDANCE, attendance_id)
        after = await service.change_attendance(tx, row, body, by=call.caller)
        return await answer(tx, call, ATTENDANCE, after)

    return await once(call, effect)


@router.operation(
    "DELETE",
    "/attendances/{attendance_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    status_code=204,
    problems=(problems.CertificateStands,),
    summary="Delete an attendance",
)
async def remove_attendance(call: CurrentCall, attendance_id: Id, reason: RemovalReason = None) -> Response:
    """The entry goes with its check-ins, and every figure moves by it; its history stays."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, ATTENDANCE, attendance_id)
        await service.remove_attendance(tx, row, by=call.caller, reason=reason)
        return no_content()

    return await once(call, effect)


@check_ins.operation(
    "POST",
    "/check-ins",
    scopes=(*WRITE, CLASS_ROLL),
    status_code=201,
    minted=True,
    response_model=CheckIn,
    problems=(*_REFUSALS, problems.AlreadyCheckedIn, problems.ClassDeviceEnded),
    summary="Check in a person",
)
async def create_check_in(call: CurrentCall, body: CheckInCreate) -> Response:
    """Say that a person was at a session. The person's entry of the attendance list is made, or gains the session."""
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await service.check_in(tx, body, entering=Entering.of(call))
        return await answer(tx, call, CHECK_IN, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@check_ins.operation(
    "POST",
    "/check-ins/batch",
    scopes=(*WRITE, CLASS_ROLL),
    **BATCH_OPTIONS,
    problems=(*_REFUSALS, problems.AlreadyCheckedIn, problems.ClassDeviceEnded),
    summary="Check in people in a batch",
)
async def create_check_ins(call: CurrentCall, body: CheckInBatch) -> Response:
    """Enter what a device kept while it was offline: late, twice or out of order, the list comes out the same.

    Ids minted by the device make the second sending harmless: those items answer 200.
    """

    entering = Entering.of(call)

    async def create(tx: Transaction, item: CheckInCreate) -> tuple[CheckInRow, bool]:
        return await service.check_in(tx, item, entering=entering)

    await meet_parties(call, *body.items)
    return await run_batch(call, body.mode, body.items, create)


@check_ins.operation(
    "DELETE",
    "/check-ins/{check_in_id}",
    scopes=WRITE,
    etag=True,
    status_code=204,
    guard=existing(CHECK_IN, "check_in_id", if_match=True),
    problems=(problems.CertificateStands,),
    summary="Delete a check-in",
)
async def remove_check_in(call: CurrentCall, check_in_id: Id, reason: RemovalReason = None) -> Response:
    """The check-in goes; an entry of the attendance list that stood on it alone goes as well. Their history stays."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, CHECK_IN, check_in_id)
        await service.remove_check_in(tx, row, by=call.caller, reason=reason)
        return no_content()

    return await once(call, effect)


@list_operation(
    router,
    "/classes/{class_id}/attendances",
    ATTENDANCE_TYPE.listing,
    page=AttendanceOfClassPage,
    scopes=READ,
    guard=existing(CLASS, "class_id"),
    of="class_id",
    summary="List the attendances of a class",
)
async def list_attendances_of_class(call: CurrentCall) -> Response:
    """Page through who attended one class; the sum of `counted` is its lượt."""
    return await answer_list(call, ATTENDANCE_TYPE.listing, preset={"class_id": [loaded(call, CLASS)["id"]]})
