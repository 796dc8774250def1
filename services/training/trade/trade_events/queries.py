"""SQL of trade events: the numbers of one."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import statement


class TradeEventSummaryRow(TypedDict):
    """The numbers of one event, each kept apart."""

    participations: int
    cooperative_participations: int
    product_types: int
    support_received_vnd: int
    revenue_vnd: int
    contract_count: int
    contract_value_vnd: int
    memorandum_count: int
    contact_count: int


# What took part in one event, as far as the caller's area goes. By uq_participation_organization.
SUMMARY = statement(
    TradeEventSummaryRow,
    """
    SELECT count(*) AS participations,
           count(*) FILTER (WHERE p.organization_type = 'cooperative') AS cooperative_participations,
           coalesce(sum(cardinality(p.product_kinds)), 0)::int AS product_types,
           coalesce(sum(p.support_received_vnd), 0)::bigint AS support_received_vnd,
           coalesce(sum(p.revenue_vnd), 0)::bigint AS revenue_vnd,
           coalesce(sum(p.contract_count), 0)::int AS contract_count,
           coalesce(sum(p.contract_value_vnd), 0)::bigint AS contract_value_vnd,
           coalesce(sum(p.memorandum_count), 0)::int AS memorandum_count,
           coalesce(sum(p.contact_count), 0)::int AS contact_count
      FROM participation p WHERE p.trade_event_id = $1::uuid AND ($2::text IS NULL OR p.alliance = $2)""",
)
