"""Saying who an unconfirmed trainee is: a person of its own, or one who is known already and takes over its records."""

from __future__ import annotations

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid, NotFound
from kernel.web.auth import Caller
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.confirmations import queries
from services.training.classes.confirmations.schemas import TraineeConfirmation
from services.training.classes.registrations.queries import GIVE_BACK
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.trainees.columns import NUMBER_COLUMNS
from services.training.classes.trainees.locks import number_turn
from services.training.classes.trainees.records import TRAINEE_KEPT
from services.training.classes.trainees.sensitive_attributes import (
    FORGET_SENSITIVE,
    SENSITIVE_ATTRIBUTES,
    keep_sensitive,
)
from services.training.rows import TraineeRow

# Tables whose rows go over to the trainee that a person is joined to, in the order in which they are locked.
_FOLLOWS = (
    (ATTENDANCE, queries.ATTENDANCES),
    (CHECK_IN, queries.CHECK_INS),
    (CERTIFICATE, queries.CERTIFICATES),
)


async def confirm_trainee(
    tx: Transaction, trainee_id: str, body: TraineeConfirmation, *, by: Caller, request_id: str
) -> TraineeRow:
    """Confirm the unconfirmed trainee, or join it to another; return the one that stands.

    Raises NotFound, Invalid, TraineeConfirmed, TraineeErased, TraineeKnown, BothAttended.
    """
    trainee, into = await _both(tx, trainee_id, body.joined_to, by=by)
    if trainee["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=trainee["erased_on"].isoformat())
    if trainee["state"] != "unconfirmed":
        raise problems.TraineeConfirmed()
    if trainee["id_number_mark"] is not None:
        # Against an officer's entry of the same number at this moment.
        await number_turn(tx, trainee["alliance"], trainee["id_number_mark"])
    if into is not None:
        return await _join(tx, trainee, into, by=by, reason=body.reason, request_id=request_id)
    await _refuse_number(tx, trainee, [trainee["id"]])
    return await records.update(
        tx, TRAINEE_KEPT, trainee, {"state": "confirmed"}, by=by, reason=body.reason, action="confirmed"
    )


async def _both(
    tx: Transaction, trainee_id: str, joined_to: str | None, *, by: Caller
) -> tuple[TraineeRow, TraineeRow | None]:
    """Return both trainees, locked against everything that is entered for them, always in the same order."""
    locked: dict[str, TraineeRow | None] = {}
    for id_ in sorted({trainee_id, joined_to or trainee_id}):
        locked[id_] = await tx.fetchrow(queries.LOCKED, id_, by.alliance)
    trainee = locked[trainee_id]
    if trainee is None:
        raise NotFound()
    if joined_to is None:
        return trainee, None
    into = locked[joined_to]
    if into is None or into["alliance"] != trainee["alliance"] or into["erased_on"] is not None:
        words = ("Không có học viên này trong địa bàn của bạn.", "There is no such trainee in your area.")
        raise Invalid(FieldError("unknown_trainee", words, pointer="/joined_to"))
    if into["state"] == "unconfirmed":
        words = (
            "Người này cũng đang chờ xác nhận; hãy xác nhận người này trước.",
            "This one waits for confirmation as well; confirm it first.",
        )
        raise Invalid(FieldError("unconfirmed_trainee", words, pointer="/joined_to"))
    return trainee, into


async def _refuse_number(tx: Transaction, trainee: TraineeRow, among: list[str]) -> None:
    """Raise TraineeKnown where somebody confirmed, not `among` these, has the number of `trainee`."""
    other = await tx.fetchval(queries.OTHER_WITH_NUMBER, trainee["alliance"], trainee["id_number_mark"], among)
    if other is not None:
        raise problems.TraineeKnown(trainee_id=other)


async def _join(
    tx: Transaction, trainee: TraineeRow, into: TraineeRow, *, by: Caller, reason: str | None, request_id: str
) -> TraineeRow:
    ids = [trainee["id"], into["id"]]
    if (both := await tx.fetchrow(queries.BOTH_ATTENDED, ids)) is not None:
        raise problems.BothAttended(class_id=both["class_id"], attendance_ids=both["attendance_ids"])
    number = {}
    if into["id_number_mark"] is None and trainee["id_number_mark"] is not None:
        await _refuse_number(tx, trainee, ids)
        number = {name: value for name, value in trainee.items() if name in NUMBER_COLUMNS}
    await _join_registrations(tx, trainee, into, by=by, reason=reason)
    for resource, of_trainee in _FOLLOWS:
        for row in await tx.fetch(of_trainee, trainee["id"]):
            await records.update(tx, resource, row, {"trainee_id": into["id"]}, by=by, reason=reason, action="joined")
    await _join_sensitive(tx, trainee, into, by=by, request_id=request_id)
    await records.remove(tx, TRAINEE_KEPT, trainee, by=by, reason=reason, merged_into=into["id"])
    return await records.update(tx, TRAINEE_KEPT, into, number, by=by, reason=reason, action="joined")


async def _join_registrations(
    tx: Transaction, trainee: TraineeRow, into: TraineeRow, *, by: Caller, reason: str | None
) -> None:
    """Give the registrations over; where both have a place in a class, one is given back. Classes first, as elsewhere."""
    await tx.execute(queries.LOCK_CLASSES, trainee["id"])
    taken = {place["class_id"] for place in await tx.fetch(queries.REGISTERED, into["id"])}
    for registration in await tx.fetch(queries.REGISTRATIONS, trainee["id"]):
        values = {"trainee_id": into["id"]}
        if registration["state"] == "registered" and registration["class_id"] in taken:
            values |= {"state": "cancelled", "cancelled_reason": "Người này đã có chỗ trong lớp."}
            await tx.execute(GIVE_BACK, registration["class_id"])
        await records.update(tx, REGISTRATION, registration, values, by=by, reason=reason, action="joined")


async def _join_sensitive(
    tx: Transaction, trainee: TraineeRow, into: TraineeRow, *, by: Caller, request_id: str
) -> None:
    """Give over what was said of sensitive attributes, where nothing was said of them before."""
    attributes = await tx.fetchrow(SENSITIVE_ATTRIBUTES, trainee["id"])
    before = await tx.fetchrow(SENSITIVE_ATTRIBUTES, into["id"])
    if attributes is None:
        return
    kept = set() if before is None else {name for name, value in before.items() if value is not None}
    new = {name: value for name, value in attributes.items() if value is not None and name not in kept}
    await keep_sensitive(tx, into["id"], new, alliance=into["alliance"], by=by, request_id=request_id)
    await tx.execute(FORGET_SENSITIVE, trainee["id"])
