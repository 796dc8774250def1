"""The steps of a class, from the plan to the report, and what follows from its sessions."""

from __future__ import annotations

from sqlmodel import exists, select

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, param
from kernel.problems import FieldError, Invalid
from kernel.storage.files import check_files
from kernel.values.days import today
from kernel.web.auth import Caller
from services.training import models, problems
from services.training.classes.training_classes.queries import session_totals
from services.training.classes.training_classes.records import CLASS, class_of
from services.training.classes.training_classes.schemas import ClassCancellationCreate, ClassReportCreate
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.rows import TrainingClassRow
from services.training.steps import cancelled, reported

_IS_ATTENDED = always(bool, select(exists().where(models.Attendance.class_id == param(1))))


async def follow_sessions(tx: Transaction, class_id: str, *, by: Caller) -> None:
    """Bring the class's day of counting and its hours to what its sessions now say, the class being locked."""
    training_class = await class_of(tx, class_id, by=by, lock=True)
    sessions = await session_totals(tx, class_id)
    values = {"counted_on": sessions["last"] or training_class["ends_on"], "session_minutes": sessions["minutes"]}
    await records.update(tx, CLASS, training_class, values, by=by, action="derived")


async def step(
    tx: Transaction, row: TrainingClassRow, action: str, state: str, *, by: Caller, reason: str | None
) -> TrainingClassRow:
    """Take a step that only changes the state. Raises ClassStateForbids, ClassWithoutSessions, ClassNotOver."""
    CLASS_STEPS.require(action, row["state"])
    if action in ("start", "complete"):
        last = (await session_totals(tx, row["id"]))["last"]
        if last is None:
            raise problems.ClassWithoutSessions()
        if action == "complete" and last > today():
            raise problems.ClassNotOver(last_session_on=last.isoformat())
    return await records.update(tx, CLASS, row, {"state": state}, by=by, reason=reason)


async def cancel(
    tx: Transaction, row: TrainingClassRow, body: ClassCancellationCreate, *, by: Caller
) -> TrainingClassRow:
    """Cancel the locked class. Raises ClassStateForbids; ClassAttended where somebody was there already."""
    CLASS_STEPS.require("cancel", row["state"])
    if await tx.fetchval(_IS_ATTENDED, row["id"]):
        raise problems.ClassAttended()
    return await records.update(tx, CLASS, row, cancelled(body, by=by), by=by, reason=body.reason)


async def report(tx: Transaction, row: TrainingClassRow, body: ClassReportCreate, *, by: Caller) -> TrainingClassRow:
    """Report the locked class. Raises ClassStateForbids, NobodyAttended, Invalid."""
    CLASS_STEPS.require("report", row["state"])
    if field_errors := await check_files(tx, by, body.file_ids):
        raise Invalid(*field_errors)
    if body.reported_on < row["counted_on"]:
        words = (
            "Ngày này trước ngày kết thúc lớp; hãy ghi ngày đó hoặc sau đó.",
            "This is before the class was over; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/reported_on"))
    if not await tx.fetchval(_IS_ATTENDED, row["id"]):
        raise problems.NobodyAttended()
    return await records.update(tx, CLASS, row, reported(body, by=by), by=by)
