"""Trade events over HTTP: planning, and each step of the way to the report as something that is created."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel.records import existing, loaded
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import PRIVATE, json_reply
from services.training import problems
from services.training.names import TRADE_EVENT_NAME
from services.training.scopes import READ, WRITE
from services.training.steps import take_step
from services.training.trade.trade_events import service
from services.training.trade.trade_events.queries import SUMMARY
from services.training.trade.trade_events.records import TRADE_EVENT, TRADE_EVENT_TYPE, whole_event_guard
from services.training.trade.trade_events.schemas import (
    TradeEvent,
    TradeEventCancellationCreate,
    TradeEventReportCreate,
    TradeEventStepCreate,
    TradeEventSummary,
)

# GET, POST        /v1/training/trade-events
# GET, PATCH       /v1/training/trade-events/{trade_event_id}
# GET              /v1/training/trade-events/{trade_event_id}/history
router = record_router(TRADE_EVENT_TYPE)
_ONE = existing(TRADE_EVENT, "trade_event_id")
_PATH = "/trade-events/{trade_event_id}"
_STEP: dict[str, Any] = {"scopes": WRITE, "guard": _ONE, "status_code": 201, "response_model": TradeEvent}
"""What the declarations of all steps have in common."""


@router.operation(
    "GET",
    f"{_PATH}/summary",
    scopes=READ,
    guard=whole_event_guard,
    response_model=TradeEventSummary,
    summary="Read the summary of a trade event",
)
async def read_trade_event_summary(call: CurrentCall, trade_event_id: Id) -> Response:
    """Sum what took part in the event, as far as the caller's area goes: of a national event, its own part of it."""
    event = loaded(call, TRADE_EVENT)
    summary = await call.db.fetchrow(SUMMARY, event["id"], call.caller.alliance)
    assert summary is not None, "an aggregate has a row"
    document = {"trade_event_id": event["id"], "trade_event": TRADE_EVENT_NAME.of(event), **summary}
    return json_reply(document, cache=PRIVATE)


@router.operation(
    "POST",
    f"{_PATH}/opening",
    **_STEP,
    problems=(problems.TradeEventStateForbids,),
    summary="Announce a trade event",
)
async def open_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventStepCreate) -> Response:
    """The event is announced and takes participants; those known before may be entered while it is planned."""
    return await take_step(
        call,
        TRADE_EVENT,
        trade_event_id,
        lambda tx, row: service.step(tx, row, "open", "open", by=call.caller, reason=body.reason),
    )


@router.operation(
    "POST",
    f"{_PATH}/completion",
    **_STEP,
    problems=(problems.TradeEventStateForbids, problems.TradeEventNotBegun),
    summary="Complete a trade event",
)
async def complete_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventStepCreate) -> Response:
    """From now on who took part counts, on the event's first day. One that lasts several days may be completed once it began."""
    return await take_step(
        call,
        TRADE_EVENT,
        trade_event_id,
        lambda tx, row: service.step(tx, row, "complete", "held", by=call.caller, reason=body.reason),
    )


@router.operation(
    "POST",
    f"{_PATH}/report",
    **_STEP,
    problems=(problems.TradeEventStateForbids, problems.NobodyParticipated),
    summary="Report a trade event",
)
async def report_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventReportCreate) -> Response:
    """Say what the event cost and what came of it. What is known late is still entered, and its history kept."""
    return await take_step(
        call, TRADE_EVENT, trade_event_id, lambda tx, row: service.report(tx, row, body, by=call.caller)
    )


@router.operation(
    "POST",
    f"{_PATH}/cancellation",
    **_STEP,
    problems=(problems.TradeEventStateForbids,),
    summary="Cancel a trade event",
)
async def cancel_trade_event(call: CurrentCall, trade_event_id: Id, body: TradeEventCancellationCreate) -> Response:
    """Cancel the event, with the reason. Who had a place in it stays known and counts in no figure."""
    return await take_step(
        call, TRADE_EVENT, trade_event_id, lambda tx, row: service.cancel(tx, row, body, by=call.caller)
    )
