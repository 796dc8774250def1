"""What stands in the columns of a participation: which event, where the organization lies, whose the products are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.feed.organizations import Lookup, Organization, organization
from kernel.problems import FieldError, Invalid
from kernel.records.crud import outside_area
from kernel.storage.files import check_files
from kernel.values.days import today
from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.training import problems
from services.training.parties import located, organization_name, organization_type, refuse_others_products
from services.training.rows import ParticipationRow
from services.training.trade.event_access import TRADE_EVENT_STEPS, EventFacts, event_named
from services.training.trade.participations.schemas import RESULTS, ParticipationCreate


async def participation_columns(
    tx: Transaction, call: Call, body: ParticipationCreate, row: ParticipationRow | None
) -> dict[str, Any]:
    """Return the columns of a new participation, or of what `row` becomes. Raises what refuses."""
    event_id = row["trade_event_id"] if row is not None else body.trade_event_id
    if event_id is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/trade_event_id"))
    event = await event_named(tx, event_id, by=call.caller, hold=True)
    party = None if row is not None else await organization(tx, call, body.organization_id, "/organization_id")
    return await columns_at(tx, event, body, row, party, lookup=call)


async def columns_at(
    tx: Transaction,
    event: EventFacts,
    body: ParticipationCreate,
    row: ParticipationRow | None,
    party: Organization | None,
    *,
    lookup: Lookup,
    earlier: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the columns of a participation in `event`, which the transaction holds.

    `party`: what the registry told of the organization. `earlier`: where organizations lie by earlier records, if that
    was asked before. Raises what refuses.
    """
    by = lookup.caller
    TRADE_EVENT_STEPS.require("participate", event["state"])
    place = await located(
        tx,
        body.organization_id,
        body.province,
        by=by,
        row=row,
        event=event,
        organization=party,
        earlier=earlier,
    )
    if event["alliance"] not in (NATION, place["alliance"]):
        raise outside_area("/province")
    if field_errors := await check_files(tx, by, body.file_ids):
        raise Invalid(*field_errors)
    if event["starts_on"] > today() and any(getattr(body, name) for name in RESULTS):
        raise problems.TradeEventNotBegun(starts_on=event["starts_on"].isoformat())
    products = {
        item.product_id: f"/products/{at}/product_id"
        for at, item in enumerate(body.products)
        if item.product_id is not None
    }
    before = () if row is None else {item["product_id"] for item in orjson.loads(row["products"])}
    await refuse_others_products(tx, body.organization_id, products, lookup=lookup, before=before)
    return {
        **body.model_dump(exclude={"id", "reason", "province", "products"}),
        "organization_name": organization_name(body.organization_name, party, row),
        "organization_type": organization_type(body.organization_type, party, row),
        **place,
        "trade_event_id": event["id"],
        "counted_on": event["starts_on"],
        "products": [item.model_dump() for item in body.products],
        "product_kinds": sorted({item.counted_as for item in body.products}),
    }
