"""The steps of a trade event, from the plan to the report."""

from __future__ import annotations

from sqlmodel import exists, select

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, param
from kernel.problems import FieldError, Invalid
from kernel.storage.files import check_files
from kernel.web.auth import Caller
from services.training import models, problems
from services.training.rows import TradeEventRow
from services.training.steps import cancelled, reported
from services.training.trade.event_access import TRADE_EVENT_STEPS
from services.training.trade.trade_events.columns import refuse_untimely
from services.training.trade.trade_events.records import TRADE_EVENT
from services.training.trade.trade_events.schemas import TradeEventCancellationCreate, TradeEventReportCreate

_IS_ATTENDED = always(bool, select(exists().where(models.Participation.trade_event_id == param(1))))


async def step(
    tx: Transaction, row: TradeEventRow, action: str, state: str, *, by: Caller, reason: str | None
) -> TradeEventRow:
    """Take a step that only changes the state. Raises TradeEventStateForbids, TradeEventNotBegun."""
    TRADE_EVENT_STEPS.require(action, row["state"])
    if state == "held":
        refuse_untimely(row["starts_on"])
    return await records.update(tx, TRADE_EVENT, row, {"state": state}, by=by, reason=reason)


async def cancel(
    tx: Transaction, row: TradeEventRow, body: TradeEventCancellationCreate, *, by: Caller
) -> TradeEventRow:
    """Cancel the locked event: who had a place in it stays known and does not count. Raises TradeEventStateForbids."""
    TRADE_EVENT_STEPS.require("cancel", row["state"])
    return await records.update(tx, TRADE_EVENT, row, cancelled(body, by=by), by=by, reason=body.reason)


async def report(tx: Transaction, row: TradeEventRow, body: TradeEventReportCreate, *, by: Caller) -> TradeEventRow:
    """Report the locked event. Raises TradeEventStateForbids, NobodyParticipated, Invalid."""
    TRADE_EVENT_STEPS.require("report", row["state"])
    if field_errors := await check_files(tx, by, body.file_ids):
        raise Invalid(*field_errors)
    if body.reported_on < row["starts_on"]:
        words = (
            "Ngày này trước ngày đầu của sự kiện; hãy ghi ngày đó hoặc sau đó.",
            "This is before the event's first day; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/reported_on"))
    if not await tx.fetchval(_IS_ATTENDED, row["id"]):
        raise problems.NobodyParticipated()
    return await records.update(tx, TRADE_EVENT, row, reported(body, by=by), by=by)
