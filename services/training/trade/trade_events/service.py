"""Entering trade events, and the steps from the plan to the report."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.crud import owner
from kernel.storage.files import check_files
from kernel.values import geography
from kernel.values.days import instant_text, now, today
from kernel.values.text import name_folded
from kernel.web.auth import NATION, Caller
from kernel.web.operations import Call
from services.training import problems
from services.training.classes.programs import routes as programs
from services.training.trade.participations.records import PARTICIPATION
from services.training.trade.trade_events.records import TRADE_EVENT, require
from services.training.trade.trade_events.schemas import (
    TradeEventCancellationCreate,
    TradeEventCreate,
    TradeEventReportCreate,
)


async def columns(tx: Transaction, call: Call, body: TradeEventCreate, row: Row | None) -> dict[str, Any]:
    """Return the columns of a new event, or of what `row` becomes. Raises what refuses."""
    if row is not None:
        require(row, "change")
    if body.program_id is not None and await programs.readable(tx, call, body.program_id) is None:
        words = ("Không có chương trình này trong địa bàn của bạn.", "There is no such program in your area.")
        raise Invalid(FieldError("unknown_program", words, pointer="/program_id"))
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    provinces: dict[str, Any] = {"province_2008": None, "province_2025": None}
    if body.commune_code is not None:
        place = geography.place(body.commune_code, str(body.commune_map))
        assert place is not None, "checked with the body"
        provinces = {"province_2008": place.province_2008, "province_2025": place.province_2025}
    values = {
        **body.model_dump(exclude={"id", "reason", "is_held", "alliance"}),
        **provinces,
        "name_folded": name_folded(body.name),
    }
    if row is not None:
        if row["state"] in ("held", "reported"):
            _refuse_untimely(body.starts_on)
        if body.starts_on != row["starts_on"]:
            await _count_on(tx, row["id"], body.starts_on, by=call.caller, reason=body.reason)
        return values
    if body.is_held:
        _refuse_untimely(body.starts_on)
    national = body.alliance == NATION and call.caller.area == NATION
    alliance = NATION if national else owner(call, body.alliance)
    state = "held" if body.is_held else "planned"
    return {**values, "state": state, "cancellation": None, "report": None, "alliance": alliance}


def _refuse_untimely(starts_on: date) -> None:
    if starts_on > today():
        raise problems.TradeEventNotBegun(starts_on=starts_on.isoformat())


async def _count_on(tx: Transaction, event_id: str, day: date, *, by: Caller, reason: str | None) -> None:
    """Move what took part in the locked event to its new first day; every one keeps its history."""
    sql = f"{PARTICIPATION.select} WHERE trade_event_id = $1::uuid ORDER BY id FOR NO KEY UPDATE"
    for found in await tx.fetch(sql, event_id):
        await records.update(tx, PARTICIPATION, found, {"counted_on": day}, by=by, reason=reason, action="derived")


def _recorded(by: Caller) -> dict[str, Any]:
    return {"recorded_by": by.id, "recorded_at": instant_text(now())}


async def step(tx: Transaction, row: Row, action: str, state: str, *, by: Caller, reason: str | None) -> Row:
    """Take a step that only changes the state. Raises TradeEventStateForbids, TradeEventNotBegun."""
    require(row, action)
    if state == "held":
        _refuse_untimely(row["starts_on"])
    after: Row = await records.update(tx, TRADE_EVENT, row, {"state": state}, by=by, reason=reason)
    return after


async def cancel(tx: Transaction, row: Row, body: TradeEventCancellationCreate, *, by: Caller) -> Row:
    """Call the locked event off: who had a place in it stays known and does not count. Raises TradeEventStateForbids."""
    require(row, "cancel")
    values = {"state": "cancelled", "cancellation": {**body.model_dump(mode="json"), **_recorded(by)}}
    after: Row = await records.update(tx, TRADE_EVENT, row, values, by=by, reason=body.reason)
    return after


async def report(tx: Transaction, row: Row, body: TradeEventReportCreate, *, by: Caller) -> Row:
    """Report the locked event. Raises TradeEventStateForbids, NobodyParticipated, Invalid."""
    require(row, "report")
    if faults := await check_files(tx, by, body.file_ids):
        raise Invalid(*faults)
    if body.reported_on < row["starts_on"]:
        words = (
            "Ngày này trước ngày đầu của sự kiện; hãy ghi ngày đó hoặc sau đó.",
            "This is before the event's first day; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/reported_on"))
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM participation WHERE trade_event_id = $1::uuid)", row["id"]):
        raise problems.NobodyParticipated()
    kept = {**body.model_dump(mode="json", exclude={"actual_cost"}), **_recorded(by)}
    values: dict[str, Any] = {"state": "reported", "report": kept}
    if body.actual_cost is not None:
        values["actual_cost"] = [item.model_dump() for item in body.actual_cost]
    after: Row = await records.update(tx, TRADE_EVENT, row, values, by=by)
    return after
