"""The attendance list and check-ins over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records import records
from kernel.records.batch import LENIENT, BatchAnswer, run_batch
from kernel.records.crud import listing_of, record_router
from kernel.records.listing import SortKey, answer_list, code_filter, flag_filter, id_filter, instant_range
from kernel.records.records import answer, existing, locked
from kernel.storage.sealing import sealer_of
from kernel.values.common_lists import BATCH_MODES
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Page, code
from services.training import code_lists as codes
from services.training import problems
from services.training.classes.attendances import service
from services.training.classes.attendances.records import (
    ATTENDANCE,
    CHECK_IN,
    Attendance,
    AttendanceChange,
    AttendanceCreate,
    CheckIn,
    CheckInCreate,
)
from services.training.classes.training_classes.records import CLASS, require
from services.training.field_types import in_provinces
from services.training.indicators import INDICATORS
from services.training.parties import meet_parties
from services.training.scopes import OWN_READ, READ, WRITE, Kind


class AttendanceBatch(Input):
    """Up to 500 entries. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[AttendanceCreate, LENIENT]], Field(min_length=1, max_length=500)]


class CheckInBatch(Input):
    """Up to 500 check-ins, as a device kept them while offline. `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[CheckInCreate, LENIENT]], Field(min_length=1, max_length=500)]


class AttendanceOfClassPage(Page[Attendance]):
    """A page of the attendance list of one class."""


_LISTING = listing_of(
    ATTENDANCE,
    Attendance,
    (
        id_filter("class_id", "r.class_id", "Class."),
        id_filter("trainee_id", "r.trainee_id", "Person."),
        id_filter("organization_id", "r.organization_id", "Organization that the person came from."),
        code_filter("audience", "r.audience", codes.AUDIENCES, "As what the person came."),
        code_filter("source", "r.source", codes.ATTENDANCE_SOURCES, "Where it is known from."),
        flag_filter("is_walk_in", "r.is_walk_in", "Those who were not registered, or were."),
        *in_provinces("r.class_id IN (SELECT c.id FROM training_class c WHERE {})"),
    ),
    facets=("audience", "source"),
    counts=INDICATORS,
)
router = record_router(
    Kind(
        resource=ATTENDANCE,
        plural="attendances",
        output=Attendance,
        create=None,
        listing=_LISTING,
        columns=None,
        read_scopes=OWN_READ,
    )
)
check_ins = record_router(
    Kind(
        resource=CHECK_IN,
        plural="check-ins",
        output=CheckIn,
        create=None,
        listing=listing_of(
            CHECK_IN,
            CheckIn,
            (
                id_filter("class_id", "r.class_id", "Class."),
                id_filter("class_session_id", "r.class_session_id", "Session."),
                id_filter("attendance_id", "r.attendance_id", "Entry of the attendance list."),
                id_filter("trainee_id", "r.trainee_id", "Person."),
                code_filter("source", "r.source", codes.PERSON_SOURCES, "Where it is known from."),
                *instant_range("checked_in_at", "r.checked_in_at", "When the person came"),
            ),
            sorts={"checked_in_at": SortKey("r.checked_in_at", "timestamptz")},
        ),
        columns=None,
    )
)
_REFUSALS = (
    kernel_problems.IdInUse,
    problems.ClassStateForbids,
    problems.NotRegistered,
    problems.KnownByListOnly,
    problems.TraineeAmbiguous,
    problems.TraineeErased,
    kernel_problems.OrganizationUnknownYet,
)
_EACH: dict[int | str, dict[str, Any]] = {207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}}


@router.operation(
    "POST",
    "/attendances",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=Attendance,
    problems=(*_REFUSALS, problems.AlreadyAttended),
    summary="Put a person on the attendance list",
)
async def create_attendance(call: CurrentCall, body: AttendanceCreate) -> Response:
    """Enter that a person attended the class, without saying which sessions. One person at one class is one lượt."""
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await service.attend(tx, call, body)
        return answer(call, ATTENDANCE, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@router.operation(
    "POST",
    "/attendances/batch",
    scopes=WRITE,
    status_code=201,
    response_model=BatchAnswer,
    problems=(*_REFUSALS, problems.AlreadyAttended),
    responses=_EACH,
    summary="Put many persons on attendance lists",
)
async def create_attendances(call: CurrentCall, body: AttendanceBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def create(tx: Transaction, item: AttendanceCreate) -> tuple[Row, bool]:
        return await service.attend(tx, call, item)

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
    problems=(problems.ClassStateForbids,),
    summary="Correct an entry of the attendance list",
)
async def change_attendance(call: CurrentCall, attendance_id: Id, body: AttendanceChange) -> Response:
    """Apply a merge patch, with its reason. What was known before stays in the history."""
    async with call.db.transaction() as tx:
        row = await locked(tx, call, ATTENDANCE, attendance_id)
        held = await records.read(tx, CLASS, row["class_id"], call.caller)
        assert held is not None, "kept by a foreign key"
        require(held, "attend")
        values = body.model_dump(include=body.model_fields_set - {"reason"})
        after = await records.update(
            tx, ATTENDANCE, row, values, by=call.caller, reason=body.reason, action="corrected"
        )
    return answer(call, ATTENDANCE, after)


@router.operation(
    "DELETE",
    "/attendances/{attendance_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    status_code=204,
    problems=(problems.CertificateStands,),
    summary="Take back an entry of the attendance list",
)
async def remove_attendance(call: CurrentCall, attendance_id: Id) -> Response:
    """The entry goes with its check-ins, and every figure moves by it; its history stays."""
    async with call.db.transaction() as tx:
        await service.take_back(tx, call, await locked(tx, call, ATTENDANCE, attendance_id))
    return Response(None, 204, {"Cache-Control": "no-store"})


@check_ins.operation(
    "POST",
    "/check-ins",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=CheckIn,
    problems=(*_REFUSALS, problems.AlreadyCheckedIn),
    summary="Check a person in to a session",
)
async def create_check_in(call: CurrentCall, body: CheckInCreate) -> Response:
    """Say that a person was at a session. The person's entry of the attendance list is made, or gains the session."""
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await service.check_in(tx, call, body)
        return answer(call, CHECK_IN, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@check_ins.operation(
    "POST",
    "/check-ins/batch",
    scopes=WRITE,
    status_code=201,
    response_model=BatchAnswer,
    problems=(*_REFUSALS, problems.AlreadyCheckedIn),
    responses=_EACH,
    summary="Check many persons in",
)
async def create_check_ins(call: CurrentCall, body: CheckInBatch) -> Response:
    """Enter what a device kept while it was offline: late, twice or out of order, the list comes out the same.

    Ids minted by the device make the second sending harmless: those items answer 200.
    """

    async def create(tx: Transaction, item: CheckInCreate) -> tuple[Row, bool]:
        return await service.check_in(tx, call, item)

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
    summary="Take back a check-in",
)
async def remove_check_in(call: CurrentCall, check_in_id: Id) -> Response:
    """The check-in goes; an entry of the attendance list that stood on it alone goes as well. Their history stays."""
    async with call.db.transaction() as tx:
        await service.take_back_check_in(tx, call, await locked(tx, call, CHECK_IN, check_in_id))
    return Response(None, 204, {"Cache-Control": "no-store"})


async def _list_of_class(call: Call) -> Response:
    return await answer_list(call, _LISTING, preset={"class_id": [call.found["id"]]})


@router.operation(
    "GET",
    "/classes/{class_id}/attendances",
    scopes=READ,
    guard=existing(CLASS, "class_id"),
    direct=_list_of_class,
    response_model=AttendanceOfClassPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": [p for p in _LISTING.parameters() if p["name"] != "class_id"]},
    summary="The attendance list of one class",
)
async def list_attendances_of_class(call: CurrentCall, class_id: Id) -> Response:
    """Page through who attended one class; the sum of `counted` is its lượt."""
    return await _list_of_class(call)
