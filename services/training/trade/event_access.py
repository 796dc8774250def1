"""The event that a participation or a market link belongs to: who may read it, and what its state allows."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid, NotFound
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from services.training import problems
from services.training.steps import Steps

# Who took part may be known late, and is then entered after the report.
TRADE_EVENT_STEPS = Steps(
    allowed_in={
        "change": ("planned", "open", "held", "reported"),
        "open": ("planned",),
        "participate": ("planned", "open", "held", "reported"),
        "complete": ("planned", "open"),
        "report": ("held",),
        "cancel": ("planned", "open"),
    },
    refusal=problems.TradeEventStateForbids,
)


class EventFacts(TypedDict):
    """What counts of an event for those who take part in it."""

    id: str
    name_folded: str
    starts_on: date
    state: str
    alliance: str
    province_2008: str | None
    province_2025: str | None


EVENT_FACTS = "SELECT id, name_folded, starts_on, state, alliance, province_2008, province_2025 FROM trade_event"
READABLE = f"id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))"
"""An event of the caller's area or of the nation."""

_READABLE = statement(EventFacts, f"{EVENT_FACTS} WHERE {READABLE}")
# Held as it is until the transaction ends, while others may hold it as well.
_HELD = statement(EventFacts, f"{EVENT_FACTS} WHERE {READABLE} FOR SHARE")


async def event_named(db: Database | Transaction, id_: str, *, by: Caller, hold: bool = False) -> EventFacts:
    """Return the event that a body names, if it is of the caller's area or of the nation. Raises Invalid.

    `hold`: neither its first day nor its state changes until the transaction ends.
    """
    event = await db.fetchrow(_HELD if hold else _READABLE, id_, by.alliance)
    if event is None:
        words = ("Không có sự kiện này trong địa bàn của bạn.", "There is no such trade event in your area.")
        raise Invalid(FieldError("unknown_trade_event", words, pointer="/trade_event_id"))
    return event


async def event_guard(call: Call, path: dict[str, str]) -> None:
    """Load the event of the path into `call.record`. Raises NotFound."""
    call.record = await call.db.fetchrow(_READABLE, path["trade_event_id"], call.caller.alliance)
    if call.record is None:
        raise NotFound()
