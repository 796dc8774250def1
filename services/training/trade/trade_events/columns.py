"""What stands in the columns of a trade event, and what follows for those who take part in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.problems import Invalid
from kernel.records.crud import owner
from kernel.storage.files import check_files
from kernel.storage.pictures import check_photos
from kernel.values import geography
from kernel.values.days import today
from kernel.values.text import name_folded
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.programs.records import check_program
from services.training.rows import ParticipationRow, TradeEventRow
from services.training.trade.event_access import TRADE_EVENT_STEPS
from services.training.trade.participations.records import PARTICIPATION
from services.training.trade.trade_events.schemas import TradeEventCreate


async def event_columns(
    tx: Transaction, call: Call, body: TradeEventCreate, row: TradeEventRow | None
) -> dict[str, Any]:
    """Return the columns of a new event, or of what `row` becomes. Raises what refuses."""
    if row is not None:
        TRADE_EVENT_STEPS.require("change", row["state"])
    await check_program(tx, body.program_id, by=call.caller)
    field_errors = await check_files(tx, call.caller, body.file_ids)
    if field_errors := field_errors + await check_photos(tx, call.caller, body.photo_file_ids):
        raise Invalid(*field_errors)
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
            refuse_untimely(body.starts_on)
        if body.starts_on != row["starts_on"]:
            await _count_on(tx, row["id"], body.starts_on, by=call.caller, reason=body.reason)
        return values
    if body.is_held:
        refuse_untimely(body.starts_on)
    national = body.alliance == NATION and call.caller.area == NATION
    alliance = NATION if national else owner(call, body.alliance)
    state = "held" if body.is_held else "planned"
    return {**values, "state": state, "cancellation": None, "report": None, "alliance": alliance}


def refuse_untimely(starts_on: date) -> None:
    if starts_on > today():
        raise problems.TradeEventNotBegun(starts_on=starts_on.isoformat())


# All who take part in an event, locked in the order of ids. By uq_participation_organization.
_PARTICIPATIONS = statement(
    ParticipationRow,
    f"{PARTICIPATION.select} WHERE trade_event_id = $1::uuid ORDER BY id FOR NO KEY UPDATE",
)


async def _count_on(tx: Transaction, event_id: str, day: date, *, by: Caller, reason: str | None) -> None:
    """Move what took part in the locked event to its new first day; every one keeps its history."""
    for participation in await tx.fetch(_PARTICIPATIONS, event_id):
        await records.update(
            tx, PARTICIPATION, participation, {"counted_on": day}, by=by, reason=reason, action="derived"
        )
