"""What the alliance's own rounds through the registry make: dossiers, inspections, dissolutions, member teams, OCOP grades."""

from __future__ import annotations

from kernel.indicators.attributions import attributed_scopes
from kernel.indicators.definitions import Indicator
from services.registry.indicators.relations import (
    CONSOLIDATIONS,
    DISSOLUTION_PLANS,
    INSPECTED,
    INSPECTIONS,
    PRODUCTS,
)


def _looked_at(kind: str, type_: str) -> dict[str, str]:
    """Return the scopes of inspections of a kind; that the alliance led them is what its reports tell."""
    condition = f"f.kind = '{kind}' AND s.type = '{type_}'"
    return dict(attributed_scopes("f.attribution", condition, first="alliance_led", own_work=True))


CASES = (
    Indicator(
        code="formation_dossiers_checked_cooperatives",
        label_vi="Hồ sơ thành lập HTX được kiểm tra",
        label_en="Founding dossiers of cooperatives checked",
        unit="dossier",
        kind="flow",
        relation=INSPECTIONS,
        scopes=_looked_at("dossier", "cooperative"),
        needs=("inspections",),
        listed="inspections",
        source="Inspections of dossiers in the period, of what were cooperatives then (báo cáo Yên Bái 2020: 41 hồ sơ).",
    ),
    Indicator(
        code="formation_dossiers_checked_groups",
        label_vi="Hồ sơ thành lập THT được kiểm tra",
        label_en="Founding dossiers of cooperative groups checked",
        unit="dossier",
        kind="flow",
        relation=INSPECTIONS,
        scopes=_looked_at("dossier", "cooperative_group"),
        needs=("inspections",),
        listed="inspections",
        source="Inspections of dossiers in the period, of what were groups then (báo cáo Yên Bái 2020: 62 hồ sơ).",
    ),
    Indicator(
        code="field_inspections_cooperatives",
        label_vi="HTX được kiểm tra hoạt động thực tế",
        label_en="Cooperatives inspected on the spot",
        unit="cooperative",
        kind="flow",
        relation=INSPECTED,
        scopes=_looked_at("field", "cooperative"),
        needs=("inspections",),
        listed="organizations",
        source="Distinct cooperatives inspected on the spot in the period (báo cáo Yên Bái 2020: 7 HTX).",
        measure="distinct",
    ),
    Indicator(
        code="dissolution_target_achievement",
        label_vi="Mức thực hiện kế hoạch giải thể",
        label_en="Dissolutions ended, of those planned for the year",
        unit="percent",
        kind="flow",
        relation=DISSOLUTION_PLANS,
        scopes={"province": "TRUE"},
        needs=("dissolution_cases",),
        listed="dissolution-cases",
        source="Cases planned for the year of the last day that ended in it by that day, over all planned for it (báo cáo "
        "Hòa Bình 2023: 19%).",
        measure="plan.is_ended::int",
        divisor="count",
        ratio_of=(
            ("Số HTX đã giải thể theo kế hoạch", "Cases planned for the year that ended"),
            ("Số HTX phải giải thể theo kế hoạch năm", "Cases planned for the year"),
        ),
        exact=True,
    ),
    Indicator(
        code="alliance_member_teams_consolidated",
        label_vi="Tổ thành viên được kiện toàn",
        label_en="Member teams consolidated",
        unit="member_team",
        kind="flow",
        relation=CONSOLIDATIONS,
        scopes={"alliance": "TRUE"},
        needs=("member_teams",),
        listed="member-teams",
        source="Distinct teams of members consolidated in the period (báo cáo Hòa Bình 2023: 10).",
        measure="distinct",
    ),
    Indicator(
        code="ocop_star_grade",
        label_vi="Hạng sao OCOP đạt",
        label_en="OCOP stars attained",
        unit="star",
        kind="flow",
        relation=PRODUCTS,
        scopes=attributed_scopes("f.attribution", "f.ocop_stars >= 3"),
        needs=("products",),
        listed="products",
        source="The least grade among the products of ocop_products_recognized (báo cáo Yên Bái 2020: 3 sao).",
        least="f.ocop_stars",
    ),
)
