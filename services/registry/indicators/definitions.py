"""The registry's indicators: what each counts, from which records, and where its definition comes from.

A figure and its evidence are made from the same predicate here, so that they cannot differ.
"""

from __future__ import annotations

from kernel.indicators.attributions import SUPPORTED, attributed_scopes
from kernel.indicators.definitions import Indicator
from kernel.indicators.table import IndicatorTable
from services.registry import code_lists as codes
from services.registry.indicators.cases import CASES
from services.registry.indicators.models import MODEL_INDICATORS
from services.registry.indicators.ratings import RATING_INDICATORS
from services.registry.indicators.relations import (
    ADMISSIONS,
    CERTIFICATES,
    CERTIFIED,
    CONVERSIONS,
    DISSOLUTIONS,
    HELD_PRODUCTS,
    PRODUCERS,
    PRODUCTS,
    REGISTRATIONS,
    STANDING,
    STATES,
)
from services.registry.indicators.statistics import STATISTICS
from services.registry.operating import OPERATING
from services.registry.scopes import PREFIX

_COOPERATIVE = f"s.type = 'cooperative' AND {STANDING}"
_OPERATING = f"s.type = 'cooperative' AND {OPERATING.format(s='s')}"
_MEMBER = "m.kind = 'official'"
_NEW = "o.opening_type = 'cooperative'"

_ALL = (
    Indicator(
        code="cooperatives_total",
        label_vi="Tổng số HTX",
        label_en="Cooperatives in all",
        unit="cooperative",
        kind="stock",
        relation=STATES,
        scopes={"province": _COOPERATIVE},
        needs=("cooperatives",),
        listed="organizations",
        source="Registered and not ended on the day, dormant and suspended ones included "
        "(báo cáo Phú Thọ 8 tháng 2023: 698 HTX).",
    ),
    Indicator(
        code="cooperatives_operating",
        label_vi="HTX đang hoạt động",
        label_en="Operating cooperatives",
        unit="cooperative",
        kind="stock",
        relation=STATES,
        scopes={"province": _OPERATING},
        needs=("cooperatives", "operating_states"),
        listed="organizations",
        source="Legal status active (NĐ 92/2024, Điều 27) and observed operating by the alliance.",
        legal_source="NĐ 92/2024/NĐ-CP, Điều 27",
    ),
    Indicator(
        code="cooperatives_new",
        label_vi="HTX thành lập mới",
        label_en="New cooperatives",
        unit="cooperative",
        kind="flow",
        relation=REGISTRATIONS,
        scopes=attributed_scopes("o.founding_attribution", _NEW),
        needs=("cooperative_registrations",),
        listed="organizations",
        source="By the day of the certificate; conversions are not foundings (báo cáo Yên Bái 2020: 92 toàn tỉnh, 65 do "
        "Liên minh chủ trì).",
        scope_needs=dict.fromkeys(("alliance_supported", *SUPPORTED), ("founding_supports",)),
    ),
    Indicator(
        code="cooperatives_new_supported",
        label_vi="HTX thành lập mới được tư vấn, hỗ trợ",
        label_en="New cooperatives with support",
        unit="cooperative",
        kind="flow",
        relation=REGISTRATIONS,
        scopes={"alliance_supported": attributed_scopes("o.founding_attribution", _NEW)["alliance_supported"]},
        needs=("cooperative_registrations", "founding_supports"),
        listed="organizations",
        source="cooperatives_new at scope alliance_supported (báo cáo Phú Thọ 8 tháng 2023: 36 HTX).",
    ),
    Indicator(
        code="cooperative_groups_total",
        label_vi="Tổng số THT",
        label_en="Cooperative groups in all",
        unit="cooperative_group",
        kind="stock",
        relation=STATES,
        scopes={"province": f"s.type = 'cooperative_group' AND {STANDING}"},
        needs=("cooperative_groups",),
        listed="organizations",
        source="Groups not terminated on the day (NĐ 92/2024, Điều 28).",
        legal_source="NĐ 92/2024/NĐ-CP, Điều 28",
    ),
    Indicator(
        code="cooperative_groups_new",
        label_vi="THT thành lập mới",
        label_en="New cooperative groups",
        unit="cooperative_group",
        kind="flow",
        relation=REGISTRATIONS,
        scopes={"province": "o.opening_type = 'cooperative_group'"},
        needs=("cooperative_group_registrations",),
        listed="organizations",
        source="By the day of the cooperation contract or certificate (báo cáo Yên Bái 2020: 1.283 THT).",
    ),
    Indicator(
        code="cooperative_unions_new",
        label_vi="Liên hiệp HTX thành lập mới",
        label_en="New cooperative unions",
        unit="cooperative_union",
        kind="flow",
        relation=REGISTRATIONS,
        scopes={"province": "o.opening_type = 'cooperative_union'"},
        needs=("cooperative_union_registrations",),
        listed="organizations",
        source="By the day of the certificate (kế hoạch Nghệ An 2024).",
    ),
    Indicator(
        code="collective_organizations_total",
        label_vi="Tổ chức kinh tế tập thể",
        label_en="Collective economic organizations",
        unit="organization",
        kind="stock",
        relation=STATES,
        scopes={"province": f"s.type IN ('cooperative', 'cooperative_union', 'cooperative_group') AND {STANDING}"},
        needs=("cooperatives", "cooperative_unions", "cooperative_groups"),
        listed="organizations",
        source="Cooperatives, unions and groups not ended on the day (báo cáo Hòa Bình 2023: 640).",
    ),
    Indicator(
        code="cooperatives_converted_new_style",
        label_vi="HTX chuyển đổi thành HTX kiểu mới",
        label_en="Cooperatives converted to new style",
        unit="cooperative",
        kind="flow",
        relation=CONVERSIONS,
        scopes=attributed_scopes("f.attribution", "f.kind = 'old_style_to_new_style'"),
        needs=("type_conversions",),
        listed="type-conversions",
        source="By the day of the conversion (báo cáo Yên Bái 2020: 16 HTX).",
    ),
    Indicator(
        code="cooperatives_dissolved",
        label_vi="HTX giải thể",
        label_en="Cooperatives dissolved",
        unit="cooperative",
        kind="flow",
        relation=DISSOLUTIONS,
        scopes={"province": "f.kind = 'legal' AND f.status = 'ended' AND s.type = 'cooperative'"},
        needs=("status_changes",),
        listed="organizations",
        source="Legal status became ended in the period (NĐ 92/2024, Điều 27).",
        measure="distinct",
        direction="neither",
        legal_source="NĐ 92/2024/NĐ-CP, Điều 27",
    ),
    Indicator(
        code="alliance_members_admitted",
        label_vi="HTX được kết nạp",
        label_en="Cooperatives admitted to the alliance",
        unit="cooperative",
        kind="flow",
        relation=ADMISSIONS,
        scopes={"alliance": "f.kind = 'official' AND s.type = 'cooperative'"},
        needs=("alliance_memberships",),
        listed="alliance-memberships",
        source="Official admissions of cooperatives (báo cáo Phú Thọ 8 tháng 2023: 23 HTX).",
    ),
    Indicator(
        code="alliance_member_cooperatives_total",
        label_vi="Tổng số HTX thành viên Liên minh",
        label_en="Member cooperatives of the alliance",
        unit="cooperative",
        kind="stock",
        relation=STATES,
        scopes={"alliance": f"{_COOPERATIVE} AND {_MEMBER}"},
        needs=("cooperatives", "alliance_memberships"),
        listed="organizations",
        source="Cooperatives not ended with an official membership on the day (báo cáo Phú Thọ 8 tháng 2023: 415 HTX).",
    ),
    Indicator(
        code="alliance_member_share_of_active",
        label_vi="Tỷ lệ HTX thành viên trên HTX đang hoạt động",
        label_en="Members among operating cooperatives",
        unit="percent",
        kind="stock",
        relation=STATES,
        scopes={"alliance": f"{_OPERATING} AND {_MEMBER}"},
        needs=("cooperatives", "operating_states", "alliance_memberships"),
        listed="organizations",
        source="Operating members over all operating cooperatives (báo cáo Phú Thọ 8 tháng 2023: 75,7%).",
        denominator="cooperatives_operating",
        ratio_of=(
            ("HTX thành viên đang hoạt động", "Operating member cooperatives"),
            ("HTX đang hoạt động", "Operating cooperatives"),
        ),
    ),
    Indicator(
        code="certified_area_vietgap",
        label_vi="Diện tích được chứng nhận VietGAP",
        label_en="Area certified VietGAP",
        unit="hectare",
        kind="flow",
        relation=CERTIFICATES,
        scopes=attributed_scopes(
            "f.attribution", "f.scheme = 'vietgap' AND f.area_hectares IS NOT NULL", first="alliance_supported"
        ),
        needs=("certificates",),
        listed="certificates",
        source="Hectares on VietGAP certificates that began in the period (báo cáo Phú Thọ 8 tháng 2023: 643 ha).",
        measure="f.area_hectares",
    ),
    Indicator(
        code="certified_cooperatives_vietgap",
        label_vi="HTX được chứng nhận VietGAP",
        label_en="Cooperatives certified VietGAP",
        unit="cooperative",
        kind="flow",
        relation=CERTIFIED,
        scopes=attributed_scopes(
            "f.attribution", "f.scheme = 'vietgap' AND s.type = 'cooperative'", first="alliance_supported"
        ),
        needs=("certificates",),
        listed="organizations",
        source="Distinct cooperatives with a VietGAP certificate that began in the period (Phú Thọ 8 tháng 2023: 4).",
        measure="distinct",
    ),
    Indicator(
        code="ocop_products_recognized",
        label_vi="Sản phẩm OCOP được công nhận",
        label_en="OCOP products recognised",
        unit="product",
        kind="flow",
        relation=PRODUCTS,
        scopes=attributed_scopes("f.attribution", "f.ocop_stars >= 3"),
        needs=("products",),
        listed="products",
        source="Products graded 3 stars or more by a decision of the period (báo cáo Yên Bái 2020: 8 sản phẩm).",
    ),
    Indicator(
        code="ocop_producers",
        label_vi="Đơn vị có sản phẩm OCOP được công nhận",
        label_en="Producers of recognised OCOP products",
        unit="organization",
        kind="flow",
        relation=PRODUCERS,
        scopes=attributed_scopes("f.attribution", "f.ocop_stars >= 3"),
        needs=("products",),
        listed="organizations",
        source="Distinct organizations behind ocop_products_recognized (báo cáo Yên Bái 2020: 7 HTX và doanh nghiệp).",
        measure="distinct",
    ),
    Indicator(
        code="ocop_products",
        label_vi="Sản phẩm OCOP của HTX",
        label_en="OCOP products of cooperatives",
        unit="product",
        kind="stock",
        relation=HELD_PRODUCTS,
        scopes=attributed_scopes("f.attribution", f"f.ocop_stars >= 3 AND {_COOPERATIVE}"),
        needs=("products",),
        listed="products",
        source="Products of cooperatives not ended on the day whose recognition with 3 stars or more holds then.",
    ),
)

INDICATORS = IndicatorTable(
    PREFIX,
    (*_ALL, *STATISTICS, *RATING_INDICATORS, *CASES, *MODEL_INDICATORS),
    labels={
        "report_sector": codes.REPORT_SECTORS,
        "type": codes.ORGANIZATION_TYPES,
        "is_credit_fund": codes.CREDIT_FUNDS,
    },
)
