"""Value chains: who leads one, and the links that supply, produce, process and trade in it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import UUID
from sqlmodel import Field

from kernel.database.columns import AttributionColumns, jsonb_field, reference_field
from services.registry.models.base import Record, RegistryModel


class ValueChain(Record, AttributionColumns, table=True):
    """A value chain. It lies where its lead lay when it began, and is owned by the lead's alliance.

    `links` holds all that is said of them; `organization_ids` those of the registry, the lead first.
    """

    __tablename__ = "value_chain"
    __table_args__ = (
        Index("ix_value_chain_lead", "lead_organization_id", "started_on"),
        Index("ix_value_chain_organization_ids", "organization_ids", postgresql_using="gin"),
        Index("ix_value_chain_alliance_id", "alliance", "id"),
        Index("ix_value_chain_2008", "province_2008", "started_on"),
        Index("ix_value_chain_2025", "province_2025", "started_on"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_start"),
    )

    name: str
    name_folded: str
    product: str
    lead_organization_id: str = reference_field("organization")
    province_2008: str
    province_2025: str
    started_on: date
    ended_on: date | None
    links: str = jsonb_field()
    organization_ids: list[str] = Field(sa_type=ARRAY(UUID(as_uuid=False)))
    note: str | None
    file_ids: str = jsonb_field()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


class ValueChainLink(RegistryModel, table=True):
    """What figures join of a chain's link that is an organization of the registry: written with the chain, from its `links`."""

    __tablename__ = "value_chain_link"
    __table_args__ = (Index("ix_value_chain_link_organization_id", "organization_id", "started_on"),)

    value_chain_id: str = Field(
        sa_column=Column(UUID(as_uuid=False), ForeignKey("value_chain.id", ondelete="CASCADE"), primary_key=True)
    )
    position: int = Field(primary_key=True)
    role: str
    organization_id: str = reference_field("organization")
    started_on: date
    ended_on: date | None
