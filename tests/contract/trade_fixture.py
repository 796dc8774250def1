"""What the checks of every operation need of trade promotion; training_world.py takes it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.values.ids import new_id
from tests.contract.service_fixture import NUMBERS
from tests.training.trade_builders import MakeTrade, a_market_link, a_participation, a_trade_event

if TYPE_CHECKING:
    from tests.contract.training_fixture import TrainingWorld
    from tests.support.contract import Operation


def trade(world: TrainingWorld) -> MakeTrade:
    """Return the builders of trade promotion, for the world's service."""
    return MakeTrade(world.make.client)


async def _event(world: TrainingWorld, operation: Operation) -> dict[str, Any]:
    planned = ("complete_trade_event", "cancel_trade_event", "open_trade_event")
    event = await trade(world).event(is_held=operation.id not in planned)
    if operation.id == "report_trade_event":
        await trade(world).participation(event)
    return event


async def _participation(world: TrainingWorld, operation: Operation) -> dict[str, Any]:
    return await trade(world).participation()


async def _link(world: TrainingWorld, operation: Operation) -> dict[str, Any]:
    return await trade(world).link()


async def organization_in_trade(world: TrainingWorld) -> dict[str, Any]:
    """Return the id of an organization that took part in an event."""
    return {"id": (await trade(world).participation()).organization_id}


async def _participating(world: TrainingWorld) -> dict[str, Any]:
    event = await trade(world).event()
    return a_participation(trade_event_id=event.id)


async def _participation_batch(world: TrainingWorld) -> dict[str, Any]:
    return {"mode": "each", "items": [await _participating(world)]}


async def _new_event(world: TrainingWorld) -> dict[str, Any]:
    return a_trade_event()


async def _new_link(world: TrainingWorld) -> dict[str, Any]:
    return a_market_link()


async def _remark(world: TrainingWorld) -> dict[str, Any]:
    return {"note": f"lần {next(NUMBERS)}"}


async def _step(world: TrainingWorld) -> dict[str, Any]:
    return {"reason": f"lần {next(NUMBERS)}"}


async def _cancellation(world: TrainingWorld) -> dict[str, Any]:
    return {"reason": f"bão số {next(NUMBERS)}", "cancelled_on": "2023-05-01"}


async def _report(world: TrainingWorld) -> dict[str, Any]:
    return {"reported_on": "2023-06-01", "results": f"lần {next(NUMBERS)}", "visitors": 1200}


async def participation_file(world: TrainingWorld) -> bytes:
    """Return a file of one participation in an event of its own."""
    event = await trade(world).event()
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
