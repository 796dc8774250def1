"""Entering and correcting participations: which event, where the organization lies, whose the products are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import Organization, organization
from kernel.problems import FieldError, Invalid
from kernel.records.crud import outside_area
from kernel.storage.files import check_files
from kernel.values.days import today
from kernel.web.auth import NATION
from kernel.web.operations import Call
from services.training import problems
from services.training.parties import located, named, refuse_others_products
from services.training.trade.participations.schemas import RESULTS, ParticipationCreate
from services.training.trade.trade_events.records import readable, require


async def columns(tx: Transaction, call: Call, body: ParticipationCreate, row: Row | None) -> dict[str, Any]:
    """Return the columns of a new participation, or of what `row` becomes. Raises what refuses."""
    event = await _event(tx, call, body, row)
    told = None if row is not None else await organization(tx, call, body.organization_id, "/organization_id")
    return await columns_at(tx, call, event, body, row, told)


async def columns_at(
    tx: Transaction,
    call: Call,
    event: Row,
    body: ParticipationCreate,
    row: Row | None,
    told: Organization | None,
    known: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the columns of a participation in `event`, which the transaction holds.

    `told`: what the registry told of the organization. `known`: where organizations lie by earlier records, if that was
    asked before. Raises what refuses.
    """
    require(event, "participate")
    where = await located(tx, call, body.organization_id, body.province, row=row, event=event, told=told, known=known)
    if event["alliance"] not in (NATION, where["alliance"]):
        raise outside_area("/province")
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    if event["starts_on"] > today() and any(getattr(body, name) for name in RESULTS):
        raise problems.TradeEventNotBegun(starts_on=event["starts_on"].isoformat())
    products = {
        item.product_id: f"/products/{at}/product_id"
        for at, item in enumerate(body.products)
        if item.product_id is not None
    }
    await refuse_others_products(tx, call, body.organization_id, products, row=row)
    return {
        **body.model_dump(exclude={"id", "reason", "province", "products"}),
        **named(body, told, row),
        **where,
        "trade_event_id": event["id"],
        "counted_on": event["starts_on"],
        "products": [item.model_dump() for item in body.products],
        "product_kinds": sorted({item.counted_as for item in body.products}),
    }


async def _event(tx: Transaction, call: Call, body: ParticipationCreate, row: Row | None) -> Row:
    id_ = row["trade_event_id"] if row is not None else body.trade_event_id
    if id_ is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/trade_event_id"))
    # Held, so that neither its first day nor its state changes while this is entered.
    event = await readable(tx, call, id_, hold=True)
    if event is None:
        words = ("Không có sự kiện này trong địa bàn của bạn.", "There is no such trade event in your area.")
        raise Invalid(FieldError("unknown_trade_event", words, pointer="/trade_event_id"))
    return event


async def exists(tx: Transaction, values: dict[str, Any]) -> Exception:
    """Return the refusal of a second participation of one organization in one event."""
    sql = "SELECT id FROM participation WHERE trade_event_id = $1::uuid AND organization_id = $2::uuid"
    found = await tx.fetchval(sql, values["trade_event_id"], values["organization_id"])
    return problems.ParticipationExists(organization_id=values["organization_id"], participation_id=found)
