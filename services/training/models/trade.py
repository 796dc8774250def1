"""Tables of trade promotion."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, text
from sqlmodel import Field

from kernel.database.columns import jsonb_field, reference_field, uuid_field, vnd_field
from services.training.models.base import Record


class TradeEvent(Record, table=True):
    """A fair, product week, matching conference or online event. It counts on `starts_on`, its first day."""

    __tablename__ = "trade_event"
    __table_args__ = (
        Index("ix_trade_event_alliance_id", "alliance", "id"),
        Index("ix_trade_event_starts_on", "starts_on"),
        Index("ix_trade_event_program_id", "program_id"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("support_per_cooperative_vnd >= 0", name="support_not_negative"),
    )

    program_id: str | None = reference_field("program", nullable=True)
    name: str
    name_folded: str
    kind: str
    organizer_kind: str
    organizer_name: str
    attribution: str
    commune_code: str | None
    commune_map: str | None
    province_2008: str | None
    province_2025: str | None
    venue: str | None
    starts_on: date
    ends_on: date
    decision_number: str | None
    decided_on: date | None
    support_per_cooperative_vnd: int | None = vnd_field(nullable=True)
    budget: str = jsonb_field()
    actual_cost: str = jsonb_field()
    state: str
    cancellation: str | None = jsonb_field(None)
    report: str | None = jsonb_field(None)
    note: str | None
    file_ids: str = jsonb_field()
    photo_file_ids: str = jsonb_field()


class Participation(Record, table=True):
    """One organization at one event: one lượt. It lies where the organization does.

    `counted_on` is the event's first day and `product_kinds` what kinds are in `products`, each once: both are kept
    beside what they follow from, in the same transactions, so that figures need no look at either.
    """

    __tablename__ = "participation"
    __table_args__ = (
        Index("ix_participation_alliance_id", "alliance", "id"),
        Index("ix_participation_organization_id", "organization_id"),
        Index("ix_participation_province_2008", "province_2008", "counted_on"),
        Index("ix_participation_province_2025", "province_2025", "counted_on"),
        Index("uq_participation_organization", "trade_event_id", "organization_id", unique=True),
        Index(
            "ix_participation_products",
            "products",
            postgresql_using="gin",
            postgresql_ops={"products": "jsonb_path_ops"},
        ),
        CheckConstraint("contract_count >= 0", name="contracts_not_negative"),
        CheckConstraint("memorandum_count >= 0", name="memorandums_not_negative"),
        CheckConstraint("contact_count >= 0", name="contacts_not_negative"),
        CheckConstraint("support_received_vnd >= 0", name="support_not_negative"),
        CheckConstraint("revenue_vnd >= 0", name="revenue_not_negative"),
        CheckConstraint("contract_value_vnd >= 0", name="contract_value_not_negative"),
    )

    trade_event_id: str = reference_field("trade_event")
    organization_id: str = uuid_field()
    organization_name: str
    organization_type: str
    province_2008: str
    province_2025: str
    counted_on: date
    booth: str | None
    products: str = jsonb_field()
    product_kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    support_received_vnd: int | None = vnd_field(nullable=True)
    revenue_vnd: int | None = vnd_field(nullable=True)
    contract_count: int | None
    contract_value_vnd: int | None = vnd_field(nullable=True)
    memorandum_count: int | None
    contact_count: int | None
    note: str | None
    file_ids: str = jsonb_field()


class MarketLink(Record, table=True):
    """An organization and a buyer that agreed to trade, from the signature to the end."""

    __tablename__ = "market_link"
    __table_args__ = (
        Index("ix_market_link_alliance_id", "alliance", "id"),
        Index("ix_market_link_organization_id", "organization_id"),
        Index("ix_market_link_province_2008", "province_2008", "signed_on"),
        Index("ix_market_link_province_2025", "province_2025", "signed_on"),
        Index("ix_market_link_product_id", "product_id", postgresql_where=text("product_id IS NOT NULL")),
        CheckConstraint("ended_on IS NULL OR ended_on >= signed_on", name="ends_after_start"),
        CheckConstraint("value_vnd >= 0", name="value_not_negative"),
    )

    organization_id: str = uuid_field()
    organization_name: str
    organization_type: str
    province_2008: str
    province_2025: str
    trade_event_id: str | None = reference_field("trade_event", nullable=True)
    buyer_kind: str
    buyer_name: str
    buyer_name_folded: str
    product_kind: str | None
    product_name: str | None
    product_id: str | None = uuid_field(nullable=True)
    signed_on: date
    ended_on: date | None
    volume: str | None
    volume_unit: str | None
    value_vnd: int | None = vnd_field(nullable=True)
    attribution: str
    note: str | None
    file_ids: str = jsonb_field()
