"""What an invitation is: its table, how it is shown and listed, and how one is entered."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar
from kernel.feed.organizations import organization
from kernel.records import Resource, loaded, table_of
from kernel.records.crud import Parent, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, code_filter, id_filter
from kernel.values.days import today
from kernel.web.calls import Call
from services.training import code_lists as codes
from services.training import models, problems
from services.training.classes.invitations.schemas import Invitation, InvitationCreate
from services.training.classes.training_classes.records import CLASS, class_of
from services.training.names import OF_CLASS_NAMES
from services.training.parties import meet_parties, organization_name
from services.training.rows import InvitationRow
from services.training.scopes import OWN_READ, RecordType

INVITATION = Resource(
    name="invitation",
    table=table_of(models.Invitation),
    path="/v1/training/invitations",
    represent=representation(Invitation),
    embeds=OF_CLASS_NAMES,
    row=InvitationRow,
    own_column="organization_id",
)
_INVITED_IN = ("planned", "open", "running")
_OF_ORGANIZATION = scalar(
    str,
    select(models.Invitation.id).where(
        models.Invitation.class_id == param(1), models.Invitation.organization_id == param(2)
    ),
)


async def _columns(tx: Transaction, call: Call, body: InvitationCreate, row: InvitationRow | None) -> dict[str, Any]:
    values = body.model_dump(exclude={"id", "reason"})
    if row is not None:
        return {
            **values,
            "organization_name": organization_name(body.organization_name, None, row),
            "invited_on": body.invited_on or row["invited_on"],
        }
    training_class = await class_of(tx, loaded(call, CLASS)["id"], by=call.caller)
    if training_class["state"] not in _INVITED_IN:
        raise problems.ClassStateForbids(state=training_class["state"], action="invite", allowed_in=list(_INVITED_IN))
    invited = await organization(tx, call, body.organization_id, "/organization_id")
    return {
        **values,
        "organization_name": organization_name(body.organization_name, invited, None),
        "class_id": training_class["id"],
        "invited_on": body.invited_on or today(),
        "state": "sent",
        "answer_note": None,
        "alliance": training_class["alliance"],
    }


async def _already_invited(tx: Transaction, values: dict[str, Any]) -> Exception:
    existing = await tx.fetchval(_OF_ORGANIZATION, values["class_id"], values["organization_id"])
    return problems.AlreadyInvited(invitation_id=existing)


INVITATION_TYPE = RecordType(
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
    unique={"uq_invitation_organization": _already_invited},
    under=Parent(CLASS, "classes", "class_id"),
    read_scopes=OWN_READ,
    removable=True,
)
