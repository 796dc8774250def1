"""Saying who an unconfirmed trainee is: a person of its own, or one who is known already and takes over its records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid, NotFound
from kernel.records import records
from kernel.web.operations import Call
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.certificates.routes import CERTIFICATE
from services.training.classes.registrations.routes import GIVE_BACK, REGISTRATION
from services.training.classes.trainees.matching import SENSITIVE, TURN, keep_sensitive
from services.training.classes.trainees.records import TRAINEE, TRAINEE_KEPT
from services.training.classes.trainees.schemas import TraineeConfirmation

_NUMBER = ("id_number_last4", "id_number_sealed", "id_number_mark")
_FOLLOWS = (ATTENDANCE, CHECK_IN, CERTIFICATE)
_BOTH_ATTENDED = """
    SELECT class_id, array_agg(id::text ORDER BY id) AS attendance_ids FROM attendance
     WHERE trainee_id = ANY($1::uuid[]) GROUP BY class_id HAVING count(*) > 1 ORDER BY class_id LIMIT 1"""
_OTHER_WITH_NUMBER = """
    SELECT id FROM trainee
     WHERE alliance = $1 AND id_number_mark = $2 AND state = 'confirmed' AND NOT (id = ANY($3::uuid[])) LIMIT 1"""


async def confirm(tx: Transaction, call: Call, trainee_id: str, body: TraineeConfirmation) -> Mapping[str, Any]:
    """Confirm the unconfirmed trainee, or join it to another; return the one that stands.

    Raises NotFound, Invalid, TraineeConfirmed, TraineeErased, TraineeKnown, BothAttended.
    """
    row, into = await _both(tx, call, trainee_id, body.joined_to)
    if row["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=row["erased_on"].isoformat())
    if row["state"] != "unconfirmed":
        raise problems.TraineeConfirmed()
    if row["id_number_mark"] is not None:
        # Against an officer's entry of the same number at this moment.
        await tx.execute(TURN, f"trainee/{row['alliance']}//{row['id_number_mark']}")
    if into is None:
        await _refuse_number(tx, row, [row["id"]])
        values: dict[str, Any] = {"state": "confirmed"}
        after: Mapping[str, Any] = await records.update(
            tx, TRAINEE_KEPT, row, values, by=call.caller, reason=body.reason, action="confirmed"
        )
        return after
    return await _join(tx, call, row, into, body.reason)


async def _both(tx: Transaction, call: Call, trainee_id: str, joined_to: str | None) -> tuple[Row, Row | None]:
    """Return both trainees, locked against everything that is entered for them, always in the same order."""
    found = {}
    sql = f"{TRAINEE.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2) FOR UPDATE"
    for id_ in sorted({trainee_id, joined_to or trainee_id}):
        found[id_] = await tx.fetchrow(sql, id_, call.caller.alliance)
    row = found[trainee_id]
    if row is None:
        raise NotFound()
    if joined_to is None:
        return row, None
    into = found[joined_to]
    if into is None or into["alliance"] != row["alliance"] or into["erased_on"] is not None:
        words = ("Không có học viên này trong địa bàn của bạn.", "There is no such trainee in your area.")
        raise Invalid(FieldError("unknown_trainee", words, pointer="/joined_to"))
    if into["state"] == "unconfirmed":
        words = (
            "Người này cũng đang chờ xác nhận; hãy xác nhận người này trước.",
            "This one waits for confirmation as well; confirm it first.",
        )
        raise Invalid(FieldError("unconfirmed_trainee", words, pointer="/joined_to"))
    return row, into


async def _refuse_number(tx: Transaction, row: Row, of: list[str]) -> None:
    other = await tx.fetchval(_OTHER_WITH_NUMBER, row["alliance"], row["id_number_mark"], of)
    if other is not None:
        raise problems.TraineeKnown(trainee_id=other)


async def _join(tx: Transaction, call: Call, row: Row, into: Row, reason: str | None) -> Mapping[str, Any]:
    ids = [row["id"], into["id"]]
    if (both := await tx.fetchrow(_BOTH_ATTENDED, ids)) is not None:
        raise problems.BothAttended(class_id=both["class_id"], attendance_ids=both["attendance_ids"])
    if into["id_number_mark"] is None and row["id_number_mark"] is not None:
        await _refuse_number(tx, row, ids)
        number = {name: row[name] for name in _NUMBER}
    else:
        number = {}
    await _registrations(tx, call, row, into, reason)
    for resource in _FOLLOWS:
        sql = f"{resource.select} WHERE trainee_id = $1::uuid ORDER BY id FOR NO KEY UPDATE"
        for each in await tx.fetch(sql, row["id"]):
            await records.update(
                tx, resource, each, {"trainee_id": into["id"]}, by=call.caller, reason=reason, action="joined"
            )
    await _sensitive(tx, call, row, into)
    await records.remove(tx, TRAINEE_KEPT, row, by=call.caller, reason=reason, merged_into=into["id"])
    after: Mapping[str, Any] = await records.update(
        tx, TRAINEE_KEPT, into, number, by=call.caller, reason=reason, action="joined"
    )
    return after


async def _registrations(tx: Transaction, call: Call, row: Row, into: Row, reason: str | None) -> None:
    """Give the registrations over; where both have a place in a class, one is given back. Classes first, as elsewhere."""
    class_ids = "SELECT class_id FROM registration WHERE trainee_id = $1::uuid"
    await tx.execute(f"SELECT 1 FROM training_class WHERE id IN ({class_ids}) ORDER BY id FOR NO KEY UPDATE", row["id"])
    standing = "SELECT class_id FROM registration WHERE trainee_id = $1::uuid AND state = 'registered'"
    taken = {each["class_id"] for each in await tx.fetch(standing, into["id"])}
    sql = f"{REGISTRATION.select} WHERE trainee_id = $1::uuid ORDER BY id FOR NO KEY UPDATE"
    for each in await tx.fetch(sql, row["id"]):
        values = {"trainee_id": into["id"]}
        if each["state"] == "registered" and each["class_id"] in taken:
            values |= {"state": "cancelled", "cancelled_reason": "Người này đã có chỗ trong lớp."}
            await tx.execute(GIVE_BACK, each["class_id"])
        await records.update(tx, REGISTRATION, each, values, by=call.caller, reason=reason, action="joined")


async def _sensitive(tx: Transaction, call: Call, row: Row, into: Row) -> None:
    """Give over what was said of sensitive attributes, where nothing was said of them before."""
    sql = f"SELECT {', '.join(SENSITIVE)} FROM trainee_sensitive WHERE trainee_id = $1::uuid"
    said, known = await tx.fetchrow(sql, row["id"]), await tx.fetchrow(sql, into["id"])
    if said is None:
        return
    new = {name: said[name] for name in SENSITIVE if said[name] is not None and (known is None or known[name] is None)}
    await keep_sensitive(tx, call, into, new)
    await tx.execute("DELETE FROM trainee_sensitive WHERE trainee_id = $1::uuid", row["id"])
