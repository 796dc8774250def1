"""What a trade event is: its table, how it is shown and listed, who may read it, and how one is entered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from kernel.database.statements import statement
from kernel.problems import NotFound
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, merge_patch_model, representation, split_by_map
from kernel.records.in_sql import Fields, said_in_sql, with_fields
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.web.calls import Call
from services.training import code_lists as codes
from services.training import models, problems
from services.training.code_lists import ATTRIBUTIONS
from services.training.filters import NAME_FILTER, sums_by_source
from services.training.names import OF_STEP_NAMES, PROGRAM_NAME
from services.training.rows import TradeEventRow
from services.training.scopes import RecordType
from services.training.trade.event_access import READABLE, TRADE_EVENT_STEPS
from services.training.trade.trade_events.columns import event_columns
from services.training.trade.trade_events.schemas import TradeEvent, TradeEventCreate

_stored = representation(
    TradeEvent,
    parsed=("budget", "actual_cost", "cancellation", "report", "file_ids", "photo_file_ids"),
    computed=("allowed_actions",),
)


def _represent(row: TradeEventRow) -> dict[str, Any]:
    """Return the public representation of an event's row; jsonb passes through unparsed."""
    document = _stored(row)
    document["allowed_actions"] = TRADE_EVENT_STEPS.allowed_actions(row["state"])
    return document


@said_in_sql(_represent)
def _in_sql(table: Table) -> Fields:
    return with_fields(_stored, table, allowed_actions=TRADE_EVENT_STEPS.in_sql())


TRADE_EVENT = Resource(
    name="trade_event",
    table=table_of(models.TradeEvent),
    path="/v1/training/trade-events",
    represent=_represent,
    embeds=(PROGRAM_NAME, *OF_STEP_NAMES),
    row=TradeEventRow,
    shared=True,
)
_READABLE = statement(TradeEventRow, f"{TRADE_EVENT.select} WHERE {READABLE}")


async def whole_event_guard(call: Call, path: dict[str, str]) -> None:
    """Load the event of the path into `call.record`, whole. Raises NotFound."""
    call.record = await call.db.fetchrow(_READABLE, path["trade_event_id"], call.caller.alliance)
    if call.record is None:
        raise NotFound()


TRADE_EVENT_TYPE = RecordType(
    resource=TRADE_EVENT,
    plural="trade-events",
    output=TradeEvent,
    create=TradeEventCreate,
    change=merge_patch_model(TradeEventCreate, without=("is_held", "alliance")),
    listing=listing_of(
        TRADE_EVENT,
        TradeEvent,
        (
            NAME_FILTER,
            code_filter("state", "r.state", codes.TRADE_EVENT_STATES, "State."),
            code_filter("kind", "r.kind", codes.TRADE_EVENT_KINDS, "Kind of event."),
            code_filter("attribution", "r.attribution", ATTRIBUTIONS, "The alliance's part in it."),
            code_filter("organizer_kind", "r.organizer_kind", codes.ORGANIZER_KINDS, "Who organizes it."),
            id_filter("program_id", "r.program_id", "Program that pays for it."),
            text_filter("decision_number", "r.decision_number", "Number of its decision, exactly."),
            *PROVINCE_FILTERS,
            *day_range("starts_on", "r.starts_on", "First day, on which it counts"),
        ),
        sorts={"starts_on": SortKey("r.starts_on", "date"), "name": SortKey("r.name_folded")},
        facets=("state", "kind", "attribution", "organizer_kind"),
        sums=sums_by_source("budget", "actual_cost"),
        check=split_by_map,
    ),
    columns=event_columns,
    refusals=(problems.TradeEventStateForbids, problems.TradeEventNotBegun),
    guard=whole_event_guard,
)
