"""Sessions of a class over HTTP: the class counts on the day of its last one, and its hours are their sum."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.problems.field_labels import Label
from kernel.records import records
from kernel.records.crud import Parent, change, listing_of, merge_patch_model, record_router, representation
from kernel.records.listing import SortKey, day_range, id_filter
from kernel.records.records import Resource, answer, existing, locked, table_of
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Recorded, text
from services.training import models, problems, rows
from services.training.classes.training_classes.records import CLASS, class_of, require
from services.training.classes.training_classes.service import sessions_changed
from services.training.field_types import UUID, Reason
from services.training.scopes import WRITE, Kind

TimeOfDay = Annotated[str, StringConstraints(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ClassSessionCreate(Input):
    """Enter a sitting of the class on one of its days."""

    id: Id | None = None
    number: Annotated[int, Field(strict=True, ge=1, le=500), Label("Buổi thứ")] = Field(
        description="Which sitting of the class, from 1"
    )
    held_on: Day
    start_time: TimeOfDay | None = Field(default=None, description="Time of day in Vietnam, HH:MM")
    minutes: Annotated[int, Field(strict=True, ge=1, le=1440)]
    topic: Annotated[str, text(300)] | None = None
    lecturer: Annotated[str, text(200)] | None = None
    reason: Reason | None = None


class ClassSession(Recorded):
    """One sitting of a class."""

    class_id: str = Field(json_schema_extra=UUID)
    number: Annotated[int, Label("Buổi thứ")]
    held_on: date
    start_time: TimeOfDay | None = Field(description="Time of day in Vietnam, HH:MM")
    minutes: int
    topic: str | None
    lecturer: str | None
    alliance: str


async def _columns(tx: Transaction, call: Call, body: ClassSessionCreate, row: Row | None) -> dict[str, Any]:
    class_id = call.found["id"] if row is None else row["class_id"]
    held = await class_of(tx, call, class_id, lock=True)
    require(held, "change")
    if not held["starts_on"] <= body.held_on <= held["ends_on"]:
        raise problems.SessionOutsideClass(
            held_on=body.held_on.isoformat(),
            starts_on=held["starts_on"].isoformat(),
            ends_on=held["ends_on"].isoformat(),
        )
    return {**body.model_dump(exclude={"id", "reason"}), "class_id": class_id, "alliance": held["alliance"]}


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.SessionNumberInUse(number=values["number"])


async def _after(tx: Transaction, call: Call, body: Any, row: Row) -> Row:
    await sessions_changed(tx, await class_of(tx, call, row["class_id"], lock=True), by=call.caller)
    return row


SESSION = Resource(
    "class_session",
    table_of(models.ClassSession),
    "/v1/training/sessions",
    representation(ClassSession),
    row=rows.ClassSessionRow,
)
_REFUSALS = (problems.SessionOutsideClass, problems.SessionNumberInUse, problems.ClassStateForbids)
KIND = Kind(
    resource=SESSION,
    plural="sessions",
    output=ClassSession,
    create=ClassSessionCreate,
    listing=listing_of(
        SESSION,
        ClassSession,
        (id_filter("class_id", "r.class_id", "Class."), *day_range("held_on", "r.held_on", "Day of the session")),
        sorts={"held_on": SortKey("r.held_on", "date"), "number": SortKey("r.number", "integer")},
    ),
    columns=_columns,
    refusals=_REFUSALS,
    unique={"uq_class_session_number": _number_in_use},
    under=Parent(CLASS, "classes", "class_id"),
    after=_after,
    many="class_sessions",
)
router = record_router(KIND)
ClassSessionChange = merge_patch_model(ClassSessionCreate)
_TO_CHANGE = existing(SESSION, "class_session_id", if_match=True)


@router.operation(
    "PATCH",
    "/sessions/{class_session_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    response_model=ClassSession,
    problems=_REFUSALS,
    summary="Correct a session",
)
async def change_class_session(
    call: CurrentCall,
    class_session_id: Id,
    body: ClassSessionChange,  # type: ignore[valid-type]
) -> Response:
    """Apply a merge patch; the class's day of counting and its hours follow."""
    async with call.db.transaction() as tx:
        # The class first, always: its sessions change one after the other.
        await class_of(tx, call, call.found["class_id"], lock=True)
        row = await locked(tx, call, SESSION, class_session_id)
        after = await change(tx, call, KIND, row, body)
        await _after(tx, call, body, after)
    return answer(call, SESSION, after)


@router.operation(
    "DELETE",
    "/sessions/{class_session_id}",
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    status_code=204,
    problems=(problems.SessionAttended,),
    summary="Take back a session entered by mistake",
)
async def remove_class_session(call: CurrentCall, class_session_id: Id) -> Response:
    """The session goes, if nobody checked in to it; the class's day of counting and its hours follow."""
    async with call.db.transaction() as tx:
        await class_of(tx, call, call.found["class_id"], lock=True)
        row = await locked(tx, call, SESSION, class_session_id)
        seen = await tx.fetchval("SELECT count(*) FROM check_in WHERE class_session_id = $1::uuid", row["id"])
        if seen:
            raise problems.SessionAttended(check_ins=seen)
        await records.remove(tx, SESSION, row, by=call.caller, reason=None)
        await _after(tx, call, None, row)
    return Response(None, 204, {"Cache-Control": "no-store"})
