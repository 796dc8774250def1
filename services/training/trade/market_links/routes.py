"""Market links over HTTP: cooperatives and the buyers that they were brought together with."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import organization
from kernel.problems import FieldError, Invalid
from kernel.records.crud import listing_of, merge_patch_model, record_router, representation
from kernel.records.listing import Filter, SortKey, code_filter, day_filter, day_range, id_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.records.records import Resource, table_of
from kernel.storage.files import check_files
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.values.text import name_folded
from kernel.web.operations import Call
from kernel.web.schemas import Checked, Input, Recorded, code, text
from services.training import code_lists as codes
from services.training import models, problems, rows
from services.training.classes.training_classes.schemas import FileIds
from services.training.code_lists import ATTRIBUTIONS
from services.training.field_types import UUID, VND, Reason, folded, in_order
from services.training.indicators import INDICATORS
from services.training.parties import (
    OrganizationName,
    OrganizationType,
    Province,
    located,
    meet_parties,
    named,
    refuse_others_products,
)
from services.training.scopes import OWN_READ, Kind
from services.training.trade.trade_events.records import readable

_VOLUME = re.compile(r"(0|[1-9]\d{0,11})(\.\d{1,3})?", re.ASCII)


def _is_volume(value: str) -> str:
    if not _VOLUME.fullmatch(value):
        words = (
            "Hãy ghi một số, dấu chấm trước phần lẻ, ví dụ 12.5.",
            "Give a number with a point before decimals, for instance 12.5.",
        )
        raise field_error("wrong_format", *words)
    return value


Volume = Annotated[
    str,
    Checked(_is_volume, {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?$"}),
    Field(description="What is agreed on, a decimal string; its unit is in volume_unit"),
]


class MarketLinkCreate(Input):
    """Enter that an organization and a buyer agreed to trade. It counts on the day of the signature."""

    id: Id | None = None
    organization_id: Id
    organization_name: OrganizationName | None = None
    organization_type: OrganizationType | None = None
    province: Province | None = None
    trade_event_id: Id | None = Field(default=None, description="Event at which they met")
    buyer_kind: Annotated[str, code(codes.BUYER_KINDS)]
    buyer_name: Annotated[str, text(300)]
    product_kind: Annotated[str, code(codes.PRODUCT_KINDS)] | None = None
    product_name: Annotated[str, text(200)] | None = None
    product_id: Id | None = None
    signed_on: PastDay
    ended_on: Day | None = Field(default=None, description="Last day of the agreement; null: until further notice")
    volume: Volume | None = None
    volume_unit: Annotated[str, text(30)] | None = None
    value_vnd: Vnd | None = None
    attribution: Annotated[str, code(ATTRIBUTIONS)] = "supported"
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = []
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> MarketLinkCreate:
        in_order(self.signed_on, self.ended_on, "ended_on")
        if (self.volume is None) != (self.volume_unit is None):
            words = ("Hãy ghi cả khối lượng và đơn vị tính.", "Give both the volume and its unit.")
            raise field_error("required", *words, at="volume_unit" if self.volume_unit is None else "volume")
        return self


class MarketLink(Recorded):
    """A cooperative and a buyer that agreed to trade, from the signature to the end."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization_name: str
    organization_type: str = Field(json_schema_extra={"x-extensible-enum": list(codes.ORGANIZATION_TYPES)})
    province_2008: str
    province_2025: str
    trade_event_id: str | None = Field(json_schema_extra=UUID)
    buyer_kind: str = Field(json_schema_extra={"x-extensible-enum": list(codes.BUYER_KINDS)})
    buyer_name: str
    product_kind: str | None = Field(json_schema_extra={"x-extensible-enum": list(codes.PRODUCT_KINDS)})
    product_name: str | None
    product_id: str | None = Field(json_schema_extra=UUID)
    signed_on: date
    ended_on: date | None = Field(description="Last day of the agreement; null: until further notice")
    volume: str | None
    volume_unit: str | None
    value_vnd: int | None = Field(json_schema_extra=VND)
    attribution: str = Field(json_schema_extra={"x-extensible-enum": list(ATTRIBUTIONS)})
    note: str | None
    file_ids: list[str]
    alliance: str


async def _columns(tx: Transaction, call: Call, body: MarketLinkCreate, row: Row | None) -> dict[str, Any]:
    event = None
    if body.trade_event_id is not None:
        event = await readable(tx, call, body.trade_event_id)
        if event is None:
            words = ("Không có sự kiện này trong địa bàn của bạn.", "There is no such trade event in your area.")
            raise Invalid(FieldError("unknown_trade_event", words, pointer="/trade_event_id"))
    told = None if row is not None else await organization(tx, call, body.organization_id, "/organization_id")
    where = await located(tx, call, body.organization_id, body.province, row=row, event=event, told=told)
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    if body.product_id is not None:
        await refuse_others_products(tx, call, body.organization_id, {body.product_id: "/product_id"}, row=row)
    return {
        **body.model_dump(exclude={"id", "reason", "province"}),
        **named(body, told, row),
        **where,
        "buyer_name_folded": name_folded(body.buyer_name),
    }


MARKET_LINK = Resource(
    "market_link",
    table_of(models.MarketLink),
    "/v1/training/market-links",
    representation(MarketLink, parsed=("file_ids",)),
    own_column="organization_id",
    row=rows.MarketLinkRow,
)
KIND = Kind(
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
            code_filter("attribution", "r.attribution", ATTRIBUTIONS, "What the alliance had to do with it."),
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
router = record_router(KIND)
