"""Who was there: entries of the attendance list, and the check-ins that make them.

The same check-ins lead to the same list in whatever order they come: sessions are a set, and the earliest check-in says
where an entry is known from.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.values.days import now
from kernel.web.auth import Caller
from services.training import problems
from services.training.classes.attendances import queries
from services.training.classes.attendances.queries import Standing
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.attendances.schemas import AttendanceChange, AttendanceCreate, CheckInCreate
from services.training.classes.trainees.locks import attendance_turn
from services.training.classes.trainees.matching import Entering, find_or_create
from services.training.classes.trainees.replays import find_replay
from services.training.classes.training_classes.devices import is_elsewhere, refuse_over
from services.training.classes.training_classes.records import CLASS, class_named
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.rows import AttendanceRow, CheckInRow, TraineeRow, TrainingClassRow


async def attend(tx: Transaction, body: AttendanceCreate, *, entering: Entering) -> tuple[AttendanceRow, bool]:
    """Put a person on the list; return the entry and whether it is new.

    Raises IdInUse, ClassStateForbids, NotRegistered, AlreadyAttended, KnownByListOnly and what finding the person refuses.
    """
    replay, digest = await find_replay(tx, ATTENDANCE, body.id, body, entering=entering)
    if replay is not None:
        return replay, False
    training_class = await _attended_class(tx, body.class_id, "/class_id", by=entering.caller)
    trainee, standing = await _person_in_class(tx, training_class, body, entering=entering)
    if standing["attendance_id"] is not None:
        raise problems.AlreadyAttended(attendance_id=standing["attendance_id"])
    values = {
        **_entry(training_class, trainee, standing, body),
        "id": body.id,
        "allowance_vnd": body.allowance_vnd,
        "note": body.note,
    }
    attendance = await records.create(tx, ATTENDANCE, values, by=entering.caller, reason=body.reason, digest=digest)
    return attendance, True


async def check_in(tx: Transaction, body: CheckInCreate, *, entering: Entering) -> tuple[CheckInRow, bool]:
    """Enter that a person was at a session; the attendance list follows. Return the check-in and whether it is new.

    Raises AlreadyCheckedIn, ClassDeviceEnded and what `attend` raises.
    """
    by = entering.caller
    session = await tx.fetchrow(queries.SESSION, body.class_session_id, by.alliance)
    is_known = session is not None and not is_elsewhere(by, session["class_id"])
    # Before what was answered to the same id: a device learns nothing of another class.
    if is_known or by.confined_to_class is None:
        replay, digest = await find_replay(tx, CHECK_IN, body.id, body, entering=entering)
        if replay is not None:
            return replay, False
    if session is None or not is_known:
        words = ("Không có buổi học này trong địa bàn của bạn.", "There is no such session in your area.")
        raise Invalid(FieldError("unknown_class_session", words, pointer="/class_session_id"))
    training_class = await _attended_class(tx, session["class_id"], "/class_session_id", by=by)
    trainee, standing = await _person_in_class(tx, training_class, body, entering=entering)
    existing = await tx.fetchval(queries.CHECKED_IN, session["id"], trainee["id"])
    if existing is not None:
        raise problems.AlreadyCheckedIn(check_in_id=existing, attendance_id=standing["attendance_id"])
    at = body.checked_in_at or now()
    if standing["attendance_id"] is None:
        entry = {
            **_entry(training_class, trainee, standing, body),
            "session_ids": [session["id"]],
            "first_seen_at": at,
        }
        attendance = await records.create(tx, ATTENDANCE, entry, by=by, reason=body.reason)
    else:
        attendance = await _add_session(tx, standing["attendance_id"], session["id"], at, body.source, by=by)
    values = {
        "id": body.id,
        "class_id": training_class["id"],
        "class_session_id": session["id"],
        "attendance_id": attendance["id"],
        "trainee_id": trainee["id"],
        "organization_id": attendance["organization_id"],
        "source": body.source,
        "is_walk_in": attendance["is_walk_in"],
        "checked_in_at": at,
        "device": body.device,
        "alliance": training_class["alliance"],
    }
    return await records.create(tx, CHECK_IN, values, by=by, reason=body.reason, digest=digest), True


async def _attended_class(tx: Transaction, class_id: str, pointer: str, *, by: Caller) -> TrainingClassRow:
    training_class = await class_named(tx, class_id, pointer, by=by)
    refuse_over(by, training_class)
    CLASS_STEPS.require("attend", training_class["state"])
    return training_class


async def _person_in_class(
    tx: Transaction, training_class: TrainingClassRow, body: AttendanceCreate | CheckInCreate, *, entering: Entering
) -> tuple[TraineeRow, Standing]:
    """Return the trainee as whom the person stands in the class, and how, against others who enter the same person.

    Raises KnownByListOnly, NotRegistered and what finding the person refuses.
    """
    class_id = training_class["id"]
    trainee = await find_or_create(tx, body, training_class["alliance"], entering=entering, attends=class_id)
    standing = await tx.fetchrow(queries.STANDING, class_id, trainee["id"])
    assert standing is not None, "a select without FROM has a row"
    if standing["list_id"] is not None:
        raise problems.KnownByListOnly(
            reported_attendance_count=training_class["reported_attendance_count"], attendance_id=standing["list_id"]
        )
    if not standing["is_registered"] and not body.is_walk_in and standing["attendance_id"] is None:
        raise problems.NotRegistered(trainee_id=trainee["id"], class_id=class_id)
    return trainee, standing


def _entry(
    training_class: TrainingClassRow,
    trainee: TraineeRow,
    standing: Standing,
    body: AttendanceCreate | CheckInCreate,
) -> dict[str, Any]:
    return {
        "class_id": training_class["id"],
        "trainee_id": trainee["id"],
        "counted": 1,
        "organization_id": trainee["organization_id"],
        "organization_name": trainee["organization_name"],
        "audience": body.audience or trainee["audience"],
        "is_walk_in": not standing["is_registered"],
        "source": body.source,
        "session_ids": [],
        "first_seen_at": None,
        "allowance_vnd": None,
        "file_id": None,
        "note": None,
        "alliance": training_class["alliance"],
    }


async def _add_session(
    tx: Transaction, attendance_id: str, session_id: str, at: datetime, source: str, *, by: Caller
) -> AttendanceRow:
    attendance = await tx.fetchrow(queries.TO_CHANGE, attendance_id)
    assert attendance is not None, "found in this transaction, under its person's lock"
    values: dict[str, Any] = {"session_ids": sorted({*orjson.loads(attendance["session_ids"]), session_id})}
    if attendance["first_seen_at"] is not None and at < attendance["first_seen_at"]:
        values.update(first_seen_at=at, source=source)
    return await records.update(tx, ATTENDANCE, attendance, values, by=by, action="derived")


async def change_attendance(
    tx: Transaction, attendance: AttendanceRow, patch: AttendanceChange, *, by: Caller
) -> AttendanceRow:
    """Correct the locked entry. Raises ClassStateForbids, and TraineeErased for a note on somebody whose notes were erased."""
    training_class = await records.read(tx, CLASS, attendance["class_id"], by)
    assert training_class is not None, "kept by a foreign key"
    CLASS_STEPS.require("attend", training_class["state"])
    values = patch.model_dump(include=patch.model_fields_set - {"reason"})
    if values.get("note") is not None and attendance["trainee_id"] is not None:
        erased_on = await tx.fetchval(queries.ERASED_ON, attendance["trainee_id"])
        if erased_on is not None:
            raise problems.TraineeErased(erased_on=erased_on.isoformat())
    return await records.update(tx, ATTENDANCE, attendance, values, by=by, reason=patch.reason, action="corrected")


async def remove_attendance(tx: Transaction, attendance: AttendanceRow, *, by: Caller, reason: str | None) -> None:
    """Delete the locked entry of the list with its check-ins; a signed list's number goes from the class as well.

    Raises CertificateStands.
    """
    certificate_id = await tx.fetchval(queries.VALID_CERTIFICATE, attendance["class_id"], attendance["trainee_id"])
    if certificate_id is not None:
        raise problems.CertificateStands(training_certificate_id=certificate_id)
    if attendance["trainee_id"] is None:
        training_class = await records.read(tx, CLASS, attendance["class_id"], by, lock=True)
        assert training_class is not None, "kept by a foreign key"
        no_list = {"reported_attendance_count": None, "reported_list_file_id": None}
        await records.update(tx, CLASS, training_class, no_list, by=by)
    for each in await tx.fetch(queries.CHECK_INS, attendance["id"]):
        await records.remove(tx, CHECK_IN, each, by=by, reason=reason)
    await records.remove(tx, ATTENDANCE, attendance, by=by, reason=reason)


async def remove_check_in(tx: Transaction, row: CheckInRow, *, by: Caller, reason: str | None) -> None:
    """Delete the locked check-in; an entry of the list that stood on it alone goes as well. Raises CertificateStands."""
    who = await tx.fetchval(queries.WHO, row["trainee_id"])
    assert who is not None, "kept by a foreign key"
    await attendance_turn(tx, row["class_id"], who)
    attendance = await tx.fetchrow(queries.TO_DELETE, row["attendance_id"])
    assert attendance is not None, "kept by a foreign key"
    others = await tx.fetch(queries.OTHER_CHECK_INS, attendance["id"], row["id"])
    if not others and attendance["first_seen_at"] is not None:
        await remove_attendance(tx, attendance, by=by, reason=reason)
        return
    await records.remove(tx, CHECK_IN, row, by=by, reason=reason)
    values: dict[str, Any] = {"session_ids": sorted({each["class_session_id"] for each in others})}
    if attendance["first_seen_at"] is not None:
        values.update(first_seen_at=others[0]["checked_in_at"], source=others[0]["source"])
    await records.update(tx, ATTENDANCE, attendance, values, by=by, action="derived")
