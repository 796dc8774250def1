"""Registrations over HTTP: places in a class, taken by an officer or by the cooperative's own user."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records import records
from kernel.records.batch import LENIENT, BatchAnswer, run_batch
from kernel.records.crud import listing_of, record_router, representation
from kernel.records.listing import answer_list, code_filter, id_filter
from kernel.records.records import Resource, answer, existing, locked, table_of
from kernel.storage.sealing import sealer_of
from kernel.values.common_lists import BATCH_MODES
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Page, Recorded, code, text
from services.training import code_lists as codes
from services.training import models, problems, rows
from services.training.classes.attendances.records import Person
from services.training.classes.trainees.matching import person_of, without_secrets
from services.training.classes.training_classes.records import CLASS
from services.training.field_types import UUID, Reason
from services.training.parties import meet_parties
from services.training.scopes import OWN_READ, OWN_WRITE, READ, WRITE, Kind


class RegistrationCreate(Person):
    """Take a place in a class that is open, for a known trainee or one described here."""

    id: Id | None = None
    class_id: Id
    reason: Reason | None = None


class Registration(Recorded):
    """A person's place in a class."""

    class_id: str = Field(json_schema_extra=UUID)
    trainee_id: str = Field(json_schema_extra=UUID)
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization_name: str | None
    channel: Annotated[str, Label("Kênh đăng ký")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.REGISTRATION_CHANNELS)}
    )
    state: Annotated[str, Label("Trạng thái đăng ký")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.REGISTRATION_STATES)}
    )
    cancelled_reason: str | None
    alliance: str


class RegistrationCancellation(Input):
    """Give a place back."""

    reason: Annotated[str, text(500)]


class RegistrationBatch(Input):
    """Up to 500 registrations. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[RegistrationCreate, LENIENT]], Field(min_length=1, max_length=500)]


class RegistrationOfClassPage(Page[Registration]):
    """A page of the registrations of one class."""


# Check and change in one statement: two who want the last place cannot both have it.
TAKE_PLACE = """
    UPDATE training_class SET registered_count = registered_count + 1
     WHERE id = $1::uuid AND state = 'open' AND (capacity IS NULL OR registered_count < capacity)
 RETURNING registered_count"""
GIVE_BACK = "UPDATE training_class SET registered_count = registered_count - 1 WHERE id = $1::uuid"

REGISTRATION = Resource(
    "registration",
    table_of(models.Registration),
    "/v1/training/registrations",
    representation(Registration),
    own_column="organization_id",
    row=rows.RegistrationRow,
)
_LISTING = listing_of(
    REGISTRATION,
    Registration,
    (
        id_filter("class_id", "r.class_id", "Class."),
        id_filter("trainee_id", "r.trainee_id", "Person."),
        id_filter("organization_id", "r.organization_id", "Organization that the person belongs to."),
        code_filter("state", "r.state", codes.REGISTRATION_STATES, "Whether it stands."),
        code_filter("channel", "r.channel", codes.REGISTRATION_CHANNELS, "Who registered."),
    ),
    facets=("state", "channel"),
)
KIND = Kind(
    resource=REGISTRATION,
    plural="registrations",
    output=Registration,
    create=None,
    listing=_LISTING,
    columns=None,
    read_scopes=OWN_READ,
)
router = record_router(KIND)
_REFUSALS = (
    kernel_problems.IdInUse,
    problems.ClassNotOpen,
    problems.ClassFull,
    problems.AlreadyRegistered,
    problems.TraineeAmbiguous,
    problems.TraineeErased,
    kernel_problems.OrganizationUnknownYet,
)


async def register(tx: Transaction, call: Call, body: RegistrationCreate) -> tuple[Row, bool]:
    """Take a place; return its row and whether it is new. The capacity is held by one statement.

    Raises ClassNotOpen, ClassFull, AlreadyRegistered, Invalid and what finding the person refuses.
    """
    digest = records.fingerprint(without_secrets(sealer_of(call), body.model_dump(exclude_unset=True, mode="json")))
    if body.id is not None and (known := await records.first_digest(tx, REGISTRATION, body.id)) is not None:
        row = await records.read(tx, REGISTRATION, body.id, call.caller)
        if known != digest or row is None:
            raise kernel_problems.IdInUse(id=body.id)
        return row, False
    held = await records.read(tx, CLASS, body.class_id, call.caller)
    if held is None:
        words = ("Không có lớp này trong địa bàn của bạn.", "There is no such class in your area.")
        raise Invalid(FieldError("unknown_class", words, pointer="/class_id"))
    person = await person_of(tx, call, body.trainee_id, body.trainee, held["alliance"])
    if await tx.fetchval(TAKE_PLACE, held["id"]) is None:
        raise await _why_refused(tx, held["id"])
    await _refuse_registered(tx, call, held["id"], person)
    values = {
        "id": body.id,
        "class_id": held["id"],
        "trainee_id": person["id"],
        "organization_id": person["organization_id"],
        "organization_name": person["organization_name"],
        "channel": "officer" if call.caller.confined_to is None else "own",
        "state": "registered",
        "cancelled_reason": None,
        "alliance": held["alliance"],
    }
    return await records.create(tx, REGISTRATION, values, by=call.caller, reason=body.reason, digest=digest), True


_REGISTERED = """
    SELECT r.id, r.organization_id FROM registration r JOIN trainee t ON t.id = r.trainee_id
     WHERE r.class_id = $1::uuid AND r.state = 'registered'
       AND (t.id = $2::uuid OR (t.alliance = $3 AND t.id_number_mark = $4)) ORDER BY r.id LIMIT 1"""


async def _refuse_registered(tx: Transaction, call: Call, class_id: str, person: Row) -> None:
    """Raise AlreadyRegistered for a person who has a place, its class being locked: nobody takes one meanwhile.

    An own user is told of its own organization's registrations only, and of nobody else with the same number.
    """
    own = call.caller.confined_to
    mark = person["id_number_mark"] if own is None else None
    found = await tx.fetchrow(_REGISTERED, class_id, person["id"], person["alliance"], mark)
    if found is not None:
        representation = own is None or found["organization_id"] == own
        raise problems.AlreadyRegistered(registration_id=found["id"] if representation else None)


async def _why_refused(tx: Transaction, class_id: str) -> Exception:
    now = await tx.fetchrow(
        "SELECT state, capacity, registered_count FROM training_class WHERE id = $1::uuid", class_id
    )
    assert now is not None, "classes are never deleted"
    if now["state"] != "open":
        return problems.ClassNotOpen(state=now["state"])
    return problems.ClassFull(capacity=now["capacity"], registered_count=now["registered_count"])


@router.operation(
    "POST",
    "/registrations",
    scopes=OWN_WRITE,
    status_code=201,
    minted=True,
    response_model=Registration,
    problems=_REFUSALS,
    summary="Register a person for a class",
)
async def create_registration(call: CurrentCall, body: RegistrationCreate) -> Response:
    """Take a place in an open class. Never more places are given than the class has, whoever asks at the same time.

    A cooperative's own user registers persons of its own organization.
    """
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await register(tx, call, body)
        return answer(call, REGISTRATION, row, status=201 if new else 200)

    return await once(call, effect, pepper=sealer_of(call).pepper)


@router.operation(
    "POST",
    "/registrations/batch",
    scopes=WRITE,
    status_code=201,
    response_model=BatchAnswer,
    problems=_REFUSALS,
    responses={207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}},
    summary="Register many persons",
)
async def create_registrations(call: CurrentCall, body: RegistrationBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def create(tx: Transaction, item: RegistrationCreate) -> tuple[Row, bool]:
        return await register(tx, call, item)

    await meet_parties(call, *body.items)
    return await run_batch(call, body.mode, body.items, create)


@router.operation(
    "POST",
    "/registrations/{registration_id}/cancellation",
    scopes=OWN_WRITE,
    status_code=201,
    guard=existing(REGISTRATION, "registration_id"),
    response_model=Registration,
    problems=(problems.RegistrationCancelled, problems.ClassNotOpen),
    summary="Give a place back",
)
async def cancel_registration(call: CurrentCall, registration_id: Id, body: RegistrationCancellation) -> Response:
    """Cancel while the class is open or running; the place is free again."""

    async def effect(tx: Transaction) -> Response:
        # The class first, as when a place is taken, so that the two never wait for each other.
        held = await tx.fetchrow(f"{CLASS.select} WHERE id = $1::uuid FOR NO KEY UPDATE", call.found["class_id"])
        assert held is not None, "kept by a foreign key"
        row = await locked(tx, call, REGISTRATION, registration_id)
        if row["state"] == "cancelled":
            raise problems.RegistrationCancelled()
        if held["state"] not in ("open", "running"):
            raise problems.ClassNotOpen(state=held["state"])
        values = {"state": "cancelled", "cancelled_reason": body.reason}
        after = await records.update(tx, REGISTRATION, row, values, by=call.caller, reason=body.reason)
        await tx.execute(GIVE_BACK, held["id"])
        return answer(call, REGISTRATION, after, status=201)

    return await once(call, effect)


async def _list_of_class(call: Call) -> Response:
    return await answer_list(call, _LISTING, preset={"class_id": [call.found["id"]]})


@router.operation(
    "GET",
    "/classes/{class_id}/registrations",
    scopes=READ,
    guard=existing(CLASS, "class_id"),
    direct=_list_of_class,
    response_model=RegistrationOfClassPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": [p for p in _LISTING.parameters() if p["name"] != "class_id"]},
    summary="List the registrations of one class",
)
async def list_registrations_of_class(call: CurrentCall, class_id: Id) -> Response:
    """Page through who registered for one class."""
    return await _list_of_class(call)
