"""Invitations over HTTP: which organizations were asked to send people, and what they answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import organization
from kernel.problems.field_labels import Label
from kernel.records.crud import Parent, listing_of, merge_patch_model, record_router, representation
from kernel.records.listing import SortKey, code_filter, id_filter
from kernel.records.records import Resource, answer, existing, locked, table_of, update
from kernel.values.days import Day, today
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Recorded, code, text
from services.training import code_lists as codes
from services.training import models, problems, rows
from services.training.classes.training_classes.records import CLASS, class_of
from services.training.field_types import UUID, Reason
from services.training.parties import OrganizationName, meet_parties, named
from services.training.scopes import OWN_READ, OWN_WRITE, Kind

_ANSWERS = {each: codes.INVITATION_STATES[each] for each in ("accepted", "declined")}


class InvitationCreate(Input):
    """Ask an organization to send people to the class."""

    id: Id | None = None
    organization_id: Id
    organization_name: OrganizationName | None = None
    seats: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    letter_number: Annotated[str, text(100)] | None = None
    invited_on: Day | None = Field(default=None, description="Today if left out")
    reason: Reason | None = None


class Invitation(Recorded):
    """That an organization was asked to send people to a class, and what it answered."""

    class_id: str = Field(json_schema_extra=UUID)
    organization_id: str = Field(json_schema_extra=UUID)
    organization_name: str
    seats: int | None
    letter_number: str | None
    invited_on: date
    state: Annotated[str, Label("Trạng thái lời mời")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.INVITATION_STATES)}
    )
    answer_note: str | None
    alliance: str


class InvitationAnswer(Input):
    """What the organization answers."""

    state: Annotated[str, code(_ANSWERS), Label("Trả lời")]
    answer_note: Annotated[str, text(500)] | None = None


async def _columns(tx: Transaction, call: Call, body: InvitationCreate, row: Row | None) -> dict[str, Any]:
    values = body.model_dump(exclude={"id", "reason"})
    if row is not None:
        return {**values, **named(body, None, row), "invited_on": body.invited_on or row["invited_on"]}
    held = await class_of(tx, call, call.found["id"])
    if held["state"] not in ("planned", "open", "running"):
        raise problems.ClassStateForbids(
            state=held["state"], action="invite", allowed_in=["planned", "open", "running"]
        )
    told = await organization(tx, call, body.organization_id, "/organization_id")
    return {
        **values,
        **named(body, told, None),
        "class_id": held["id"],
        "invited_on": body.invited_on or today(),
        "state": "sent",
        "answer_note": None,
        "alliance": held["alliance"],
    }


async def _invited(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM invitation WHERE class_id = $1::uuid AND organization_id = $2::uuid"
    return problems.AlreadyInvited(invitation_id=await tx.fetchval(sql, values["class_id"], values["organization_id"]))


INVITATION = Resource(
    "invitation",
    table_of(models.Invitation),
    "/v1/training/invitations",
    representation(Invitation),
    own_column="organization_id",
    row=rows.InvitationRow,
)
KIND = Kind(
    resource=INVITATION,
    plural="invitations",
    output=Invitation,
    create=InvitationCreate,
    listing=listing_of(
        INVITATION,
        Invitation,
        (
            id_filter("class_id", "r.class_id", "Class."),
            id_filter("organization_id", "r.organization_id", "Organization invited."),
            code_filter("state", "r.state", codes.INVITATION_STATES, "What was answered."),
        ),
        sorts={"invited_on": SortKey("r.invited_on", "date")},
        facets=("state",),
    ),
    columns=_columns,
    change=merge_patch_model(InvitationCreate, without=("organization_id",)),
    refusals=(problems.AlreadyInvited, problems.ClassStateForbids, kernel_problems.OrganizationUnknownYet),
    before=meet_parties,
    unique={"uq_invitation_organization": _invited},
    under=Parent(CLASS, "classes", "class_id"),
    read_scopes=OWN_READ,
    removable=True,
)
router = record_router(KIND)


@router.operation(
    "POST",
    "/invitations/{invitation_id}/answer",
    scopes=OWN_WRITE,
    guard=existing(INVITATION, "invitation_id"),
    status_code=201,
    response_model=Invitation,
    summary="Answer an invitation",
)
async def answer_invitation(call: CurrentCall, invitation_id: Id, body: InvitationAnswer) -> Response:
    """Accept or decline, by the organization's own user or by an officer who was told. The last answer holds."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, INVITATION, invitation_id)
        after = await update(tx, INVITATION, row, body.model_dump(), by=call.caller)
        return answer(call, INVITATION, after, status=201)

    return await once(call, effect)
