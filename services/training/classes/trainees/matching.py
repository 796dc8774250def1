"""Finding a person again, so that one person is one trainee however often entered.

An officer's entry is looked for in the whole alliance. An entry of an organization's own user is looked for among that
organization's persons alone and waits `unconfirmed` for an officer: whether somebody has the same number elsewhere is
not looked at, so nothing that its user sees, not even how long the answer takes, can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.feed.organizations import organization
from kernel.problems import FieldError, Invalid
from kernel.storage.sealing import Sealer, sealer_of
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.trainees.columns import NUMBER_COLUMNS, trainee_columns
from services.training.classes.trainees.locks import attendance_turn, number_turn, person_turn
from services.training.classes.trainees.queries import BY_KEY, BY_NUMBER, IN_CLASS, NAMED, OWN_BY_NUMBER
from services.training.classes.trainees.records import TRAINEE_KEPT
from services.training.classes.trainees.schemas import Person, TraineeNamed
from services.training.classes.trainees.sensitive_attributes import keep_sensitive
from services.training.rows import TraineeRow


@dataclass(frozen=True, slots=True)
class Entering:
    """What entering persons takes of a request: who enters, what the registry answered, and the seal of numbers."""

    caller: Caller
    asked: dict[str, Any]
    """By id, what the registry was asked before the transaction (kernel/feed/organizations.py)."""
    sealer: Sealer
    request_id: str

    @classmethod
    def of(cls, call: Call) -> Entering:
        """Return that of a request."""
        return cls(call.caller, call.asked, sealer_of(call), call.request_id)


async def find_or_create(
    tx: Transaction, entry: Person, alliance: str, *, entering: Entering, attends: str | None = None
) -> TraineeRow:
    """Return the trainee whom an entry names or describes, entered if not known.

    `attends`: the class that the person is entered to have attended. Others who enter the same then wait, and of a
    person who was entered more than once the one is returned who stands in that class: it attends once. For officers
    alone, since who else has the number is not for an organization's own user.
    Raises Invalid, TraineeAmbiguous, TraineeErased, and for a new one what `organization` raises.
    """
    if entry.trainee_id is None:
        assert entry.trainee is not None, "a body names or describes a person"
        trainee, _ = await find_or_create_described(tx, entry.trainee, alliance, entering=entering, pointer="/trainee")
    else:
        trainee = await _named(tx, entry.trainee_id, alliance, by=entering.caller)
    if attends is None:
        return trainee
    await attendance_turn(tx, attends, trainee["id_number_mark"] or trainee["id"])
    if trainee["id_number_mark"] is None:
        return trainee
    in_class = await tx.fetchrow(IN_CLASS, alliance, trainee["id_number_mark"], attends, trainee["id"])
    return trainee if in_class is None else in_class


async def _named(tx: Transaction, trainee_id: str, alliance: str, *, by: Caller) -> TraineeRow:
    trainee = await tx.fetchrow(NAMED, trainee_id, alliance, by.confined_to)
    if trainee is None or not by.holds(alliance):
        words = ("Không có học viên này trong địa bàn của bạn.", "There is no such trainee in your area.")
        raise Invalid(FieldError("unknown_trainee", words, pointer="/trainee_id"))
    if trainee["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=trainee["erased_on"].isoformat())
    return trainee


async def find_or_create_described(
    tx: Transaction,
    described: TraineeNamed,
    alliance: str,
    *,
    entering: Entering,
    id_: str | None = None,
    digest: bytes | None = None,
    pointer: str = "",
) -> tuple[TraineeRow, bool]:
    """Return the trainee who is described, entered if not known, and whether it is new.

    Two that describe one person at the same time take turns. Sensitive attributes are kept of one who is new; of one
    who is found again nothing is changed. An own user may leave its organization out. Raises TraineeAmbiguous, IdInUse,
    and for a new one what `organization` raises.
    """
    by = entering.caller
    if by.confined_to is not None:
        described = _of_own_organization(described, by.confined_to, pointer)
    state = "confirmed" if by.confined_to is None else "unconfirmed"
    values = trainee_columns(entering.sealer, described, alliance, state=state)
    await person_turn(tx, alliance, values["person_key"])
    existing = await _find_described(tx, values, by=by)
    if existing is not None:
        return existing, False
    # Only now: a person who is known already may belong to an organization that has ended since.
    if described.organization_id is not None:
        await organization(tx, entering, described.organization_id, f"{pointer}/organization_id")
    trainee = await records.create(tx, TRAINEE_KEPT, {"id": id_, **values}, by=by, digest=digest)
    if described.sensitive is not None:
        attributes = described.sensitive.model_dump(exclude_none=True)
        await keep_sensitive(tx, trainee["id"], attributes, alliance=alliance, by=by, request_id=entering.request_id)
    return trainee, True


def _of_own_organization(described: TraineeNamed, own: str, pointer: str) -> TraineeNamed:
    if described.organization_id is None:
        return described.model_copy(update={"organization_id": own})
    if described.organization_id != own:
        words = (
            "Chỉ nhập được người của đơn vị mình; hãy bỏ trống mục này.",
            "Only persons of your own organization can be entered; leave this out.",
        )
        raise Invalid(FieldError("outside_area", words, pointer=f"{pointer}/organization_id"))
    return described


async def _find_described(tx: Transaction, values: Mapping[str, Any], *, by: Caller) -> TraineeRow | None:
    mark, alliance, own = values["id_number_mark"], values["alliance"], by.confined_to
    if mark is not None:
        await number_turn(tx, alliance, mark, own=own)
        by_number = BY_NUMBER if own is None else OWN_BY_NUMBER
        if (trainee := await tx.fetchrow(by_number, alliance, mark, values["organization_id"])) is not None:
            return trainee
    alike = await tx.fetch(BY_KEY, alliance, values["person_key"])
    trainee = one_of_alike(alike, has_number=mark is not None)
    if trainee is None or mark is None:
        return trainee
    # Known without a number until now: it is filled in. One that its own user says waits for an officer.
    number = {name: values[name] for name in NUMBER_COLUMNS}
    if own is not None:
        number["state"] = "unconfirmed"
    return await records.update(tx, TRAINEE_KEPT, trainee, number, by=by)


def one_of_alike(alike: Sequence[TraineeRow], *, has_number: bool) -> TraineeRow | None:
    """Return the one of those with the same name, birth year and organization who is meant, or None: a new person.

    An entry with a number is that of whoever has none yet; one without is that of the only one there is.
    Raises TraineeAmbiguous.
    """
    if has_number:
        return next((trainee for trainee in alike if trainee["id_number_mark"] is None), None)
    if len(alike) > 1:
        raise problems.TraineeAmbiguous(count=len(alike), trainee_ids=[trainee["id"] for trainee in alike])
    return alike[0] if alike else None
