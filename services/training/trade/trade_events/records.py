"""How a trade event's row is shown, who may read it, and what may be done with it next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.database.connections import Database, Row, Transaction
from kernel.problems import NotFound
from kernel.records.records import Resource, table_of
from kernel.web.auth import NATION
from kernel.web.operations import Call
from services.training import models, problems, rows
from services.training.trade.trade_events.schemas import TradeEvent

ALLOWED_IN: Mapping[str, tuple[str, ...]] = {
    "change": ("planned", "open", "held", "reported"),
    "open": ("planned",),
    "participate": ("planned", "open", "held", "reported"),
    "complete": ("planned", "open"),
    "report": ("held",),
    "cancel": ("planned", "open"),
}
"""Step → states that it may be taken in. Who took part may be known late, and is then entered after the report."""

_PARSED = ("budget", "actual_cost", "cancellation", "report", "file_ids")


def require(row: Mapping[str, Any], action: str) -> None:
    """Raise TradeEventStateForbids unless `action` may be taken in the event's state."""
    if row["state"] not in ALLOWED_IN[action]:
        raise problems.TradeEventStateForbids(state=row["state"], action=action, allowed_in=list(ALLOWED_IN[action]))


def allowed_actions(state: str) -> list[dict[str, Any]]:
    """Return every step, whether the state allows it, and what stands in the way."""
    return [
        {
            "action": action,
            "allowed": state in states,
            "problem": None if state in states else problems.TradeEventStateForbids.type_path(),
        }
        for action, states in ALLOWED_IN.items()
    ]


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of an event's row; jsonb passes through unparsed."""
    made: dict[str, Any] = {"allowed_actions": allowed_actions(row["state"])}
    for name in _PARSED:
        made[name] = None if row[name] is None else orjson.Fragment(row[name])
    return {name: made[name] if name in made else row[name] for name in TradeEvent.model_fields}


TRADE_EVENT = Resource(
    "trade_event",
    table_of(models.TradeEvent),
    "/v1/training/trade-events",
    represent,
    shared=True,
    row=rows.TradeEventRow,
)


async def readable(tx: Database | Transaction, call: Call, id_: str, *, hold: bool = False) -> Row | None:
    """Return the event with `id_` if it is of the caller's area or of the nation.

    `hold`: it stays as it is until the transaction ends, while others may hold it as well.
    """
    sql = f"{TRADE_EVENT.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))"
    row: Row | None = await tx.fetchrow(sql + (" FOR SHARE" if hold else ""), id_, call.caller.alliance)
    return row


async def event_guard(call: Call, path: dict[str, str]) -> None:
    """Load the event of the path into `call.found`. Raises NotFound."""
    call.found = await readable(call.db, call, path["trade_event_id"])
    if call.found is None:
        raise NotFound()
