"""What goes when a trainee is erased, and what the copy of a trainee's data holds.

What counts stays: that somebody of that sex came from that organization to that class. Documents of a class, such as a signed
list, are vouchers and stay as well.
"""

from __future__ import annotations

from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.personal_data.copies import personal_data_copy
from kernel.personal_data.erasure import ERASED
from kernel.personal_data.persons import Emptied, Persons
from kernel.records import Resource, Values
from kernel.storage.sealing import sealer_of
from kernel.values.text import name_folded
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.personal_data import queries
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.trainees.columns import SECRETS
from services.training.classes.trainees.records import KEPT, TRAINEE, TRAINEE_KEPT
from services.training.classes.trainees.sensitive_attributes import FORGET_SENSITIVE, SENSITIVE, SENSITIVE_ATTRIBUTES
from services.training.classes.trainees.service import numbers_of
from services.training.rows import TraineeRow

_FIELDS = ("name", "birth_year", "position", *SECRETS)
_ERASED: Values = {
    "name": None,
    "name_folded": None,
    "birth_year": None,
    "position": None,
    "person_key": None,
    "phone_last4": None,
    "phone_sealed": None,
    "id_number_last4": None,
    "id_number_sealed": None,
    "id_number_mark": None,
}
_OF_CERTIFICATE = ("file_ids", "revocation.reason")
_REMOVABLE: dict[str, tuple[Resource[Any], tuple[str, ...]]] = {
    "trainee": (TRAINEE_KEPT, _FIELDS),
    "registration": (REGISTRATION, ("cancelled_reason",)),
    "attendance": (ATTENDANCE, ("note",)),
    "check_in": (CHECK_IN, ()),
    "training_certificate": (CERTIFICATE, _OF_CERTIFICATE),
}


async def _emptied(tx: Transaction, trainee: TraineeRow) -> list[Emptied]:
    """Return what becomes of all that tells of the locked trainee. Raises TraineeUnjoined."""
    if others := await tx.fetch(queries.SAME_NUMBER, trainee["alliance"], trainee["id_number_mark"], trainee["id"]):
        # Erased alone, the person would stand in the others, and be counted twice from then on.
        raise problems.TraineeUnjoined(trainee_ids=[other["id"] for other in others])
    await tx.execute(FORGET_SENSITIVE, trainee["id"])
    return [
        _of(TRAINEE_KEPT, trainee, {**_ERASED, **_unnamed(trainee, trainee)}, *_FIELDS),
        *await _entries(tx, trainee),
        *[_removed(row, trainee) for row in await tx.fetch(queries.REMOVED, trainee["id"])],
    ]


async def _entries(tx: Transaction, trainee: TraineeRow) -> list[Emptied]:
    id_, emptied = trainee["id"], []
    for registration in await tx.fetch(queries.REGISTRATIONS, id_):
        values = {"cancelled_reason": None, **_unnamed(registration, trainee)}
        emptied.append(_of(REGISTRATION, registration, values, *values))
    for attendance in await tx.fetch(queries.ATTENDANCES, id_):
        values = {"note": None, **_unnamed(attendance, trainee)}
        emptied.append(_of(ATTENDANCE, attendance, values, *values))
    emptied += [_of(CHECK_IN, check_in, {}) for check_in in await tx.fetch(queries.CHECK_INS, id_)]
    for certificate in await tx.fetch(queries.CERTIFICATES, id_):
        values = {"file_ids": []}
        if certificate["revocation"] is not None:
            # Who verifies it is told from when on it does not hold, and not why.
            values["revocation"] = {**orjson.loads(certificate["revocation"]), "reason": ERASED}
        emptied.append(_of(CERTIFICATE, certificate, values, *_OF_CERTIFICATE))
    return emptied


def _removed(row: queries.RemovedRecord, trainee: TraineeRow) -> Emptied:
    resource, fields = _REMOVABLE[row["resource_type"]]
    return _of(resource, row, {}, *fields, *_unnamed(row, trainee))


def _of(resource: Resource[Any], row: Any, values: Values, *fields: str) -> Emptied:
    return Emptied(resource, row, values, fields, reasons=True)


def _unnamed(row: Any, trainee: TraineeRow) -> Values:
    """Return what becomes of an organization that has the person's own name, as a household's business may."""
    if row["organization_id"] is not None or row["organization_name"] is None or trainee["name"] is None:
        return {}
    own, name = name_folded(trainee["name"]), name_folded(row["organization_name"])
    # A name of one word is in many others.
    is_own = own == name or (" " in own and f" {own} " in f" {name} ")
    return {"organization_name": ERASED} if is_own else {}


TRAINEES = Persons(resource=TRAINEE_KEPT, held=KEPT.held, emptied=_emptied)


async def copy_of(call: Call, row: TraineeRow) -> dict[str, Any]:
    """Return all that is kept of a trainee, for that person, once it is recorded that it was read."""
    sensitive = await call.db.fetchrow(SENSITIVE_ATTRIBUTES, row["id"])
    whole: dict[str, Any] = {"name": row["name"], **numbers_of(sealer_of(call), row), "redacted": []}
    records = [("trainee", {**TRAINEE.represent(row), **whole, "sensitive": sensitive and dict(sensitive)})]
    for resource, of_trainee in queries.TOLD:
        records += [(resource.name, resource.represent(each)) for each in await call.db.fetch(of_trainee, row["id"])]
    fields = ("name", *SECRETS, *SENSITIVE)
    return await personal_data_copy(call, ("trainee", row["id"]), row["alliance"], records, fields)
