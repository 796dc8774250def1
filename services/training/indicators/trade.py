"""Indicators of trade promotion: what each counts and where its definition comes from.

A participation counts on the first day of an event that was held; a market link on the day of its signature. Where they
lie is where the organization does. Lượt, distinct cooperatives, kinds of products and showings are measures of their own.
"""

from __future__ import annotations

from functools import partial

from kernel.indicators.definitions import Indicator, Relation


def _of_participations(name: str, more: str = "", **groups: str) -> Relation:
    return Relation(
        name=name,
        tables=f"participation p JOIN trade_event e ON e.id = p.trade_event_id{more}",
        condition="p.counted_on BETWEEN {from_}::date AND {to}::date AND e.state IN ('held', 'reported')",
        id="p.id",
        province="p.province_2008",
        province_2025="p.province_2025",
        alliance="p.alliance",
        groups={
            "attribution": "e.attribution",
            "event_kind": "e.kind",
            "organizer": "e.organizer_kind",
            "program": "e.program_id::text",
            "organization_type": "p.organization_type",
            **groups,
            "month": "to_char(p.counted_on, 'YYYY-MM')",
        },
    )


PARTICIPATIONS = _of_participations("participations")
PRODUCTS = _of_participations(
    "products", " CROSS JOIN unnest(p.product_kinds) AS k(kind)", product_kind="split_part(k.kind, ':', 1)"
)
MARKET_LINKS = Relation(
    name="market_links",
    tables="market_link m",
    condition="m.signed_on BETWEEN {from_}::date AND {to}::date",
    id="m.id",
    province="m.province_2008",
    province_2025="m.province_2025",
    alliance="m.alliance",
    groups={
        "attribution": "m.attribution",
        "buyer_kind": "m.buyer_kind",
        "product_kind": "m.product_kind",
        "organization_type": "m.organization_type",
        "month": "to_char(m.signed_on, 'YYYY-MM')",
    },
)


def _scopes(column: str, condition: str = "TRUE") -> dict[str, str]:
    """Return a condition over all that the alliance led, held jointly or supported, and at each of these alone."""
    attributions = {"alliance_supported": "TRUE"}
    attributions |= {name: f"{column} = '{name}'" for name in ("alliance_led", "joint", "supported")}
    return {
        name: " AND ".join(c for c in (condition, own) if c != "TRUE") or "TRUE" for name, own in attributions.items()
    }


_HTX, _LINKED = "p.organization_type = 'cooperative'", "m.organization_type = 'cooperative'"
_TOOK_PART, _COOPERATIVES = _scopes("e.attribution"), _scopes("e.attribution", _HTX)
_NEED, _LINKS = ("participations",), ("market_links",)
_PHU_THO, _NAMELESS = "báo cáo Phú Thọ 8 tháng 2023", "báo cáo một tỉnh năm 2022"


_trade = partial(
    Indicator, kind="flow", relation=PARTICIPATIONS, scopes=_TOOK_PART, needs=_NEED, listed="participations"
)

TRADE_INDICATORS = (
    _trade(
        code="trade_promotion_participations",
        label_vi="Lượt đơn vị tham gia xúc tiến thương mại",
        label_en="Participations",
        unit="participation",
        source="One organization of any type at one event that was held is one.",
    ),
    _trade(
        code="trade_promotion_cooperative_participations",
        label_vi="Lượt HTX tham gia trưng bày, hội chợ, kết nối",
        label_en="Participations of cooperatives",
        unit="participation",
        source=f"One cooperative at one event that was held is one (lượt HTX; {_PHU_THO}: 30; {_NAMELESS}: hơn 40).",
        scopes=_COOPERATIVES,
    ),
    _trade(
        code="trade_promotion_cooperatives",
        label_vi="Số HTX tham gia xúc tiến thương mại",
        label_en="Cooperatives that took part",
        unit="cooperative",
        source="Distinct cooperatives; the evidence is their participations, and never fewer.",
        scopes=_COOPERATIVES,
        measure="distinct",
        distinct_of="p.organization_id",
    ),
    _trade(
        code="trade_promotion_events",
        label_vi="Số sự kiện có đơn vị tham gia",
        label_en="Events taken part in",
        unit="event",
        source="Distinct events with a participation from the place asked for; the evidence is the participations.",
        measure="distinct",
        distinct_of="p.trade_event_id",
    ),
    _trade(
        code="trade_promotion_product_types",
        label_vi="Loại sản phẩm trưng bày",
        label_en="Product types shown",
        unit="product_type",
        source=f"Distinct (organization, kind of product) in the period: shown at two events, a kind of one organization is "
        f"one ({_PHU_THO}: 150). Under the kind other, each name is a kind. The evidence is the participations.",
        relation=PRODUCTS,
        measure="distinct",
        distinct_of="(p.organization_id, k.kind)",
    ),
    _trade(
        code="trade_promotion_product_showings",
        label_vi="Lượt loại sản phẩm trưng bày",
        label_en="Showings of product types",
        unit="showing",
        source="Kinds of products counted at each participation: shown at two events, a kind is two. The evidence is the "
        "participations.",
        measure="cardinality(p.product_kinds)",
    ),
    _trade(
        code="trade_promotion_revenue",
        label_vi="Doanh thu tại sự kiện",
        label_en="Revenue at events",
        unit="vnd",
        source="Whole đồng that participants said they took at the events.",
        measure="p.revenue_vnd",
    ),
    _trade(
        code="trade_promotion_contracts",
        label_vi="Hợp đồng ký tại sự kiện",
        label_en="Contracts signed at events",
        unit="contract",
        source="Contracts that participants signed at the events.",
        measure="p.contract_count",
    ),
    _trade(
        code="trade_promotion_support",
        label_vi="Kinh phí hỗ trợ đơn vị tham gia",
        label_en="Support to participants",
        unit="vnd",
        source="Whole đồng that participants received.",
        measure="p.support_received_vnd",
    ),
    Indicator(
        code="market_linkage_cooperatives",
        label_vi="HTX được kết nối tiêu thụ",
        label_en="Cooperatives linked with a buyer",
        unit="cooperative",
        kind="flow",
        relation=MARKET_LINKS,
        scopes=_scopes("m.attribution", _LINKED),
        needs=_LINKS,
        listed="market-links",
        source=f"Distinct cooperatives with an agreement signed in the period ({_NAMELESS}: 7 HTX with one chain of shops); the "
        "evidence is the agreements.",
        measure="distinct",
        distinct_of="m.organization_id",
    ),
    Indicator(
        code="market_links",
        label_vi="Liên kết tiêu thụ được ký",
        label_en="Market links signed",
        unit="market_link",
        kind="flow",
        relation=MARKET_LINKS,
        scopes=_scopes("m.attribution"),
        needs=_LINKS,
        listed="market-links",
        source="Agreements with buyers signed in the period.",
    ),
)
