"""The registry's indicators of cooperatives recognised as models, and of value chains."""

from __future__ import annotations

from kernel.indicators.attributions import attributed_scopes
from kernel.indicators.definitions import Indicator, Relation
from kernel.values import geography
from services.registry.indicators.relations import facts_of, held_facts, seat_columns
from services.registry.operating import OPERATING

_GROUPS = {"report_sector": "o.report_sector", "type": "s.type"}

_HELD = held_facts("held_models", "cooperative_model", "recognized_on", "f.id")
_HOLDERS = held_facts("model_holders", "cooperative_model", "recognized_on", "f.organization_id")
_RECOGNIZED = facts_of("recognized_models", "cooperative_model", "recognized_on", "f.id")
_RECOGNIZED_HOLDERS = facts_of("recognized_holders", "cooperative_model", "recognized_on", "f.organization_id")
# A supplier lies where it lay when its link began; one before it began counts with its first period.
_SUPPLIERS = Relation(
    name="chain_suppliers",
    tables="value_chain_link f JOIN value_chain c ON c.id = f.value_chain_id JOIN organization o ON o.id = f.organization_id "
    "JOIN organization_state s ON s.organization_id = f.organization_id "
    "AND greatest(f.started_on, o.starts_on) >= s.valid_from AND greatest(f.started_on, o.starts_on) < s.valid_to",
    condition="f.started_on BETWEEN {from_}::date AND {to}::date",
    id="f.organization_id",
    province="s.province_2008",
    province_2025="s.province_2025",
    # The organization's, as in the list that is its evidence: a supplier may be another alliance's than its chain.
    alliance="o.alliance",
    groups={**_GROUPS, "month": "to_char(f.started_on, 'YYYY-MM')"},
    communes=seat_columns("s."),
)
# Who stands in a chain on the day: by leading it, by a link of it, or by a recognition as a model of one whose chain may not be
# entered. One that does so in several ways has a row of each.
_CHAINED = Relation(
    name="chain_cooperatives",
    tables="""(
        SELECT lead_organization_id AS organization_id, attribution, started_on, ended_on FROM value_chain
         UNION ALL
        SELECT l.organization_id, c.attribution, l.started_on, l.ended_on
          FROM value_chain_link l JOIN value_chain c ON c.id = l.value_chain_id
         UNION ALL
        SELECT organization_id, attribution, recognized_on, valid_until FROM cooperative_model WHERE kind = 'value_chain'
    ) f JOIN organization o ON o.id = f.organization_id JOIN organization_state s ON s.organization_id = f.organization_id
        AND s.valid_from <= {to}::date AND s.valid_to > {to}::date""",
    condition="f.started_on <= {to}::date AND (f.ended_on IS NULL OR f.ended_on >= {to}::date)",
    id="f.organization_id",
    province="s.province_2008",
    province_2025="s.province_2025",
    alliance="o.alliance",
    groups=_GROUPS,
    communes=seat_columns("s."),
)
_STANDING = "s.type = 'cooperative' AND s.legal_status NOT IN ('ended', 'terminated')"
_OPERATING = f"s.type = 'cooperative' AND {OPERATING.format(s='s')}"
_EFFECTIVE = "f.kind = 'effective'"

MODEL_INDICATORS = (
    Indicator(
        code="cooperatives_effective",
        label_vi="HTX hoạt động hiệu quả",
        label_en="Effective cooperatives",
        unit="cooperative",
        kind="stock",
        relation=_HOLDERS,
        scopes=attributed_scopes("f.attribution", f"{_EFFECTIVE} AND {_STANDING}"),
        needs=("models",),
        listed="organizations",
        source="Cooperatives not ended on the day whose recognition as effective holds; by which definition, each recognition "
        "says (báo cáo Yên Bái 2020: 265 HTX).",
        measure="distinct",
    ),
    Indicator(
        code="cooperatives_effective_share_of_active",
        label_vi="Tỷ lệ HTX hiệu quả trên HTX đang hoạt động",
        label_en="Effective among operating cooperatives",
        unit="percent",
        kind="stock",
        relation=_HOLDERS,
        scopes=attributed_scopes("f.attribution", f"{_EFFECTIVE} AND {_OPERATING}"),
        needs=("models", "cooperatives", "operating_states"),
        listed="organizations",
        source="Operating cooperatives whose recognition as effective holds, over all operating ones (báo cáo Yên Bái 2020: "
        "hơn 70%).",
        measure="distinct",
        denominator="cooperatives_operating",
        ratio_of=(
            ("HTX hoạt động hiệu quả đang hoạt động", "Effective cooperatives that operate"),
            ("HTX đang hoạt động", "Operating cooperatives"),
        ),
    ),
    Indicator(
        code="advanced_cooperative_models",
        label_vi="HTX điển hình tiên tiến, công nghệ cao, chuỗi giá trị",
        label_en="Advanced, typical, high-technology and value-chain cooperatives",
        unit="cooperative",
        kind="flow",
        relation=_RECOGNIZED_HOLDERS,
        scopes=attributed_scopes(
            "f.attribution", "f.kind IN ('advanced', 'typical', 'high_tech', 'value_chain') AND s.type = 'cooperative'"
        ),
        needs=("models",),
        listed="organizations",
        source="Distinct cooperatives recognised in the period as advanced, typical, of high technology or of a value chain "
        "(báo cáo Hòa Bình 2023: 18 HTX).",
        measure="distinct",
    ),
    Indicator(
        code="value_chain_models",
        label_vi="Mô hình HTX gắn với chuỗi giá trị",
        label_en="Cooperative models in value chains",
        unit="model",
        kind="flow",
        relation=_RECOGNIZED,
        scopes=attributed_scopes("f.attribution", "f.kind = 'value_chain'", first="alliance_led"),
        needs=("models",),
        listed="models",
        source="Recognitions as a model of a value chain in the period (báo cáo Yên Bái 2020: 5 mô hình).",
    ),
    Indicator(
        code="value_chain_supplier_cooperatives",
        label_vi="HTX cung cấp nguyên liệu trong chuỗi liên kết",
        label_en="Cooperatives that supply a value chain",
        unit="cooperative",
        kind="flow",
        relation=_SUPPLIERS,
        scopes=attributed_scopes(
            "c.attribution", "f.role = 'input_supplier' AND s.type = 'cooperative'", first="alliance_supported"
        ),
        needs=("value_chains",),
        listed="organizations",
        source="Distinct cooperatives whose link as a supplier of inputs began in the period (báo cáo Phú Thọ 8 tháng 2023: "
        "4 HTX).",
        measure="distinct",
    ),
    Indicator(
        code="districts_with_effective_model",
        label_vi="Đơn vị cấp huyện có mô hình HTX hiệu quả",
        label_en="Districts with an effective cooperative",
        unit="district",
        kind="stock",
        relation=_HELD,
        scopes=attributed_scopes("f.attribution", f"{_EFFECTIVE} AND {_STANDING}"),
        needs=("models",),
        listed="models",
        source="Districts of the map until 30 June 2025 in which a cooperative has its seat whose recognition as effective holds "
        "(báo cáo Nghệ An 6 tháng 2023: 21/21 huyện, thành, thị).",
        by_district="count",
        valid_to=geography.MAP_2008_TO,
    ),
    Indicator(
        code="effective_models_per_district_min",
        label_vi="Mô hình HTX hiệu quả mỗi huyện (ít nhất)",
        label_en="Effective models of the district with the fewest",
        unit="model",
        kind="stock",
        relation=_HELD,
        scopes=attributed_scopes("f.attribution", f"{_EFFECTIVE} AND {_STANDING}"),
        needs=("models",),
        listed="models",
        source="The least number of recognitions as effective that hold in a district of the province, districts with none "
        "included (báo cáo Nghệ An 6 tháng 2023: ít nhất 1 mô hình).",
        by_district="least",
        valid_to=geography.MAP_2008_TO,
    ),
    Indicator(
        code="cooperatives_high_tech",
        label_vi="HTX ứng dụng công nghệ cao",
        label_en="High-technology cooperatives",
        unit="cooperative",
        kind="stock",
        relation=_HOLDERS,
        scopes=attributed_scopes("f.attribution", f"f.kind = 'high_tech' AND {_STANDING}"),
        needs=("models",),
        listed="organizations",
        source="Cooperatives not ended on the day whose recognition as of high technology holds.",
        measure="distinct",
    ),
    Indicator(
        code="cooperatives_value_chain",
        label_vi="HTX liên kết chuỗi giá trị",
        label_en="Cooperatives in value chains",
        unit="cooperative",
        kind="stock",
        relation=_CHAINED,
        scopes=attributed_scopes("f.attribution", _STANDING),
        needs=("models", "value_chains"),
        listed="organizations",
        source="Distinct cooperatives not ended on the day that lead a value chain then, are a link of one, or whose recognition "
        "as a model of one holds (toàn quốc 2024: trên 4.000 HTX).",
        measure="distinct",
    ),
)
