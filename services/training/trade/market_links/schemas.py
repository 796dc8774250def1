"""What a caller sends and gets for market links."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.records.embedding import EMBEDDED
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import UUID, VND, FileIds, Reason, in_order
from kernel.web.schemas import Checked, Input, Recorded, code, listed, text
from services.training import code_lists as codes
from services.training.code_lists import ATTRIBUTIONS
from services.training.names import TradeEventName
from services.training.parties import OrganizationName, OrganizationType, Province

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
    """Enter that an organization and a buyer agreed to trade. It counts on the day of the signature.

    `volume` and `volume_unit` come together.
    """

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
    ended_on: Day | None = Field(default=None, description="Last day of the agreement; null: no end is agreed")
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


class MarketLink(Recorded, EvidenceRow):
    """An organization and a buyer that agreed to trade, from the signature to the end."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    organization_name: str
    organization_type: str = Field(json_schema_extra=listed(codes.ORGANIZATION_TYPES))
    province_2008: str
    province_2025: str
    trade_event_id: str | None = Field(json_schema_extra=UUID)
    trade_event: Annotated[TradeEventName | None, EMBEDDED]
    buyer_kind: str = Field(json_schema_extra=listed(codes.BUYER_KINDS))
    buyer_name: str
    product_kind: str | None = Field(json_schema_extra=listed(codes.PRODUCT_KINDS))
    product_name: str | None
    product_id: str | None = Field(json_schema_extra=UUID)
    signed_on: date
    ended_on: date | None = Field(description="Last day of the agreement; null: no end is agreed")
    volume: str | None
    volume_unit: str | None
    value_vnd: int | None = Field(json_schema_extra=VND)
    attribution: str = Field(json_schema_extra=listed(ATTRIBUTIONS))
    note: str | None
    file_ids: list[str]
    alliance: str
