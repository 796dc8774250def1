"""Participations over HTTP: at their top, and below the event that they belong to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.batch import LENIENT, BatchAnswer, run_batch
from kernel.records.crud import create, listing_of, merge_patch_model, record_router
from kernel.records.listing import SortKey, answer_list, code_filter, day_range, id_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.records.records import answer
from kernel.values.common_lists import BATCH_MODES
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Page, code
from services.training import code_lists as codes
from services.training import problems
from services.training.indicators import INDICATORS
from services.training.parties import meet_parties
from services.training.scopes import OWN_READ, READ, WRITE, Kind
from services.training.trade.participations import service
from services.training.trade.participations.records import PARTICIPATION
from services.training.trade.participations.schemas import Participation, ParticipationCreate
from services.training.trade.trade_events.records import event_guard


class ParticipationOfEventPage(Page[Participation]):
    """A page of who took part in one event."""


class ParticipationBatch(Input):
    """Up to 500 participations. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[ParticipationCreate, LENIENT]], Field(min_length=1, max_length=500)]


_REFUSALS = (
    problems.ParticipationExists,
    problems.ProductOfAnotherOrganization,
    problems.TradeEventStateForbids,
    problems.TradeEventNotBegun,
    kernel_problems.OrganizationUnknownYet,
)
LISTING = listing_of(
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
)
KIND = Kind(
    resource=PARTICIPATION,
    plural="participations",
    output=Participation,
    create=ParticipationCreate,
    listing=LISTING,
    columns=service.columns,
    change=merge_patch_model(ParticipationCreate, without=("trade_event_id", "organization_id")),
    refusals=_REFUSALS,
    unique={"uq_participation_organization": service.exists},
    before=meet_parties,
    removable=True,
    read_scopes=OWN_READ,
)
router = record_router(KIND)
_NESTED = "/trade-events/{trade_event_id}/participations"


@router.operation(
    "POST",
    "/participations/batch",
    scopes=WRITE,
    status_code=201,
    response_model=BatchAnswer,
    problems=(kernel_problems.IdInUse, *_REFUSALS),
    responses={207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}},
    summary="Enter many participations",
)
async def create_participations(call: CurrentCall, body: ParticipationBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def one(tx: Transaction, item: ParticipationCreate) -> tuple[Row, bool]:
        return await create(tx, call, KIND, item)

    await meet_parties(call, *body.items)
    return await run_batch(call, body.mode, body.items, one)


async def _list_own(call: Call) -> Response:
    return await answer_list(call, LISTING, preset={"trade_event_id": [call.found["id"]]})


@router.operation(
    "GET",
    _NESTED,
    scopes=READ,
    guard=event_guard,
    direct=_list_own,
    response_model=ParticipationOfEventPage,
    problems=(kernel_problems.CursorMismatch,),
    summary="List who took part in an event",
    openapi_extra={"parameters": [p for p in LISTING.parameters() if p["name"] != "trade_event_id"]},
)
async def list_participations_of_trade_event(call: CurrentCall, trade_event_id: Id) -> Response:
    """Page through who took part in one event; of a national one, those of the caller's area."""
    return await _list_own(call)


@router.operation(
    "POST",
    _NESTED,
    scopes=WRITE,
    guard=event_guard,
    status_code=201,
    minted=True,
    response_model=Participation,
    problems=(kernel_problems.IdInUse, *_REFUSALS),
    summary="Enter who takes part in an event",
)
async def record_participation(call: CurrentCall, trade_event_id: Id, body: ParticipationCreate) -> Response:
    """Enter an organization's participation in the event of the path. The second one is refused with the first's id."""
    if body.trade_event_id not in (None, trade_event_id):
        words = (
            "Khác với sự kiện trong đường dẫn; hãy để trống.",
            "It differs from the event in the path; leave it out.",
        )
        raise Invalid(FieldError("differs_from_path", words, pointer="/trade_event_id"))
    body.trade_event_id = trade_event_id
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await create(tx, call, KIND, body)
        return answer(call, PARTICIPATION, row, status=201 if new else 200)

    return await once(call, effect)
