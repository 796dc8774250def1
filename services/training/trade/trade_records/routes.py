"""What one organization took part in and whom it sells to, over the years."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.responses import Response

from kernel.problems import NotFound
from kernel.records.records import dump
from kernel.values.ids import Id
from kernel.web.auth import narrow
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Output
from services.training.field_types import UUID, VND
from services.training.scopes import OWN_READ, training_router

router = training_router("organizations")


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
    years: list[TradeYear]
    participations: str = Field(description="Path of the participations behind it")
    market_links: str = Field(description="Path of the agreements behind it")


_KNOWN = """
    SELECT EXISTS (SELECT FROM participation r WHERE r.organization_id = $1::uuid AND {area})
        OR EXISTS (SELECT FROM market_link r WHERE r.organization_id = $1::uuid AND {area})"""


async def _known(call: Call, path: dict[str, str]) -> None:
    organization_id = path["organization_id"].lower()
    args: list[Any] = [organization_id]
    sql = _KNOWN.format(area=narrow(call.caller, args, "r.alliance"))
    if call.caller.confined_to not in (None, organization_id) or not await call.db.fetchval(sql, *args):
        raise NotFound()


_YEARS = """
    WITH part AS (
         SELECT extract(year FROM r.counted_on)::int AS year, r.* FROM participation r
           JOIN trade_event e ON e.id = r.trade_event_id
          WHERE r.organization_id = $1::uuid AND e.state IN ('held', 'reported') AND {area}),
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
           FROM market_link r WHERE r.organization_id = $1::uuid AND {area} GROUP BY 1)
    SELECT year, coalesce(s.participations, 0) AS participations, coalesce(k.types, 0) AS product_types,
           coalesce(s.showings, 0) AS product_showings, coalesce(s.support, 0) AS support_received_vnd,
           coalesce(s.revenue, 0) AS revenue_vnd, coalesce(s.contracts, 0) AS contract_count,
           coalesce(s.contract_value, 0) AS contract_value_vnd, coalesce(s.memorandums, 0) AS memorandum_count,
           coalesce(s.contacts, 0) AS contact_count, coalesce(l.links, 0) AS market_links,
           coalesce(l.value, 0) AS market_link_value_vnd
      FROM sums s FULL JOIN links l USING (year) LEFT JOIN kinds k USING (year)
     ORDER BY year DESC"""


@router.operation(
    "GET",
    "/organizations/{organization_id}/trade-record",
    scopes=OWN_READ,
    guard=_known,
    response_model=TradeRecord,
    summary="What an organization did in trade promotion",
)
async def read_trade_record(call: CurrentCall, organization_id: Id) -> Response:
    """Sum, year by year, the events that it took part in, what it showed and sold there, and its agreements."""
    args: list[Any] = [organization_id]
    rows = await call.db.fetch(_YEARS.format(area=narrow(call.caller, args, "r.alliance")), *args)
    document = {
        "organization_id": organization_id,
        "years": [dict(row) for row in rows],
        "participations": f"/v1/training/participations?organization_id={organization_id}",
        "market_links": f"/v1/training/market-links?organization_id={organization_id}",
    }
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")
