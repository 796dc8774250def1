"""Trainees over HTTP: persons, masked; read in full only for a purpose that is recorded; erased on request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import organization
from kernel.records import records
from kernel.records.crud import listing_of, merge_patch_model, owner, record_router
from kernel.records.listing import code_filter, flag_filter, id_filter
from kernel.records.records import answer, dump, existing, fingerprint, locked
from kernel.storage.sealing import sealer_of
from kernel.values.days import now, today
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from services.training import code_lists as codes
from services.training import problems
from services.training.classes.trainees.audit import audited
from services.training.classes.trainees.matching import (
    SECRETS,
    columns_of,
    find_or_enter,
    keep_sensitive,
    without_secrets,
)
from services.training.classes.trainees.records import TRAINEE, TRAINEE_KEPT
from services.training.classes.trainees.schemas import Trainee, TraineeCreate, TraineePersonalData
from services.training.field_types import in_provinces
from services.training.indicators import INDICATORS
from services.training.parties import meet_parties
from services.training.scopes import OWN_READ, OWN_WRITE, WRITE, Kind

TraineeChange = merge_patch_model(TraineeCreate)
_LISTING = listing_of(
    TRAINEE,
    Trainee,
    (
        id_filter("organization_id", "r.organization_id", "Organization that the person belongs to."),
        code_filter("audience", "r.audience", codes.AUDIENCES, "As what the person comes."),
        code_filter("sex", "r.sex", codes.SEXES, "Sex."),
        code_filter("state", "r.state", codes.TRAINEE_STATES, "Whether an officer has looked who it is."),
        flag_filter("is_erased", "(r.erased_on IS NOT NULL)", "Those whose data was erased, or was not."),
        *in_provinces(
            "r.id IN (SELECT a.trainee_id FROM attendance a JOIN training_class c ON c.id = a.class_id WHERE {})",
            beyond=True,
        ),
    ),
    facets=("audience", "sex", "state"),
    counts=INDICATORS,
)
KIND = Kind(
    resource=TRAINEE,
    plural="trainees",
    output=Trainee,
    create=None,
    listing=_LISTING,
    columns=None,
    read_scopes=OWN_READ,
)
router = record_router(KIND)
_ONE = "/trainees/{trainee_id}"
_TO_CHANGE = existing(TRAINEE, "trainee_id", if_match=True)


@router.operation(
    "POST",
    "/trainees",
    scopes=OWN_WRITE,
    status_code=201,
    minted=True,
    response_model=Trainee,
    problems=(kernel_problems.IdInUse, problems.TraineeAmbiguous, kernel_problems.OrganizationUnknownYet),
    summary="Enter a trainee, or find it again",
)
async def create_trainee(call: CurrentCall, body: TraineeCreate) -> Response:
    """Enter a person. One who is known, by identity number or by name, birth year and organization, is answered (200).

    A cooperative's own user enters persons of its own organization only. They are looked for among its own and are
    `unconfirmed` until an officer has said who they are.
    """
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        given = without_secrets(sealer_of(call), body.model_dump(exclude_unset=True, mode="json"))
        digest = fingerprint(given)
        if body.id is not None and (known := await records.first_digest(tx, TRAINEE, body.id)) is not None:
            existing_trainee = await records.read(tx, TRAINEE, body.id, call.caller)
            if known != digest or existing_trainee is None:
                raise kernel_problems.IdInUse(id=body.id)
            return answer(call, TRAINEE, existing_trainee)
        row, new = await find_or_enter(tx, call, body, owner(call, None), id_=body.id, digest=digest)
        return answer(call, TRAINEE, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@router.operation(
    "PATCH",
    _ONE,
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    response_model=Trainee,
    problems=(problems.TraineeErased, problems.TraineeKnown, kernel_problems.OrganizationUnknownYet),
    summary="Correct a trainee",
)
async def change_trainee(
    call: CurrentCall,
    trainee_id: Id,
    body: TraineeChange,  # type: ignore[valid-type]
) -> Response:
    """Apply a merge patch. The history says who changed what when, and nothing that names the person."""
    patch: Any = body
    await meet_parties(call, patch)
    async with call.db.transaction() as tx:
        row = await locked(tx, call, TRAINEE, trainee_id)
        after = await _change(tx, call, row, patch)
    return answer(call, TRAINEE, after)


async def _change(tx: Transaction, call: Call, row: Row, patch: Any) -> Row:
    if row["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=row["erased_on"].isoformat())
    sealer = sealer_of(call)
    plain = {name: row[name] for name in TraineeCreate.model_fields if name in row and name not in ("id", "reason")}
    plain.update({n: sealer.open(n, row[f"{n}_sealed"]) for n in SECRETS if row[f"{n}_sealed"] is not None})
    given = patch.model_dump(exclude_unset=True, exclude={"reason", "sensitive"}, mode="json")
    merged = {name: value for name, value in {**plain, **given}.items() if value is not None}
    values = columns_of(sealer, TraineeCreate.model_validate(merged), row["alliance"], state=row["state"])
    if values["organization_id"] not in (None, row["organization_id"]):
        await organization(tx, call, values["organization_id"], "/organization_id")
    for name in SECRETS:
        if merged.get(name) == plain.get(name):
            values.pop(f"{name}_sealed")
    other = await tx.fetchval(
        "SELECT id FROM trainee WHERE alliance = $1 AND id <> $4::uuid AND "
        "((id_number_mark = $2 AND state = 'confirmed' AND $5 = 'confirmed') "
        "OR ($2::text IS NULL AND id_number_mark IS NULL AND person_key = $3))",
        row["alliance"],
        values["id_number_mark"],
        values["person_key"],
        row["id"],
        row["state"],
    )
    if other is not None:
        raise problems.TraineeKnown(trainee_id=other)
    after: Row = await records.update(
        tx, TRAINEE_KEPT, row, values, by=call.caller, reason=patch.reason, action="corrected"
    )
    if patch.sensitive is not None:
        await keep_sensitive(tx, call, row, patch.sensitive.model_dump(exclude_unset=True))
    return after


_ERASED: dict[str, Any] = {
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


_SAME_PERSON = "SELECT id FROM trainee WHERE alliance = $1 AND id_number_mark = $2 AND id <> $3::uuid ORDER BY id"


@router.operation(
    "DELETE",
    _ONE,
    scopes=WRITE,
    etag=True,
    guard=_TO_CHANGE,
    status_code=204,
    problems=(problems.TraineeErased, problems.TraineeUnjoined),
    summary="Erase a person's data",
)
async def erase_trainee(call: CurrentCall, trainee_id: Id) -> Response:
    """Erase name and numbers for good, at the person's request; attendances keep counting a person nobody knows.

    The history never held them. A certificate of the person stays valid and names nobody.
    """
    async with call.db.transaction() as tx:
        row = await locked(tx, call, TRAINEE, trainee_id)
        if row["erased_on"] is not None:
            raise problems.TraineeErased(erased_on=row["erased_on"].isoformat())
        if others := await tx.fetch(_SAME_PERSON, row["alliance"], row["id_number_mark"], row["id"]):
            # Erased alone, the person would stand in the others, and be counted twice from then on.
            raise problems.TraineeUnjoined(trainee_ids=[other["id"] for other in others])
        await records.update(tx, TRAINEE_KEPT, row, {**_ERASED, "erased_on": today()}, by=call.caller, action="erased")
        await audited(tx, call, "trainee.erased", row, {})
    return Response(None, 204, {"Cache-Control": "no-store"})


Purpose = Annotated[str, Query(min_length=5, max_length=300, description="What it is needed for; it is recorded")]


@router.operation(
    "GET",
    f"{_ONE}/personal-data",
    scopes=("training.write",),
    guard=existing(TRAINEE, "trainee_id"),
    response_model=TraineePersonalData,
    summary="Read name and numbers of a trainee in full",
)
async def read_trainee_personal_data(call: CurrentCall, trainee_id: Id, purpose: Purpose) -> Response:
    """Return name, phone and identity number in full. Who read them, when and what for is recorded."""
    row, sealer = call.found, sealer_of(call)
    await audited(call.db, call, "trainee.personal_data_read", row, {"purpose": purpose})
    numbers = {n: None if row[f"{n}_sealed"] is None else sealer.open(n, row[f"{n}_sealed"]) for n in SECRETS}
    document = {"trainee_id": row["id"], "name": row["name"], **numbers, "purpose": purpose, "read_at": now()}
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
