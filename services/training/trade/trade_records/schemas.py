"""What a caller gets of an organization's trade promotion."""

from __future__ import annotations

from pydantic import Field

from kernel.records.organization_names import NamedOrganization
from kernel.web.field_types import UUID, VND
from kernel.web.schemas import Output


class TradeYear(Output):
    """What an organization did in trade promotion in one year."""

    year: int
    participations: int
    product_types: int = Field(description="Distinct kinds of products that it showed in the year")
    product_showings: int
    support_received_vnd: int = Field(json_schema_extra=VND)
    revenue_vnd: int = Field(json_schema_extra=VND)
    contract_count: int
    contract_value_vnd: int = Field(json_schema_extra=VND)
    memorandum_count: int
    contact_count: int
    market_links: int = Field(description="Agreements with buyers signed in the year")
    market_link_value_vnd: int = Field(json_schema_extra=VND)


class TradeRecord(Output):
    """The trade promotion of one organization, year by year; an event belongs to the year of its first day."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    years: list[TradeYear]
    participations: str = Field(description="Path of the participations behind it")
    market_links: str = Field(description="Path of the agreements behind it")
