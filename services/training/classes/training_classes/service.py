"""Entering classes, and the steps from the plan to the report."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.storage.files import check_files
from kernel.values.days import now, today
from kernel.values.ids import new_id
from kernel.values.text import name_folded
from kernel.web.auth import Caller
from kernel.web.operations import Call
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE
from services.training.classes.programs.routes import readable
from services.training.classes.training_classes.records import CLASS, require
from services.training.classes.training_classes.schemas import (
    ClassCancellationCreate,
    ClassReportCreate,
    SignedListCreate,
    TrainingClassCreate,
)
from services.training.field_types import placed


def joint_key(body: TrainingClassCreate) -> str | None:
    """Return what two alliances' records of one joint class agree on: its decision, else its name, and its first day."""
    if body.attribution != "joint":
        return None
    return f"{name_folded(body.decision_number or body.name)}|{body.starts_on}"


async def columns(tx: Transaction, call: Call, body: TrainingClassCreate, row: Row | None) -> dict[str, Any]:
    """Return the columns of a new class, or of what `row` becomes. Raises what refuses."""
    if row is not None:
        require(row, "change")
    where = placed(call, body.commune_code, body.commune_map)
    alliance = where["alliance"]
    if row is not None and row["alliance"] != alliance:
        words = ("Lớp không chuyển sang Liên minh khác.", "A class does not move to another alliance.")
        raise Invalid(FieldError("outside_area", words, pointer="/commune_code"))
    if body.program_id is not None and await readable(tx, call, body.program_id) is None:
        words = ("Không có chương trình này trong địa bàn của bạn.", "There is no such program in your area.")
        raise Invalid(FieldError("unknown_program", words, pointer="/program_id"))
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    lead = body.lead_alliance or alliance
    if body.attribution != "joint" and lead != alliance:
        words = ("Chỉ lớp phối hợp mới do Liên minh khác chủ trì.", "Only a joint class is led by another alliance.")
        raise Invalid(FieldError("not_allowed", words, pointer="/lead_alliance"))
    if body.attribution == "joint" and lead != alliance and alliance not in {p.alliance for p in body.partners}:
        words = ("Liên minh của bạn cần có trong đơn vị phối hợp.", "Your alliance has to be one of the partners.")
        raise Invalid(FieldError("required", words, pointer="/partners"))
    values = {
        **body.model_dump(exclude={"id", "reason", "is_held"}),
        **where,
        "lead_alliance": lead,
        "is_counted": lead == alliance,
        "joint_key": joint_key(body),
        "name_folded": name_folded(body.name),
    }
    if row is None:
        _refuse_untimely(body)
        return {**values, **_BEGINNING, "counted_on": body.ends_on, "state": "held" if body.is_held else "planned"}
    if body.capacity is not None and row["registered_count"] > body.capacity:
        raise problems.CapacityBelowRegistered(capacity=body.capacity, registered_count=row["registered_count"])
    last = await _last_session(tx, row["id"], body.starts_on, body.ends_on)
    return {**values, "counted_on": last or body.ends_on}


_BEGINNING: dict[str, Any] = {
    "session_minutes": 0,
    "registered_count": 0,
    "reported_attendance_count": None,
    "reported_list_file_id": None,
    "cancellation": None,
    "report": None,
}


def _refuse_untimely(body: TrainingClassCreate) -> None:
    if body.is_held and body.ends_on > today():
        words = (
            "Lớp chưa kết thúc nên chưa phải là đã tổ chức; hãy ghi sau ngày kết thúc.",
            "It has not ended yet, so it was not held; enter it afterwards.",
        )
        raise Invalid(FieldError("in_the_future", words, pointer="/ends_on"))


async def _last_session(tx: Transaction, class_id: str, first: date, last: date) -> date | None:
    """Return the day of the class's last session, or None without one. Raises SessionOutsideClass."""
    sql = "SELECT min(held_on) AS first, max(held_on) AS last FROM class_session WHERE class_id = $1::uuid"
    row = await tx.fetchrow(sql, class_id)
    assert row is not None, "an aggregate has a row"
    if row["first"] is None:
        return None
    if row["first"] < first or row["last"] > last:
        outside = row["first"] if row["first"] < first else row["last"]
        raise problems.SessionOutsideClass(
            held_on=outside.isoformat(), starts_on=first.isoformat(), ends_on=last.isoformat()
        )
    found: date = row["last"]
    return found


_SESSIONS = "SELECT max(held_on) AS last, coalesce(sum(minutes), 0)::int AS minutes FROM class_session WHERE class_id = $1::uuid"


async def sessions_changed(tx: Transaction, row: Row, *, by: Caller) -> Row:
    """Bring the locked class's day of counting and its hours to what its sessions now say."""
    found = await tx.fetchrow(_SESSIONS, row["id"])
    assert found is not None, "an aggregate has a row"
    values = {"counted_on": found["last"] or row["ends_on"], "session_minutes": found["minutes"]}
    after: Row = await records.update(tx, CLASS, row, values, by=by, action="derived")
    return after


def _recorded(by: Caller) -> dict[str, Any]:
    return {"recorded_by": by.id, "recorded_at": now().isoformat().replace("+00:00", "Z")}


async def step(tx: Transaction, row: Row, action: str, state: str, *, by: Caller, reason: str | None) -> Row:
    """Take a step that only changes the state. Raises ClassStateForbids, ClassWithoutSessions, ClassNotOver."""
    require(row, action)
    if action in ("start", "complete"):
        found = await tx.fetchrow(_SESSIONS, row["id"])
        assert found is not None, "an aggregate has a row"
        if found["last"] is None:
            raise problems.ClassWithoutSessions()
        if action == "complete" and found["last"] > today():
            raise problems.ClassNotOver(last_session_on=found["last"].isoformat())
    after: Row = await records.update(tx, CLASS, row, {"state": state}, by=by, reason=reason)
    return after


async def cancel(tx: Transaction, row: Row, body: ClassCancellationCreate, *, by: Caller) -> Row:
    """Call the locked class off. Raises ClassStateForbids; ClassAttended where somebody was there already."""
    require(row, "cancel")
    if await tx.fetchval("SELECT EXISTS (SELECT FROM attendance WHERE class_id = $1::uuid)", row["id"]):
        raise problems.ClassAttended()
    values = {"state": "cancelled", "cancellation": {**body.model_dump(mode="json"), **_recorded(by)}}
    after: Row = await records.update(tx, CLASS, row, values, by=by, reason=body.reason)
    return after


async def report(tx: Transaction, row: Row, body: ClassReportCreate, *, by: Caller) -> Row:
    """Report the locked class. Raises ClassStateForbids, NobodyAttended, Invalid."""
    require(row, "report")
    if faults := await check_files(tx, by, body.file_ids):
        raise Invalid(*faults)
    if body.reported_on < row["counted_on"]:
        words = (
            "Ngày này trước ngày kết thúc lớp; hãy ghi ngày đó hoặc sau đó.",
            "This is before the class was over; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/reported_on"))
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM attendance WHERE class_id = $1::uuid)", row["id"]):
        raise problems.NobodyAttended()
    kept = {**body.model_dump(mode="json", exclude={"actual_cost"}), **_recorded(by)}
    values: dict[str, Any] = {"state": "reported", "report": kept}
    if body.actual_cost is not None:
        values["actual_cost"] = [item.model_dump() for item in body.actual_cost]
    after: Row = await records.update(tx, CLASS, row, values, by=by)
    return after


async def sign_list(tx: Transaction, row: Row, body: SignedListCreate, *, by: Caller) -> Row:
    """Keep the number of a signed list for the locked class: one entry of the attendance list that stands for all.

    Raises ClassStateForbids, AttendancesKnown, Invalid.
    """
    require(row, "attend")
    if await check_files(tx, by, [body.file_id]):
        words = ("Không có tệp này; hãy tải lên trước.", "There is no such file; upload it first.")
        raise Invalid(FieldError("unknown_file", words, pointer="/file_id"))
    known = await tx.fetchrow(
        "SELECT count(*) FILTER (WHERE trainee_id IS NOT NULL) AS persons, bool_or(trainee_id IS NULL) AS has_list "
        "FROM attendance WHERE class_id = $1::uuid",
        row["id"],
    )
    assert known is not None, "an aggregate has a row"
    if known["persons"] or known["has_list"]:
        raise problems.AttendancesKnown(
            attendances=known["persons"], reported_attendance_count=row["reported_attendance_count"]
        )
    entry = {
        "id": new_id(),
        "class_id": row["id"],
        "trainee_id": None,
        "counted": body.reported_attendance_count,
        "organization_id": None,
        "organization_name": None,
        "audience": body.audience,
        "is_walk_in": False,
        "source": "signed_list",
        "session_ids": [],
        "first_seen_at": None,
        "allowance_vnd": None,
        "file_id": body.file_id,
        "note": None,
        "alliance": row["alliance"],
    }
    await records.create(tx, ATTENDANCE, entry, by=by, reason=body.reason)
    values = {"reported_attendance_count": body.reported_attendance_count, "reported_list_file_id": body.file_id}
    after: Row = await records.update(tx, CLASS, row, values, by=by, reason=body.reason)
    return after
