"""SQL of what one organization did in trade promotion."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import always, statement

# Whether the organization has a part in what the caller may see.
# By ix_participation_organization_id and ix_market_link_organization_id.
HAS_PART = always(
    bool,
    """
    SELECT EXISTS (SELECT FROM participation r WHERE r.organization_id = $1::uuid AND ($2::text IS NULL OR r.alliance = $2))
        OR EXISTS (SELECT FROM market_link r WHERE r.organization_id = $1::uuid AND ($2::text IS NULL OR r.alliance = $2))""",
)


class TradeYearRow(TypedDict):
    """What an organization did in one year."""

    year: int
    participations: int
    product_types: int
    product_showings: int
    support_received_vnd: int
    revenue_vnd: int
    contract_count: int
    contract_value_vnd: int
    memorandum_count: int
    contact_count: int
    market_links: int
    market_link_value_vnd: int


# What it took part in, of events that were held, and its agreements, each summed by year and then put side by side: a
# year may have one without the other. By ix_participation_organization_id and ix_market_link_organization_id.
YEARS = statement(
    TradeYearRow,
    """
    WITH part AS (
         SELECT extract(year FROM r.counted_on)::int AS year, r.* FROM participation r
           JOIN trade_event e ON e.id = r.trade_event_id
          WHERE r.organization_id = $1::uuid AND e.state IN ('held', 'reported') AND ($2::text IS NULL OR r.alliance = $2)),
    kinds AS (
         SELECT year, count(DISTINCT k.kind)::int AS types FROM part CROSS JOIN unnest(product_kinds) AS k(kind)
          GROUP BY 1),
    sums AS (
         SELECT year, count(*)::int AS participations, sum(cardinality(product_kinds))::int AS showings,
                coalesce(sum(support_received_vnd), 0)::bigint AS support,
                coalesce(sum(revenue_vnd), 0)::bigint AS revenue,
                coalesce(sum(contract_count), 0)::int AS contracts,
                coalesce(sum(contract_value_vnd), 0)::bigint AS contract_value,
                coalesce(sum(memorandum_count), 0)::int AS memorandums,
                coalesce(sum(contact_count), 0)::int AS contacts FROM part GROUP BY 1),
    links AS (
         SELECT extract(year FROM r.signed_on)::int AS year, count(*)::int AS links,
                coalesce(sum(r.value_vnd), 0)::bigint AS value
           FROM market_link r WHERE r.organization_id = $1::uuid AND ($2::text IS NULL OR r.alliance = $2) GROUP BY 1)
    SELECT year, coalesce(s.participations, 0) AS participations, coalesce(k.types, 0) AS product_types,
           coalesce(s.showings, 0) AS product_showings, coalesce(s.support, 0) AS support_received_vnd,
           coalesce(s.revenue, 0) AS revenue_vnd, coalesce(s.contracts, 0) AS contract_count,
           coalesce(s.contract_value, 0) AS contract_value_vnd, coalesce(s.memorandums, 0) AS memorandum_count,
           coalesce(s.contacts, 0) AS contact_count, coalesce(l.links, 0) AS market_links,
           coalesce(l.value, 0) AS market_link_value_vnd
      FROM sums s FULL JOIN links l USING (year) LEFT JOIN kinds k USING (year)
     ORDER BY year DESC""",
)
