"""Classes over HTTP: planning, and each step of the way to the report as something that is created."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel.records import existing, loaded
from kernel.records.crud import record_router
from kernel.records.listing import answer_list, list_operation
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import Page
from services.training import problems
from services.training.classes.training_classes import service
from services.training.classes.training_classes.open_classes import OPEN_LISTING
from services.training.classes.training_classes.queries import SUMMARY
from services.training.classes.training_classes.records import CLASS, CLASS_TYPE
from services.training.classes.training_classes.schemas import (
    ClassCancellationCreate,
    ClassReportCreate,
    ClassStepCreate,
    ClassSummary,
    OpenClass,
    TrainingClass,
)
from services.training.names import CLASS_NAME
from services.training.scopes import OWN_READ, READ, WRITE, training_router
from services.training.steps import take_step


class OpenClassPage(Page[OpenClass]):
    """A page of classes that take registrations."""


# GET, POST        /v1/training/classes
# GET, PATCH       /v1/training/classes/{class_id}
# GET              /v1/training/classes/{class_id}/history
router = record_router(CLASS_TYPE, reading=False)
# Stands behind the signed list, which another slice enters.
class_endings = training_router("classes")
open_classes = training_router("classes")
_ONE = existing(CLASS, "class_id")
_PATH = "/classes/{class_id}"
_STEP: dict[str, Any] = {"scopes": WRITE, "guard": _ONE, "status_code": 201, "response_model": TrainingClass}
"""What the declarations of all steps have in common."""


@list_operation(
    open_classes,
    "/open-classes",
    OPEN_LISTING,
    page=OpenClassPage,
    scopes=OWN_READ,
    summary="List open classes",
)
async def list_open_classes(call: CurrentCall) -> Response:
    """Page through the classes of the caller's area that are open; a cooperative's own user may ask as well."""
    return await answer_list(call, OPEN_LISTING)


@router.operation(
    "GET",
    f"{_PATH}/summary",
    scopes=READ,
    guard=_ONE,
    response_model=ClassSummary,
    summary="Read the summary of a class",
)
async def read_class_summary(call: CurrentCall, class_id: Id) -> Response:
    """Count places, lượt, persons, organizations and hours of a class, from its records as they now stand."""
    summary = await call.db.fetchrow(SUMMARY, loaded(call, CLASS)["id"])
    assert summary is not None, "classes are never deleted"
    return json_reply({**summary, "training_class": CLASS_NAME.of(loaded(call, CLASS))}, cache=PRIVATE)


@router.operation(
    "POST",
    f"{_PATH}/opening",
    **_STEP,
    problems=(problems.ClassStateForbids,),
    summary="Open a class for registration",
)
async def open_class(call: CurrentCall, class_id: Id, body: ClassStepCreate) -> Response:
    """From now on officers and the cooperatives' own users may register, up to the capacity."""
    return await take_step(
        call, CLASS, class_id, lambda tx, row: service.step(tx, row, "open", "open", by=call.caller, reason=body.reason)
    )


@router.operation(
    "POST",
    f"{_PATH}/start",
    **_STEP,
    problems=(problems.ClassStateForbids, problems.ClassWithoutSessions),
    summary="Start a class",
)
async def start_class(call: CurrentCall, class_id: Id, body: ClassStepCreate) -> Response:
    """Registration ends; from now on attendance is taken. It needs at least one session."""
    return await take_step(
        call,
        CLASS,
        class_id,
        lambda tx, row: service.step(tx, row, "start", "running", by=call.caller, reason=body.reason),
    )


@router.operation(
    "POST",
    f"{_PATH}/completion",
    **_STEP,
    problems=(problems.ClassStateForbids, problems.ClassWithoutSessions, problems.ClassNotOver),
    summary="Complete a class",
)
async def complete_class(call: CurrentCall, class_id: Id, body: ClassStepCreate) -> Response:
    """From now on it counts, on the day of its last session. A tablet's late entries are still taken."""
    return await take_step(
        call,
        CLASS,
        class_id,
        lambda tx, row: service.step(tx, row, "complete", "held", by=call.caller, reason=body.reason),
    )


@class_endings.operation(
    "POST",
    f"{_PATH}/report",
    **_STEP,
    problems=(problems.ClassStateForbids, problems.NobodyAttended),
    summary="Report a class",
)
async def report_class(call: CurrentCall, class_id: Id, body: ClassReportCreate) -> Response:
    """Close the class with what it cost and what came of it. Corrections afterwards keep what was known before."""
    return await take_step(call, CLASS, class_id, lambda tx, row: service.report(tx, row, body, by=call.caller))


@class_endings.operation(
    "POST",
    f"{_PATH}/cancellation",
    **_STEP,
    problems=(problems.ClassStateForbids, problems.ClassAttended),
    summary="Cancel a class",
)
async def cancel_class(call: CurrentCall, class_id: Id, body: ClassCancellationCreate) -> Response:
    """Final, with its reason. A class that somebody attended is not cancelled but completed."""
    return await take_step(call, CLASS, class_id, lambda tx, row: service.cancel(tx, row, body, by=call.caller))
