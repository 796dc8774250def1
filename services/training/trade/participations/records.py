"""What a participation is: its table, how it is shown and listed, and how one is entered."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, code_filter, day_range, id_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from services.training import code_lists as codes
from services.training import models, problems
from services.training.indicators import INDICATORS
from services.training.names import ORGANIZATION_NAME, TRADE_EVENT_NAME
from services.training.parties import meet_parties
from services.training.rows import ParticipationRow
from services.training.scopes import OWN_READ, RecordType
from services.training.trade.participations.columns import participation_columns
from services.training.trade.participations.schemas import Participation, ParticipationCreate

PARTICIPATION = Resource(
    name="participation",
    table=table_of(models.Participation),
    path="/v1/training/participations",
    represent=representation(Participation, parsed=("products", "file_ids")),
    embeds=(TRADE_EVENT_NAME, ORGANIZATION_NAME),
    row=ParticipationRow,
    own_column="organization_id",
)
PARTICIPATION_REFUSALS = (
    problems.ParticipationExists,
    problems.ProductOfAnotherOrganization,
    problems.TradeEventStateForbids,
    problems.TradeEventNotBegun,
    kernel_problems.OrganizationUnknownYet,
)
_OF_ORGANIZATION = scalar(
    str,
    select(models.Participation.id).where(
        models.Participation.trade_event_id == param(1), models.Participation.organization_id == param(2)
    ),
)


async def _exists(tx: Transaction, values: dict[str, Any]) -> Exception:
    """Return the refusal of a second participation of one organization in one event."""
    existing = await tx.fetchval(_OF_ORGANIZATION, values["trade_event_id"], values["organization_id"])
    return problems.ParticipationExists(organization_id=values["organization_id"], participation_id=existing)


PARTICIPATION_CHANGE = merge_patch_model(ParticipationCreate, without=("trade_event_id", "organization_id"))
PARTICIPATION_TYPE = RecordType(
    resource=PARTICIPATION,
    plural="participations",
    output=Participation,
    create=ParticipationCreate,
    change=PARTICIPATION_CHANGE,
    listing=listing_of(
        PARTICIPATION,
        Participation,
        (
            id_filter("trade_event_id", "r.trade_event_id", "Event."),
            id_filter("organization_id", "r.organization_id", "Organization that took part."),
            code_filter("organization_type", "r.organization_type", codes.ORGANIZATION_TYPES, "Type of organization."),
            *PROVINCE_FILTERS,
            *day_range("counted_on", "r.counted_on", "Day it counts on, the event's first"),
        ),
        sorts={"counted_on": SortKey("r.counted_on", "date")},
        facets=("organization_type",),
        counts=INDICATORS,
    ),
    columns=participation_columns,
    refusals=PARTICIPATION_REFUSALS,
    unique={"uq_participation_organization": _exists},
    before=meet_parties,
    removable=True,
    read_scopes=OWN_READ,
)
