"""Taking a place in a class and giving it back: never more places than the class has."""

from __future__ import annotations

from typing import TypedDict

from sqlmodel import select

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import param, statement
from kernel.web.auth import Caller
from services.training import models, problems
from services.training.classes.registrations.queries import GIVE_BACK, REGISTERED, TAKE_PLACE
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.registrations.schemas import RegistrationCreate
from services.training.classes.trainees.matching import Entering, find_or_create
from services.training.classes.trainees.replays import find_replay
from services.training.classes.training_classes.records import CLASS, class_named
from services.training.rows import RegistrationRow, TraineeRow, TrainingClassRow


class _Places(TypedDict):
    state: str
    capacity: int | None
    registered_count: int


_PLACES = statement(
    _Places,
    select(models.TrainingClass.state, models.TrainingClass.capacity, models.TrainingClass.registered_count).where(
        models.TrainingClass.id == param(1)
    ),
)
_LOCKED_CLASS = statement(TrainingClassRow, f"{CLASS.select} WHERE id = $1::uuid FOR NO KEY UPDATE")


async def register(tx: Transaction, body: RegistrationCreate, *, entering: Entering) -> tuple[RegistrationRow, bool]:
    """Take a place; return its row and whether it is new. The capacity is held by one statement.

    Raises IdInUse, ClassNotOpen, ClassFull, AlreadyRegistered, Invalid and what finding the person refuses.
    """
    by = entering.caller
    replay, digest = await find_replay(tx, REGISTRATION, body.id, body, entering=entering)
    if replay is not None:
        return replay, False
    training_class = await class_named(tx, body.class_id, "/class_id", by=by)
    trainee = await find_or_create(tx, body, training_class["alliance"], entering=entering)
    if await tx.fetchval(TAKE_PLACE, training_class["id"]) is None:
        raise await _why_refused(tx, training_class["id"])
    await _refuse_registered(tx, training_class["id"], trainee, by=by)
    values = {
        "id": body.id,
        "class_id": training_class["id"],
        "trainee_id": trainee["id"],
        "organization_id": trainee["organization_id"],
        "organization_name": trainee["organization_name"],
        "channel": "officer" if by.confined_to is None else "own",
        "state": "registered",
        "cancelled_reason": None,
        "alliance": training_class["alliance"],
    }
    return await records.create(tx, REGISTRATION, values, by=by, reason=body.reason, digest=digest), True


async def _refuse_registered(tx: Transaction, class_id: str, trainee: TraineeRow, *, by: Caller) -> None:
    """Raise AlreadyRegistered for a person who has a place, its class being locked: nobody takes one meanwhile.

    An own user is told of its own organization's registrations only, and of nobody else with the same number.
    """
    own = by.confined_to
    mark = trainee["id_number_mark"] if own is None else None
    registered = await tx.fetchrow(REGISTERED, class_id, trainee["id"], trainee["alliance"], mark)
    if registered is not None:
        is_told = own is None or registered["organization_id"] == own
        raise problems.AlreadyRegistered(registration_id=registered["id"] if is_told else None)


async def _why_refused(tx: Transaction, class_id: str) -> Exception:
    places = await tx.fetchrow(_PLACES, class_id)
    assert places is not None, "classes are never deleted"
    if places["state"] != "open":
        return problems.ClassNotOpen(state=places["state"])
    return problems.ClassFull(capacity=places["capacity"], registered_count=places["registered_count"])


async def lock_class(tx: Transaction, class_id: str) -> TrainingClassRow:
    """Return the class of a registration, locked: before the registration, as when a place is taken.

    So the two never wait for each other.
    """
    training_class = await tx.fetchrow(_LOCKED_CLASS, class_id)
    assert training_class is not None, "kept by a foreign key"
    return training_class


async def cancel(
    tx: Transaction, registration: RegistrationRow, training_class: TrainingClassRow, reason: str, *, by: Caller
) -> RegistrationRow:
    """Cancel the locked registration in the locked class. Raises RegistrationCancelled, ClassNotOpen."""
    if registration["state"] == "cancelled":
        raise problems.RegistrationCancelled()
    if training_class["state"] not in ("open", "running"):
        raise problems.ClassNotOpen(state=training_class["state"])
    values = {"state": "cancelled", "cancelled_reason": reason}
    after = await records.update(tx, REGISTRATION, registration, values, by=by, reason=reason)
    await tx.execute(GIVE_BACK, training_class["id"])
    return after
