"""Classes over HTTP: planning, and each step of the way to the report as something that is created."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records.crud import merge_patch_model, record_router
from kernel.records.listing import answer_list
from kernel.records.records import answer, dump, existing, locked
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Page
from services.training import problems
from services.training.classes.training_classes import service
from services.training.classes.training_classes.listing import LISTING, OPEN_LISTING
from services.training.classes.training_classes.records import CLASS
from services.training.classes.training_classes.schemas import (
    ClassCancellationCreate,
    ClassReportCreate,
    ClassStepCreate,
    ClassSummary,
    OpenClass,
    SignedListCreate,
    TrainingClass,
    TrainingClassCreate,
)
from services.training.classes.training_classes.summary import summary_of
from services.training.scopes import OWN_READ, READ, WRITE, Kind, training_router


class OpenClassPage(Page[OpenClass]):
    """A page of classes that take registrations."""


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM training_class WHERE alliance = $1 AND class_number = $2"
    found = await tx.fetchval(sql, values["alliance"], values["class_number"])
    return problems.ClassNumberInUse(class_number=values["class_number"], class_id=found)


async def _joint_claimed(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT lead_alliance FROM training_class WHERE joint_key = $1 AND is_counted AND state <> 'cancelled'"
    return problems.JointClassClaimed(lead_alliance=await tx.fetchval(sql, values["joint_key"]))


KIND = Kind(
    resource=CLASS,
    plural="classes",
    output=TrainingClass,
    create=TrainingClassCreate,
    listing=LISTING,
    columns=service.columns,
    change=merge_patch_model(TrainingClassCreate, without=("is_held",)),
    refusals=(
        problems.ClassNumberInUse,
        problems.JointClassClaimed,
        problems.ClassStateForbids,
        problems.CapacityBelowRegistered,
        problems.SessionOutsideClass,
    ),
    unique={"uq_training_class_number": _number_in_use, "uq_training_class_joint": _joint_claimed},
)
router = record_router(KIND)
open_classes = training_router("classes")
ONE = existing(CLASS, "class_id")
_PATH = "/classes/{class_id}"

Step = Callable[[Transaction, Row], Awaitable[Row]]


async def _list_open(call: Call) -> Response:
    return await answer_list(call, OPEN_LISTING)


@open_classes.operation(
    "GET",
    "/open-classes",
    scopes=OWN_READ,
    direct=_list_open,
    response_model=OpenClassPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": OPEN_LISTING.parameters()},
    summary="List the classes that take registrations",
)
async def list_open_classes(call: CurrentCall) -> Response:
    """Page through the classes of the caller's area that are open; a cooperative's own user may ask as well."""
    return await _list_open(call)


@router.operation(
    "GET", f"{_PATH}/summary", scopes=READ, guard=ONE, response_model=ClassSummary, summary="The numbers of one class"
)
async def read_class_summary(call: CurrentCall, class_id: Id) -> Response:
    """Count places, lượt, persons, cooperatives and hours of a class, from its records as they now stand."""
    document = await summary_of(call.db, call.found)
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")


async def take(call: Call, id_: str, step: Step) -> Response:
    """Take one step with the locked class, once for its key; If-Match is honored where it is sent."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, CLASS, id_)
        return answer(call, CLASS, await step(tx, row), status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    f"{_PATH}/opening",
    scopes=WRITE,
    guard=ONE,
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids,),
    summary="Open a class for registration",
)
async def open_class(call: CurrentCall, class_id: Id, body: ClassStepCreate) -> Response:
    """From now on officers and the cooperatives' own users may register, up to the capacity."""
    return await take(
        call, class_id, lambda tx, row: service.step(tx, row, "open", "open", by=call.caller, reason=body.reason)
    )


@router.operation(
    "POST",
    f"{_PATH}/start",
    scopes=WRITE,
    guard=ONE,
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids, problems.ClassWithoutSessions),
    summary="Start a class",
)
async def start_class(call: CurrentCall, class_id: Id, body: ClassStepCreate) -> Response:
    """Registration ends; from now on attendance is taken. It needs at least one session."""
    return await take(
        call, class_id, lambda tx, row: service.step(tx, row, "start", "running", by=call.caller, reason=body.reason)
    )


@router.operation(
    "POST",
    f"{_PATH}/completion",
    scopes=WRITE,
    guard=ONE,
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids, problems.ClassWithoutSessions, problems.ClassNotOver),
    summary="Say that a class was held",
)
async def complete_class(call: CurrentCall, class_id: Id, body: ClassStepCreate) -> Response:
    """From now on it counts, on the day of its last session. A tablet's late entries are still taken."""
    return await take(
        call, class_id, lambda tx, row: service.step(tx, row, "complete", "held", by=call.caller, reason=body.reason)
    )


@router.operation(
    "POST",
    f"{_PATH}/signed-list",
    scopes=WRITE,
    guard=ONE,
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids, problems.AttendancesKnown),
    summary="Enter the number of a signed list",
)
async def enter_signed_list(call: CurrentCall, class_id: Id, body: SignedListCreate) -> Response:
    """For a class of which only the signed list is known: how many signed, and the scan.

    It is one entry of the attendance list that counts for all of them, and every figure says how much of it stands on
    such lists. Taken back by removing that entry, before persons are entered one by one.
    """
    return await take(call, class_id, lambda tx, row: service.sign_list(tx, row, body, by=call.caller))


@router.operation(
    "POST",
    f"{_PATH}/report",
    scopes=WRITE,
    guard=ONE,
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids, problems.NobodyAttended),
    summary="Report a class",
)
async def report_class(call: CurrentCall, class_id: Id, body: ClassReportCreate) -> Response:
    """Close the class with what it cost and what came of it. Corrections afterwards keep what was known before."""
    return await take(call, class_id, lambda tx, row: service.report(tx, row, body, by=call.caller))


@router.operation(
    "POST",
    f"{_PATH}/cancellation",
    scopes=WRITE,
    guard=ONE,
    status_code=201,
    response_model=TrainingClass,
    problems=(problems.ClassStateForbids, problems.ClassAttended),
    summary="Call a class off",
)
async def cancel_class(call: CurrentCall, class_id: Id, body: ClassCancellationCreate) -> Response:
    """Final, with its reason. A class that somebody attended is not called off but held."""
    return await take(call, class_id, lambda tx, row: service.cancel(tx, row, body, by=call.caller))
