"""The registry's indicators: what each counts, from which records, and where its definition comes from.

A figure and its evidence are made from the same predicate here, so that they cannot differ.
"""

from __future__ import annotations

from kernel.indicators.definitions import Indicator, Relation, Undated
from kernel.indicators.table import IndicatorTable
from services.registry.operating import OPERATING
from services.registry.scopes import PREFIX

# What the organization was on the fact's day; one before it began counts with its first period.
_THEN = (
    "JOIN organization o ON o.id = {f}.organization_id "
    "JOIN organization_state s ON s.organization_id = {f}.organization_id "
    "AND greatest({day}, o.starts_on) >= s.valid_from AND greatest({day}, o.starts_on) < s.valid_to"
)


def _facts(name: str, table: str, day: str, id_: str) -> Relation:
    return Relation(
        name=name,
        tables=f"{table} f " + _THEN.format(f="f", day=f"f.{day}"),
        condition=f"f.{day} BETWEEN {{from_}}::date AND {{to}}::date",
        id=id_,
        province="f.province_2008",
        province_2025="f.province_2025",
        alliance="f.alliance",
        groups={
            "commune": "s.commune_code || '-' || s.commune_map",
            "report_sector": "o.report_sector",
            "type": "s.type",
            "month": f"to_char(f.{day}, 'YYYY-MM')",
        },
    )


_MEMBERSHIP_THEN = (
    "LEFT JOIN alliance_membership m ON m.organization_id = s.organization_id "
    "AND m.alliance = s.alliance AND m.admitted_on <= {to}::date AND (m.left_on IS NULL OR m.left_on > {to}::date)"
)
_OPENING = "o.id AS organization_id, o.alliance, " + ", ".join(
    f"o.opening_{name} AS {name}"
    for name in (
        "type",
        "legal_status",
        "operating_state",
        "commune_code",
        "commune_map",
        "province_2008",
        "province_2025",
    )
)
# An organization's records have one owner: saying so here lets a narrowed caller's memberships be found by index.
STATES = Relation(
    name="states",
    tables=f"organization_state s {_MEMBERSHIP_THEN}",
    condition="s.valid_from <= {to}::date AND s.valid_to > {to}::date",
    id="s.organization_id",
    province="s.province_2008",
    province_2025="s.province_2025",
    alliance="s.alliance",
    groups={
        "commune": "s.commune_code || '-' || s.commune_map",
        "report_sector": "o.report_sector",
        "type": "s.type",
    },
    sector_join=" JOIN organization o ON o.id = s.organization_id",
    # Without a day of its own an organization begins where the records show it first. Had it been there before, it was what
    # it began with: no fact of it is older.
    undated=Undated(
        tables=f"organization o CROSS JOIN LATERAL (SELECT {_OPENING}) s {_MEMBERSHIP_THEN}",
        condition="o.registered_on IS NULL AND o.founded_on IS NULL AND o.starts_on > {to}::date",
    ),
)
REGISTRATIONS = Relation(
    name="registrations",
    tables="organization o",
    condition="o.registered_on BETWEEN {from_}::date AND {to}::date",
    id="o.id",
    province="o.opening_province_2008",
    province_2025="o.opening_province_2025",
    alliance="o.alliance",
    groups={
        "commune": "o.opening_commune_code || '-' || o.opening_commune_map",
        "report_sector": "o.report_sector",
        "type": "o.opening_type",
        "month": "to_char(o.registered_on, 'YYYY-MM')",
    },
)
ADMISSIONS = _facts("admissions", "alliance_membership", "admitted_on", "f.id")
CONVERSIONS = _facts("conversions", "type_conversion", "effective_on", "f.id")
DISSOLUTIONS = _facts("dissolutions", "status_change", "effective_on", "f.organization_id")
CERTIFICATES = _facts("certificates", "certificate", "valid_from", "f.id")
CERTIFIED = _facts("certified", "certificate", "valid_from", "f.organization_id")
PRODUCTS = _facts("products", "product", "recognized_on", "f.id")
PRODUCERS = _facts("producers", "product", "recognized_on", "f.organization_id")


_STANDING = "s.legal_status NOT IN ('ended', 'terminated')"
_COOPERATIVE = f"s.type = 'cooperative' AND {_STANDING}"
_OPERATING = f"s.type = 'cooperative' AND {OPERATING.format(s='s')}"
_MEMBER = "m.kind = 'official'"
_SUPPORTED = "f.with_alliance_support"
_NEW = "o.opening_type = 'cooperative'"

_ALL = (
    Indicator(
        "cooperatives_total",
        "Tổng số HTX",
        "Cooperatives in all",
        "cooperative",
        "stock",
        STATES,
        {"province": _COOPERATIVE},
        ("cooperatives",),
        "organizations",
        "Registered and not ended on the day, dormant and suspended ones included "
        "(báo cáo Phú Thọ 8 tháng 2023: 698 HTX).",
    ),
    Indicator(
        "cooperatives_operating",
        "HTX đang hoạt động",
        "Operating cooperatives",
        "cooperative",
        "stock",
        STATES,
        {"province": _OPERATING},
        ("cooperatives", "operating_states"),
        "organizations",
        "Legal status active (NĐ 92/2024, Điều 27) and observed operating by the alliance.",
    ),
    Indicator(
        "cooperatives_new",
        "HTX thành lập mới",
        "New cooperatives",
        "cooperative",
        "flow",
        REGISTRATIONS,
        {
            "province": _NEW,
            "alliance_supported": f"{_NEW} AND o.founding_support IN ('alliance_led', 'alliance_supported')",
            "alliance_led": f"{_NEW} AND o.founding_support = 'alliance_led'",
        },
        ("cooperative_registrations",),
        "organizations",
        "By the day of the certificate; conversions are not foundings (báo cáo Yên Bái 2020: 92 toàn tỉnh, 65 do "
        "Liên minh chủ trì).",
        scope_needs={"alliance_supported": ("founding_supports",), "alliance_led": ("founding_supports",)},
    ),
    Indicator(
        "cooperatives_new_supported",
        "HTX thành lập mới được tư vấn, hỗ trợ",
        "New cooperatives with support",
        "cooperative",
        "flow",
        REGISTRATIONS,
        {"alliance_supported": f"{_NEW} AND o.founding_support IN ('alliance_led', 'alliance_supported')"},
        ("cooperative_registrations", "founding_supports"),
        "organizations",
        "cooperatives_new at scope alliance_supported (báo cáo Phú Thọ 8 tháng 2023: 36 HTX).",
    ),
    Indicator(
        "cooperative_groups_total",
        "Tổng số THT",
        "Cooperative groups in all",
        "cooperative_group",
        "stock",
        STATES,
        {"province": f"s.type = 'cooperative_group' AND {_STANDING}"},
        ("cooperative_groups",),
        "organizations",
        "Groups not terminated on the day (NĐ 92/2024, Điều 28).",
    ),
    Indicator(
        "cooperative_groups_new",
        "THT thành lập mới",
        "New cooperative groups",
        "cooperative_group",
        "flow",
        REGISTRATIONS,
        {"province": "o.opening_type = 'cooperative_group'"},
        ("cooperative_group_registrations",),
        "organizations",
        "By the day of the cooperation contract or certificate (báo cáo Yên Bái 2020: 1.283 THT).",
    ),
    Indicator(
        "cooperative_unions_new",
        "Liên hiệp HTX thành lập mới",
        "New cooperative unions",
        "cooperative_union",
        "flow",
        REGISTRATIONS,
        {"province": "o.opening_type = 'cooperative_union'"},
        ("cooperative_union_registrations",),
        "organizations",
        "By the day of the certificate (kế hoạch Nghệ An 2024).",
    ),
    Indicator(
        "collective_organizations_total",
        "Tổ chức kinh tế tập thể",
        "Collective economic organizations",
        "organization",
        "stock",
        STATES,
        {"province": f"s.type IN ('cooperative', 'cooperative_union', 'cooperative_group') AND {_STANDING}"},
        ("cooperatives", "cooperative_unions", "cooperative_groups"),
        "organizations",
        "Cooperatives, unions and groups not ended on the day (báo cáo Hòa Bình 2023: 640).",
    ),
    Indicator(
        "cooperatives_converted_new_style",
        "HTX chuyển đổi thành HTX kiểu mới",
        "Cooperatives converted to new style",
        "cooperative",
        "flow",
        CONVERSIONS,
        {"province": "f.kind = 'old_style_to_new_style'"},
        ("type_conversions",),
        "type-conversions",
        "By the day of the conversion (báo cáo Yên Bái 2020: 16 HTX).",
    ),
    Indicator(
        "cooperatives_dissolved",
        "HTX giải thể",
        "Cooperatives dissolved",
        "cooperative",
        "flow",
        DISSOLUTIONS,
        {"province": "f.kind = 'legal' AND f.status = 'ended' AND s.type = 'cooperative'"},
        ("status_changes",),
        "organizations",
        "Legal status became ended in the period (NĐ 92/2024, Điều 27).",
        measure="distinct",
    ),
    Indicator(
        "alliance_members_admitted",
        "HTX được kết nạp",
        "Cooperatives admitted to the alliance",
        "cooperative",
        "flow",
        ADMISSIONS,
        {"alliance": "f.kind = 'official' AND s.type = 'cooperative'"},
        ("alliance_memberships",),
        "alliance-memberships",
        "Official admissions of cooperatives (báo cáo Phú Thọ 8 tháng 2023: 23 HTX).",
    ),
    Indicator(
        "alliance_member_cooperatives_total",
        "Tổng số HTX thành viên Liên minh",
        "Member cooperatives of the alliance",
        "cooperative",
        "stock",
        STATES,
        {"alliance": f"{_COOPERATIVE} AND {_MEMBER}"},
        ("cooperatives", "alliance_memberships"),
        "organizations",
        "Cooperatives not ended with an official membership on the day (báo cáo Phú Thọ 8 tháng 2023: 415 HTX).",
    ),
    Indicator(
        "alliance_member_share_of_active",
        "Tỷ lệ HTX thành viên trên HTX đang hoạt động",
        "Members among operating cooperatives",
        "percent",
        "stock",
        STATES,
        {"alliance": f"{_OPERATING} AND {_MEMBER}"},
        ("cooperatives", "operating_states", "alliance_memberships"),
        "organizations",
        "Operating members over all operating cooperatives (báo cáo Phú Thọ 8 tháng 2023: 75,7%).",
        denominator="cooperatives_operating",
    ),
    Indicator(
        "certified_area_vietgap",
        "Diện tích được chứng nhận VietGAP",
        "Area certified VietGAP",
        "hectare",
        "flow",
        CERTIFICATES,
        {
            "alliance_supported": f"f.scheme = 'vietgap' AND f.area_hectares IS NOT NULL AND {_SUPPORTED}",
            "province": "f.scheme = 'vietgap' AND f.area_hectares IS NOT NULL",
        },
        ("certificates",),
        "certificates",
        "Hectares on VietGAP certificates that began in the period (báo cáo Phú Thọ 8 tháng 2023: 643 ha).",
        measure="f.area_hectares",
    ),
    Indicator(
        "certified_cooperatives_vietgap",
        "HTX được chứng nhận VietGAP",
        "Cooperatives certified VietGAP",
        "cooperative",
        "flow",
        CERTIFIED,
        {
            "alliance_supported": f"f.scheme = 'vietgap' AND s.type = 'cooperative' AND {_SUPPORTED}",
            "province": "f.scheme = 'vietgap' AND s.type = 'cooperative'",
        },
        ("certificates",),
        "organizations",
        "Distinct cooperatives with a VietGAP certificate that began in the period (Phú Thọ 8 tháng 2023: 4).",
        measure="distinct",
    ),
    Indicator(
        "ocop_products_recognized",
        "Sản phẩm OCOP được công nhận",
        "OCOP products recognised",
        "product",
        "flow",
        PRODUCTS,
        {"province": "f.ocop_stars >= 3", "alliance_supported": f"f.ocop_stars >= 3 AND {_SUPPORTED}"},
        ("products",),
        "products",
        "Products graded 3 stars or more by a decision of the period (báo cáo Yên Bái 2020: 8 sản phẩm).",
    ),
    Indicator(
        "ocop_producers",
        "Đơn vị có sản phẩm OCOP được công nhận",
        "Producers of recognised OCOP products",
        "organization",
        "flow",
        PRODUCERS,
        {"province": "f.ocop_stars >= 3", "alliance_supported": f"f.ocop_stars >= 3 AND {_SUPPORTED}"},
        ("products",),
        "organizations",
        "Distinct organizations behind ocop_products_recognized (báo cáo Yên Bái 2020: 7 HTX và doanh nghiệp).",
        measure="distinct",
    ),
)

INDICATORS = IndicatorTable(PREFIX, _ALL)
