"""What a market link is: its table, how it is shown and listed, and how one is entered."""

from __future__ import annotations

from typing import Any

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.feed.organizations import organization
from kernel.problems import Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, merge_patch_model, representation
from kernel.records.listing import Filter, SortKey, code_filter, day_filter, day_range, id_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.storage.files import check_files
from kernel.values.text import name_folded
from kernel.web.calls import Call
from kernel.web.field_types import folded
from services.training import code_lists as codes
from services.training import models, problems
from services.training.code_lists import ATTRIBUTIONS
from services.training.indicators import INDICATORS
from services.training.names import ORGANIZATION_NAME, TRADE_EVENT_NAME
from services.training.parties import (
    located,
    meet_parties,
    organization_name,
    organization_type,
    refuse_others_products,
)
from services.training.rows import MarketLinkRow
from services.training.scopes import OWN_READ, RecordType
from services.training.trade.event_access import event_named
from services.training.trade.market_links.schemas import MarketLink, MarketLinkCreate

MARKET_LINK = Resource(
    name="market_link",
    table=table_of(models.MarketLink),
    path="/v1/training/market-links",
    represent=representation(MarketLink, parsed=("file_ids",)),
    embeds=(TRADE_EVENT_NAME, ORGANIZATION_NAME),
    row=MarketLinkRow,
    own_column="organization_id",
)


async def _columns(tx: Transaction, call: Call, body: MarketLinkCreate, row: MarketLinkRow | None) -> dict[str, Any]:
    event = None
    if body.trade_event_id is not None:
        event = await event_named(tx, body.trade_event_id, by=call.caller)
    party = None if row is not None else await organization(tx, call, body.organization_id, "/organization_id")
    place = await located(
        tx, body.organization_id, body.province, by=call.caller, row=row, event=event, organization=party
    )
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    if body.product_id is not None:
        before = () if row is None or row["product_id"] is None else (row["product_id"],)
        products = {body.product_id: "/product_id"}
        await refuse_others_products(tx, body.organization_id, products, lookup=call, before=before)
    return {
        **body.model_dump(exclude={"id", "reason", "province"}),
        "organization_name": organization_name(body.organization_name, party, row),
        "organization_type": organization_type(body.organization_type, party, row),
        **place,
        "buyer_name_folded": name_folded(body.buyer_name),
    }


MARKET_LINK_TYPE = RecordType(
    resource=MARKET_LINK,
    plural="market-links",
    output=MarketLink,
    create=MarketLinkCreate,
    listing=listing_of(
        MARKET_LINK,
        MarketLink,
        (
            Filter(
                "q",
                "r.buyer_name_folded LIKE '%' || {0} || '%'",
                "Search in the buyers' names without regard to case or marks.",
                folded,
            ),
            id_filter("organization_id", "r.organization_id", "Organization that sells."),
            id_filter("trade_event_id", "r.trade_event_id", "Event at which they met."),
            code_filter("organization_type", "r.organization_type", codes.ORGANIZATION_TYPES, "Type of organization."),
            code_filter("buyer_kind", "r.buyer_kind", codes.BUYER_KINDS, "Kind of buyer."),
            code_filter("product_kind", "r.product_kind", codes.PRODUCT_KINDS, "Kind of product."),
            code_filter("attribution", "r.attribution", ATTRIBUTIONS, "The alliance's part in it."),
            day_filter(
                "as_of",
                "(r.signed_on <= {0}::date AND (r.ended_on IS NULL OR r.ended_on >= {0}::date))",
                "Agreements that ran on that day",
            ),
            *PROVINCE_FILTERS,
            *day_range("signed_on", "r.signed_on", "Day of the signature, on which it counts"),
        ),
        sorts={"signed_on": SortKey("r.signed_on", "date")},
        facets=("buyer_kind", "product_kind", "attribution"),
        counts=INDICATORS,
    ),
    columns=_columns,
    change=merge_patch_model(MarketLinkCreate, without=("organization_id",)),
    refusals=(problems.ProductOfAnotherOrganization, kernel_problems.OrganizationUnknownYet),
    before=meet_parties,
    removable=True,
    read_scopes=OWN_READ,
)
