"""Trade events over HTTP: planning, and each step of the way to the report as something that is created."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.records.crud import listing_of, merge_patch_model, record_router, split_by_map
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.records.records import answer, dump, existing, locked
from kernel.values.ids import Id
from kernel.web.auth import narrow
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from services.training import code_lists as codes
from services.training import problems
from services.training.code_lists import ATTRIBUTIONS
from services.training.field_types import NAME_FILTER
from services.training.scopes import READ, WRITE, Kind
from services.training.trade.trade_events import service
from services.training.trade.trade_events.records import TRADE_EVENT, event_guard
from services.training.trade.trade_events.schemas import (
    TradeEvent,
    TradeEventCancellationCreate,
    TradeEventCreate,
    TradeEventReportCreate,
    TradeEventStepCreate,
    TradeEventSummary,
)

KIND = Kind(
    resource=TRADE_EVENT,
    plural="trade-events",
    output=TradeEvent,
    create=TradeEventCreate,
    listing=listing_of(
        TRADE_EVENT,
        TradeEvent,
        (
            NAME_FILTER,
            code_filter("state", "r.state", codes.TRADE_EVENT_STATES, "State."),
            code_filter("kind", "r.kind", codes.TRADE_EVENT_KINDS, "Kind of event."),
            code_filter("attribution", "r.attribution", ATTRIBUTIONS, "What the alliance had to do with it."),
            code_filter("organizer_kind", "r.organizer_kind", codes.ORGANIZER_KINDS, "Who organizes it."),
            id_filter("program_id", "r.program_id", "Program that pays for it."),
            text_filter("decision_number", "r.decision_number", "Number of its decision, exactly."),
            *PROVINCE_FILTERS,
            *day_range("starts_on", "r.starts_on", "First day, on which it counts"),
        ),
        sorts={"starts_on": SortKey("r.starts_on", "date"), "name": SortKey("r.name_folded")},
        facets=("state", "kind", "attribution", "organizer_kind"),
        check=split_by_map,
    ),
    columns=service.columns,
    change=merge_patch_model(TradeEventCreate, without=("is_held", "alliance")),
    refusals=(problems.TradeEventStateForbids, problems.TradeEventNotBegun),
    guard=event_guard,
)
router = record_router(KIND)
_ONE = existing(TRADE_EVENT, "trade_event_id")
_PATH = "/trade-events/{trade_event_id}"
_SUMMARY = """
    SELECT count(*) AS participations,
           count(*) FILTER (WHERE p.organization_type = 'cooperative') AS cooperative_participations,
           coalesce(sum(cardinality(p.product_kinds)), 0)::int AS product_types,
           coalesce(sum(p.support_received_vnd), 0)::bigint AS support_received_vnd,
           coalesce(sum(p.revenue_vnd), 0)::bigint AS revenue_vnd,
           coalesce(sum(p.contract_count), 0)::int AS contract_count,
           coalesce(sum(p.contract_value_vnd), 0)::bigint AS contract_value_vnd,
           coalesce(sum(p.memorandum_count), 0)::int AS memorandum_count,
           coalesce(sum(p.contact_count), 0)::int AS contact_count
      FROM participation p WHERE p.trade_event_id = $1::uuid AND {area}"""

Step = Callable[[Transaction, Row], Awaitable[Row]]


@router.operation(
    "GET",
    f"{_PATH}/summary",
    scopes=READ,
    guard=event_guard,
    response_model=TradeEventSummary,
    summary="The numbers of one event",
)
async def read_trade_event_summary(call: CurrentCall, trade_event_id: Id) -> Response:
    """Sum what took part in the event, as far as the caller's area goes: of a national event, its own part of it."""
    args: list[Any] = [call.found["id"]]
    row = await call.db.fetchrow(_SUMMARY.format(area=narrow(call.caller, args, "p.alliance")), *args)
    assert row is not None, "an aggregate has a row"
    document = {"trade_event_id": call.found["id"], **row}
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")


async def _take(call: Call, id_: str, step: Step) -> Response:
    """Take one step with the locked event, once for its key; If-Match is honored where it is sent."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, TRADE_EVENT, id_)
        return answer(call, TRADE_EVENT, await step(tx, row), status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    f"{_PATH}/opening",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=TradeEvent,
    problems=(problems.TradeEventStateForbids,),
    summary="Announce a trade event",
)
async def open_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventStepCreate) -> Response:
    """The event is announced and takes participants; those known before may be entered while it is planned."""
    return await _take(
        call, trade_event_id, lambda tx, row: service.step(tx, row, "open", "open", by=call.caller, reason=body.reason)
    )


@router.operation(
    "POST",
    f"{_PATH}/completion",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=TradeEvent,
    problems=(problems.TradeEventStateForbids, problems.TradeEventNotBegun),
    summary="Say that a trade event was held",
)
async def complete_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventStepCreate) -> Response:
    """From now on who took part counts, on the event's first day. One that lasts may be said to be held once it began."""
    return await _take(
        call,
        trade_event_id,
        lambda tx, row: service.step(tx, row, "complete", "held", by=call.caller, reason=body.reason),
    )


@router.operation(
    "POST",
    f"{_PATH}/report",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=TradeEvent,
    problems=(problems.TradeEventStateForbids, problems.NobodyParticipated),
    summary="Report a trade event",
)
async def report_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventReportCreate) -> Response:
    """Say what the event cost and what came of it. What is known late is still entered, and its history kept."""
    return await _take(call, trade_event_id, lambda tx, row: service.report(tx, row, body, by=call.caller))


@router.operation(
    "POST",
    f"{_PATH}/cancellation",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=TradeEvent,
    problems=(problems.TradeEventStateForbids,),
    summary="Call a trade event off",
)
async def cancel_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventCancellationCreate) -> Response:
    """Call the event off, with the reason. Who had a place in it stays known and counts in no figure."""
    return await _take(call, trade_event_id, lambda tx, row: service.cancel(tx, row, body, by=call.caller))
