"""Entering and correcting trainees, and reading their personal data in full."""

from __future__ import annotations

from typing import Any

from kernel import records
from kernel.audit.entries import record_reading
from kernel.audit.purposes import Why
from kernel.database.connections import Transaction
from kernel.feed.organizations import organization
from kernel.storage.sealing import Sealer, sealer_of
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.trainees.columns import SECRETS, trainee_columns
from services.training.classes.trainees.matching import Entering, find_or_create_described
from services.training.classes.trainees.queries import LIKE_CORRECTED
from services.training.classes.trainees.records import TRAINEE, TRAINEE_KEPT
from services.training.classes.trainees.replays import find_replay
from services.training.classes.trainees.schemas import TraineeCreate
from services.training.classes.trainees.sensitive_attributes import keep_sensitive
from services.training.rows import TraineeRow


async def enter_trainee(
    tx: Transaction, body: TraineeCreate, alliance: str, *, entering: Entering
) -> tuple[TraineeRow, bool]:
    """Return the person whom `body` describes, entered if not known, and whether it is new.

    Raises IdInUse, TraineeErased, TraineeAmbiguous, Invalid, OrganizationUnknownYet.
    """
    replay, digest = await find_replay(tx, TRAINEE, body.id, body, entering=entering)
    if replay is not None:
        return replay, False
    return await find_or_create_described(tx, body, alliance, entering=entering, id_=body.id, digest=digest)


async def change_trainee(tx: Transaction, row: TraineeRow, patch: Any, *, entering: Entering) -> TraineeRow:
    """Correct the locked trainee by a merge patch. Raises TraineeErased, TraineeKnown, Invalid, OrganizationUnknownYet."""
    if row["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=row["erased_on"].isoformat())
    sealer, by = entering.sealer, entering.caller
    before: dict[str, Any] = {
        name: value for name, value in row.items() if name in TraineeCreate.model_fields and name != "id"
    }
    before.update({name: plain for name, plain in numbers_of(sealer, row).items() if plain is not None})
    changes = patch.model_dump(exclude_unset=True, exclude={"reason", "sensitive"}, mode="json")
    merged = {name: value for name, value in {**before, **changes}.items() if value is not None}
    values = trainee_columns(sealer, TraineeCreate.model_validate(merged), row["alliance"], state=row["state"])
    if values["organization_id"] not in (None, row["organization_id"]):
        await organization(tx, entering, values["organization_id"], "/organization_id")
    for name in SECRETS:
        if merged.get(name) == before.get(name):
            # Sealed anew it would look changed: the same number has another nonce.
            values.pop(f"{name}_sealed")
    other = await tx.fetchval(
        LIKE_CORRECTED, row["alliance"], values["id_number_mark"], values["person_key"], row["id"], row["state"]
    )
    if other is not None:
        raise problems.TraineeKnown(trainee_id=other)
    after = await records.update(tx, TRAINEE_KEPT, row, values, by=by, reason=patch.reason, action="corrected")
    if patch.sensitive is not None:
        attributes = patch.sensitive.model_dump(exclude_unset=True)
        await keep_sensitive(tx, row["id"], attributes, alliance=row["alliance"], by=by, request_id=entering.request_id)
    return after


def numbers_of(sealer: Sealer, row: TraineeRow) -> dict[str, str | None]:
    """Return the numbers of a trainee in full."""
    sealed = {"phone": row["phone_sealed"], "id_number": row["id_number_sealed"]}
    return {name: None if value is None else sealer.open(name, value) for name, value in sealed.items()}


async def read_personal_data(call: Call, row: TraineeRow, why: Why) -> dict[str, Any]:
    """Return name and numbers in full, once it is recorded who reads them and what for."""
    of = ("trainee", row["id"])
    at = await record_reading(
        call, "trainee.personal_data_read", of=of, alliance=row["alliance"], why=why, fields=("name", *SECRETS)
    )
    return {
        "trainee_id": row["id"],
        "name": row["name"],
        **numbers_of(sealer_of(call), row),
        "purpose": why.text,
        "read_at": at,
    }
