"""What the checks of every operation need of trade promotion; training_fixture.py takes it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.values.ids import new_id
from tests.contract.service_fixture import NUMBERS
from tests.training.trade_builders import MakeTrade, a_market_link, a_participation, a_trade_event

if TYPE_CHECKING:
    from tests.contract.training_fixture import TrainingFixture
    from tests.support.contract import Operation


def trade(service: TrainingFixture) -> MakeTrade:
    """Return the builders of trade promotion, for the fixture of training."""
    return MakeTrade(service.make.client)


async def _event(service: TrainingFixture, operation: Operation) -> dict[str, Any]:
    planned = ("complete_trade_event", "cancel_trade_event", "open_trade_event")
    event = await trade(service).event(is_held=operation.id not in planned)
    if operation.id == "report_trade_event":
        await trade(service).participation(event)
    return event


async def _participation(service: TrainingFixture, operation: Operation) -> dict[str, Any]:
    return await trade(service).participation()


async def _link(service: TrainingFixture, operation: Operation) -> dict[str, Any]:
    return await trade(service).link()


async def organization_in_trade(service: TrainingFixture) -> dict[str, Any]:
    """Return the id of an organization that took part in an event."""
    return {"id": (await trade(service).participation()).organization_id}


async def _participating(service: TrainingFixture) -> dict[str, Any]:
    event = await trade(service).event()
    return a_participation(trade_event_id=event.id)


async def _participation_batch(service: TrainingFixture) -> dict[str, Any]:
    return {"mode": "each", "items": [await _participating(service)]}


async def _new_event(service: TrainingFixture) -> dict[str, Any]:
    return a_trade_event()


async def _new_link(service: TrainingFixture) -> dict[str, Any]:
    return a_market_link()


async def _remark(service: TrainingFixture) -> dict[str, Any]:
    return {"note": f"lần {next(NUMBERS)}"}


async def _step(service: TrainingFixture) -> dict[str, Any]:
    return {"reason": f"lần {next(NUMBERS)}"}


async def _cancellation(service: TrainingFixture) -> dict[str, Any]:
    return {"reason": f"bão số {next(NUMBERS)}", "cancelled_on": "2023-05-01"}


async def _report(service: TrainingFixture) -> dict[str, Any]:
    return {"reported_on": "2023-06-01", "results": f"lần {next(NUMBERS)}", "visitors": 1200}


async def participation_file(service: TrainingFixture) -> bytes:
    """Return a file of one participation in an event of its own."""
    event = await trade(service).event()
    row = f"{event.name},{event.starts_on},{new_id()},HTX Đồng Tâm"
    return f"event_name,starts_on,organization_id,organization_name\n{row}\n".encode()


RECORDS: dict[str, Any] = {
    "trade_event_id": _event,
    "participation_id": _participation,
    "market_link_id": _link,
}
BODIES: dict[str, Any] = {
    "TradeEventCreate": _new_event,
    "TradeEventChange": _remark,
    "TradeEventStepCreate": _step,
    "TradeEventCancellationCreate": _cancellation,
    "TradeEventReportCreate": _report,
    "ParticipationCreate": _participating,
    "ParticipationChange": _remark,
    "ParticipationBatch": _participation_batch,
    "MarketLinkCreate": _new_link,
    "MarketLinkChange": _remark,
}
