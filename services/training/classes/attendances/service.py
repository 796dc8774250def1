"""Who was there: entries of the attendance list, and the check-ins that make them.

The same check-ins lead to the same list in whatever order they come: sessions are a set, and the earliest check-in says
where an entry is known from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.records import Resource
from kernel.storage.sealing import sealer_of
from kernel.values.days import now
from kernel.web.operations import Call
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN, AttendanceCreate, CheckInCreate
from services.training.classes.trainees.matching import as_in_class, person_of, without_secrets
from services.training.classes.training_classes.records import CLASS, require

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
# One read for all that decides: whether the class is known by a list, registered for, and has an entry of this person.
_STANDING = """
    SELECT (SELECT id FROM attendance WHERE class_id = $1::uuid AND trainee_id IS NULL) AS list_id,
           (SELECT id FROM attendance WHERE class_id = $1::uuid AND trainee_id = $2::uuid) AS attendance_id,
           EXISTS (SELECT FROM registration
                    WHERE class_id = $1::uuid AND trainee_id = $2::uuid AND state = 'registered') AS is_registered"""


async def _sent_before(tx: Transaction, call: Call, resource: Resource[Any], body: Any) -> tuple[Row | None, bytes]:
    digest = records.fingerprint(without_secrets(sealer_of(call), body.model_dump(exclude_unset=True, mode="json")))
    if body.id is None or (known := await records.first_digest(tx, resource, body.id)) is None:
        return None, digest
    row = await records.read(tx, resource, body.id, call.caller)
    if known != digest or row is None:
        raise kernel_problems.IdInUse(id=body.id)
    return row, digest


async def _class_named(tx: Transaction, call: Call, class_id: str, pointer: str) -> Row:
    held = await records.read(tx, CLASS, class_id, call.caller)
    if held is None:
        words = ("Không có lớp này trong địa bàn của bạn.", "There is no such class in your area.")
        raise Invalid(FieldError("unknown_class", words, pointer=pointer))
    require(held, "attend")
    return held


async def _standing(tx: Transaction, held: Row, person: Row, *, is_walk_in: bool) -> tuple[Row, Row]:
    """Return the trainee as whom the person stands in the class, and how, both locked against each other.

    Raises KnownByListOnly, NotRegistered.
    """
    await tx.execute(_TURN, f"attendance/{held['id']}/{person['id_number_mark'] or person['id']}")
    person = await as_in_class(tx, person, held["id"])
    standing = await tx.fetchrow(_STANDING, held["id"], person["id"])
    assert standing is not None, "a select without FROM has a row"
    if standing["list_id"] is not None:
        raise problems.KnownByListOnly(
            reported_attendance_count=held["reported_attendance_count"], attendance_id=standing["list_id"]
        )
    if not standing["is_registered"] and not is_walk_in and standing["attendance_id"] is None:
        raise problems.NotRegistered(trainee_id=person["id"], class_id=held["id"])
    return person, standing


def _entry(held: Row, person: Row, standing: Row, body: AttendanceCreate | CheckInCreate) -> dict[str, Any]:
    return {
        "class_id": held["id"],
        "trainee_id": person["id"],
        "counted": 1,
        "organization_id": person["organization_id"],
        "organization_name": person["organization_name"],
        "audience": body.audience or person["audience"],
        "is_walk_in": not standing["is_registered"],
        "source": body.source,
        "session_ids": [],
        "first_seen_at": None,
        "allowance_vnd": None,
        "file_id": None,
        "note": None,
        "alliance": held["alliance"],
    }


async def attend(tx: Transaction, call: Call, body: AttendanceCreate) -> tuple[Row, bool]:
    """Put a person on the list; return the entry and whether it is new.

    Raises ClassStateForbids, NotRegistered, AlreadyAttended, KnownByListOnly and what finding the person refuses.
    """
    known, digest = await _sent_before(tx, call, ATTENDANCE, body)
    if known is not None:
        return known, False
    held = await _class_named(tx, call, body.class_id, "/class_id")
    person = await person_of(tx, call, body.trainee_id, body.trainee, held["alliance"])
    person, standing = await _standing(tx, held, person, is_walk_in=body.is_walk_in)
    if standing["attendance_id"] is not None:
        raise problems.AlreadyAttended(attendance_id=standing["attendance_id"])
    values = {
        **_entry(held, person, standing, body),
        "id": body.id,
        "allowance_vnd": body.allowance_vnd,
        "note": body.note,
    }
    return await records.create(tx, ATTENDANCE, values, by=call.caller, reason=body.reason, digest=digest), True


_SESSION = "SELECT id, class_id FROM class_session WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2)"
_CHECKED_IN = "SELECT id FROM check_in WHERE class_session_id = $1::uuid AND trainee_id = $2::uuid"


async def check_in(tx: Transaction, call: Call, body: CheckInCreate) -> tuple[Row, bool]:
    """Enter that a person was at a session; the attendance list follows. Return the check-in and whether it is new.

    Raises AlreadyCheckedIn and what `attend` raises.
    """
    known, digest = await _sent_before(tx, call, CHECK_IN, body)
    if known is not None:
        return known, False
    session = await tx.fetchrow(_SESSION, body.class_session_id, call.caller.alliance)
    if session is None:
        words = ("Không có buổi học này trong địa bàn của bạn.", "There is no such session in your area.")
        raise Invalid(FieldError("unknown_class_session", words, pointer="/class_session_id"))
    held = await _class_named(tx, call, session["class_id"], "/class_session_id")
    person = await person_of(tx, call, body.trainee_id, body.trainee, held["alliance"])
    person, standing = await _standing(tx, held, person, is_walk_in=body.is_walk_in)
    found = await tx.fetchval(_CHECKED_IN, session["id"], person["id"])
    if found is not None:
        raise problems.AlreadyCheckedIn(check_in_id=found, attendance_id=standing["attendance_id"])
    at = body.checked_in_at or now()
    entered: Mapping[str, Any]
    if standing["attendance_id"] is None:
        entry = {**_entry(held, person, standing, body), "session_ids": [session["id"]], "first_seen_at": at}
        entered = await records.create(tx, ATTENDANCE, entry, by=call.caller, reason=body.reason)
    else:
        entered = await _entered_again(tx, call, standing["attendance_id"], session["id"], at, body.source)
    values = {
        "id": body.id,
        "class_id": held["id"],
        "class_session_id": session["id"],
        "attendance_id": entered["id"],
        "trainee_id": person["id"],
        "organization_id": entered["organization_id"],
        "source": body.source,
        "is_walk_in": entered["is_walk_in"],
        "checked_in_at": at,
        "device": body.device,
        "alliance": held["alliance"],
    }
    return await records.create(tx, CHECK_IN, values, by=call.caller, reason=body.reason, digest=digest), True


async def _entered_again(
    tx: Transaction, call: Call, attendance_id: str, session_id: str, at: Any, source: str
) -> Mapping[str, Any]:
    row = await tx.fetchrow(f"{ATTENDANCE.select} WHERE id = $1::uuid FOR NO KEY UPDATE", attendance_id)
    assert row is not None, "found in this transaction, under its person's lock"
    sessions = sorted({*orjson.loads(row["session_ids"]), session_id})
    values: dict[str, Any] = {"session_ids": sessions}
    if row["first_seen_at"] is not None and at < row["first_seen_at"]:
        values.update(first_seen_at=at, source=source)
    after: Mapping[str, Any] = await records.update(tx, ATTENDANCE, row, values, by=call.caller, action="derived")
    return after


async def take_back(tx: Transaction, call: Call, row: Row) -> None:
    """Remove the locked entry of the list with its check-ins; a signed list's number goes from the class as well.

    Raises CertificateStands.
    """
    standing = await tx.fetchval(
        "SELECT id FROM training_certificate WHERE class_id = $1::uuid AND trainee_id = $2::uuid AND state = 'valid'",
        row["class_id"],
        row["trainee_id"],
    )
    if standing is not None:
        raise problems.CertificateStands(training_certificate_id=standing)
    if row["trainee_id"] is None:
        held = await records.read(tx, CLASS, row["class_id"], call.caller, lock=True)
        assert held is not None, "kept by a foreign key"
        none = {"reported_attendance_count": None, "reported_list_file_id": None}
        await records.update(tx, CLASS, held, none, by=call.caller)
    for each in await tx.fetch(f"{CHECK_IN.select} WHERE attendance_id = $1::uuid ORDER BY id FOR UPDATE", row["id"]):
        await records.remove(tx, CHECK_IN, each, by=call.caller, reason=None)
    await records.remove(tx, ATTENDANCE, row, by=call.caller, reason=None)


async def take_back_check_in(tx: Transaction, call: Call, row: Row) -> None:
    """Remove the locked check-in; an entry of the list that stood on it alone goes as well. Raises CertificateStands."""
    who = await tx.fetchval(
        "SELECT coalesce(id_number_mark, id::text) FROM trainee WHERE id = $1::uuid", row["trainee_id"]
    )
    await tx.execute(_TURN, f"attendance/{row['class_id']}/{who}")
    entry = await tx.fetchrow(f"{ATTENDANCE.select} WHERE id = $1::uuid FOR UPDATE", row["attendance_id"])
    assert entry is not None, "kept by a foreign key"
    left = await tx.fetch(
        f"{CHECK_IN.select} WHERE attendance_id = $1::uuid AND id <> $2::uuid ORDER BY checked_in_at, id",
        entry["id"],
        row["id"],
    )
    if not left and entry["first_seen_at"] is not None:
        await take_back(tx, call, entry)
        return
    await records.remove(tx, CHECK_IN, row, by=call.caller, reason=None)
    values: dict[str, Any] = {"session_ids": sorted({each["class_session_id"] for each in left})}
    if entry["first_seen_at"] is not None:
        values.update(first_seen_at=left[0]["checked_in_at"], source=left[0]["source"])
    await records.update(tx, ATTENDANCE, entry, values, by=call.caller, action="derived")
