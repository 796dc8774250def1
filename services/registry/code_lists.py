"""Codes of the registry with their labels; the API's types and the code-list resource both read these."""

from __future__ import annotations

from kernel.values import common_lists
from services.registry import case_lists, rating_schemes

CodeList = dict[str, tuple[str, str]]
"""Code → (Vietnamese label, English label)."""

ORGANIZATION_TYPES: CodeList = {
    "cooperative": ("Hợp tác xã", "Cooperative"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative union"),
    "cooperative_group": ("Tổ hợp tác", "Cooperative group"),
    "enterprise": ("Doanh nghiệp", "Enterprise"),
}

# Decree 92/2024/NĐ-CP, Art. 27 (cooperatives and unions: seven) and Art. 28 (groups: six).
LEGAL_STATUSES: CodeList = {
    "active": ("Đang hoạt động", "Active"),
    "temporarily_suspended": ("Tạm ngừng kinh doanh", "Temporarily suspended"),
    "not_at_registered_address": ("Không hoạt động tại địa chỉ đã đăng ký", "Not at the registered address"),
    "revoked_tax_enforcement": ("Bị thu hồi do cưỡng chế về quản lý thuế", "Revoked by tax enforcement"),
    "dissolving_or_reorganizing": (
        "Đang làm thủ tục giải thể, bị chia, bị hợp nhất, được sáp nhập",
        "Dissolving, or being divided, consolidated or merged",
    ),
    "bankruptcy_in_progress": ("Đang làm thủ tục phá sản", "Bankruptcy in progress"),
    "ended": ("Đã giải thể, phá sản, chấm dứt tồn tại", "Dissolved, bankrupt or ended"),
    "terminating": ("Đang làm thủ tục chấm dứt hoạt động", "Terminating"),
    "terminated": ("Đã chấm dứt hoạt động", "Terminated"),
}

_COOPERATIVE_STATUSES = frozenset(LEGAL_STATUSES) - {"terminating", "terminated"}
_GROUP_STATUSES = frozenset(
    {
        "active",
        "temporarily_suspended",
        "not_at_registered_address",
        "revoked_tax_enforcement",
        "terminating",
        "terminated",
    }
)
STATUSES_OF_TYPE = {
    "cooperative": _COOPERATIVE_STATUSES,
    "cooperative_union": _COOPERATIVE_STATUSES,
    "enterprise": _COOPERATIVE_STATUSES,
    "cooperative_group": _GROUP_STATUSES,
}
TERMINAL_STATUSES = frozenset({"ended", "terminated"})

# Observed by the alliance, apart from the registered status (docs/domain.md: "ngừng hoạt động" is no registered status).
OPERATING_STATES: CodeList = {
    "operating": ("Đang hoạt động thực tế", "Operating"),
    "dormant": ("Ngừng hoạt động", "Dormant"),
    "not_started": ("Chưa hoạt động", "Not started"),
    "unknown": ("Chưa rõ", "Unknown"),
}

REPORT_SECTORS: CodeList = {
    "agriculture": ("Nông – lâm – ngư – diêm nghiệp", "Agriculture, forestry, fishery and salt"),
    "industry_handicraft": ("Công nghiệp – tiểu thủ công nghiệp", "Industry and handicraft"),
    "construction": ("Xây dựng", "Construction"),
    "trade_service": ("Thương mại – dịch vụ", "Trade and services"),
    "transport": ("Vận tải", "Transport"),
    "environment": ("Môi trường", "Environment"),
    "credit_fund": ("Quỹ tín dụng nhân dân", "People's credit funds"),
    "other": ("Khác", "Other"),
}

ATTRIBUTIONS: CodeList = dict(common_lists.ATTRIBUTIONS)

DATE_PRECISIONS: CodeList = {
    "day": ("Ngày", "Day"),
    "month": ("Tháng", "Month"),
    "year": ("Năm", "Year"),
}

# Law 17/2023/QH15, Art. 56.
GOVERNANCES: CodeList = {
    "full": ("Tổ chức quản trị đầy đủ", "Full governance"),
    "simplified": ("Tổ chức quản trị rút gọn", "Simplified governance"),
}

# People's credit funds report apart from other cooperatives.
CREDIT_FUNDS: CodeList = {
    "true": ("Quỹ tín dụng nhân dân", "People's credit funds"),
    "false": ("Không phải quỹ tín dụng nhân dân", "No people's credit funds"),
}

COMMUNE_MAPS: CodeList = dict(common_lists.COMMUNE_MAPS)

VSIC_VERSIONS: CodeList = {
    "2018": ("VSIC 2018 (QĐ 27/2018/QĐ-TTg)", "VSIC 2018 (Decision 27/2018/QĐ-TTg)"),
    "2025": ("VSIC 2025 (QĐ 36/2025/QĐ-TTg)", "VSIC 2025 (Decision 36/2025/QĐ-TTg)"),
}

CONTACT_KINDS: CodeList = {
    "phone": ("Điện thoại", "Phone"),
    "email": ("Thư điện tử", "E-mail"),
    "website": ("Trang web", "Web site"),
    "zalo": ("Zalo", "Zalo"),
    "other": ("Khác", "Other"),
}

STATUS_CHANGE_KINDS: CodeList = {
    "legal": ("Tình trạng pháp lý", "Legal status"),
    "operating": ("Tình trạng hoạt động thực tế", "Operating state"),
}

# Decree 92/2024/NĐ-CP, Art. 56: what lets a record leave a terminal status.
STATUS_CHANGE_BASES: CodeList = {
    "registry_correction": ("Cơ quan đăng ký hiệu đính", "Correction by the registration authority"),
    "restored_certificate": ("Khôi phục giấy chứng nhận đăng ký", "Restored registration certificate"),
}

FACT_SOURCES: CodeList = {
    "registry": ("Cơ quan đăng ký", "Registration authority"),
    "alliance": ("Liên minh", "Alliance"),
    "unit": ("Đơn vị báo cáo", "Reported by the organization"),
}

TYPE_CONVERSION_KINDS: CodeList = {
    "group_to_cooperative": ("Tổ hợp tác thành hợp tác xã", "Cooperative group to cooperative"),
    "old_style_to_new_style": ("Hợp tác xã kiểu cũ thành kiểu mới", "Old-style to new-style cooperative"),
}

MEMBERSHIP_KINDS: CodeList = {
    "official": ("Thành viên chính thức", "Official member"),
    "affiliate": ("Thành viên liên kết", "Affiliate member"),
    "honorary": ("Thành viên danh dự", "Honorary member"),
}

# Of an organization on the day asked; official membership alone is meant.
MEMBERSHIPS: CodeList = {
    "member": ("Đang là thành viên chính thức", "Official member"),
    "former": ("Từng là thành viên chính thức", "Former official member"),
    "never": ("Chưa từng là thành viên chính thức", "Never an official member"),
}

# Decision 148/QĐ-TTg of 2023: six groups.
PRODUCT_GROUPS: CodeList = {
    "food": ("Thực phẩm", "Food"),
    "beverage": ("Đồ uống", "Beverages"),
    "medicinal": ("Dược liệu và sản phẩm từ dược liệu", "Medicinal herbs and their products"),
    "handicraft": ("Thủ công mỹ nghệ", "Handicraft"),
    "ornamental": ("Sinh vật cảnh", "Ornamental plants and animals"),
    "rural_tourism": ("Dịch vụ du lịch cộng đồng, sinh thái và điểm du lịch", "Community and eco-tourism services"),
    "other": ("Khác", "Other"),
}

CERTIFICATE_SCHEMES: CodeList = {
    "vietgap": ("VietGAP", "VietGAP"),
    "globalgap": ("GlobalG.A.P.", "GlobalG.A.P."),
    "organic": ("Hữu cơ", "Organic"),
    "haccp": ("HACCP", "HACCP"),
    "iso_22000": ("ISO 22000", "ISO 22000"),
    "food_safety": ("An toàn thực phẩm", "Food safety"),
    "growing_area_code": ("Mã số vùng trồng", "Growing-area code"),
    "packing_facility_code": ("Mã số cơ sở đóng gói", "Packing-facility code"),
    "collective_mark": ("Nhãn hiệu tập thể", "Collective mark"),
    "certification_mark": ("Nhãn hiệu chứng nhận", "Certification mark"),
    "geographical_indication": ("Chỉ dẫn địa lý", "Geographical indication"),
    "traceability": ("Truy xuất nguồn gốc", "Traceability"),
}

# Law 17/2023/QH15, Art. 56–71; a group has a leader (Art. 107).
OFFICES: CodeList = {
    "chair": ("Chủ tịch Hội đồng quản trị", "Chair of the board"),
    "vice_chair": ("Phó chủ tịch Hội đồng quản trị", "Vice chair of the board"),
    "board_member": ("Thành viên Hội đồng quản trị", "Member of the board"),
    "director": ("Giám đốc (Tổng giám đốc)", "Director (general director)"),
    "deputy_director": ("Phó giám đốc (Phó tổng giám đốc)", "Deputy director (deputy general director)"),
    "controller": ("Ban kiểm soát, kiểm soát viên", "Supervisory board, supervisor"),
    "chief_accountant": ("Kế toán trưởng", "Chief accountant"),
    "accountant": ("Kế toán", "Accountant"),
    "group_leader": ("Tổ trưởng tổ hợp tác", "Leader of a cooperative group"),
    "deputy_group_leader": ("Tổ phó tổ hợp tác", "Deputy leader of a cooperative group"),
    "other": ("Chức vụ khác", "Other office"),
}
SINGLE_OFFICES = frozenset({"chair", "director", "chief_accountant", "group_leader"})
"""Held by one person at a time."""

# The training that statistics count managers by.
QUALIFICATIONS: CodeList = {
    "none": ("Chưa qua đào tạo", "No training"),
    "elementary": ("Sơ cấp", "Elementary"),
    "intermediate": ("Trung cấp", "Intermediate"),
    "college": ("Cao đẳng", "College"),
    "university": ("Đại học", "University"),
    "postgraduate": ("Sau đại học", "Postgraduate"),
}

SEXES: CodeList = {"female": ("Nữ", "Female"), "male": ("Nam", "Male"), "other": ("Khác", "Other")}

RATING_SCHEMES: CodeList = rating_schemes.LABELS

# Law 17/2023/QH15, Art. 92–95.
SUCCESSION_KINDS: CodeList = {
    "division": ("Chia", "Division"),
    "separation": ("Tách", "Separation"),
    "consolidation": ("Hợp nhất", "Consolidation"),
    "merger": ("Sáp nhập", "Merger"),
}

RATING_BANDS: CodeList = {
    "good": ("Tốt", "Good"),
    "fair": ("Khá", "Fair"),
    "average": ("Trung bình", "Average"),
    "weak": ("Yếu", "Weak"),
}

# Circular 01/2020/TT-BKHĐT: not rated in the first 12 months, nor if stopped for more than 3 months of the year.
NOT_RATED_REASONS: CodeList = {
    "under_12_months": ("Hoạt động chưa đủ 12 tháng", "Under 12 months old"),
    "stopped_over_3_months": ("Ngừng hoạt động trên 3 tháng trong năm", "Stopped for over 3 months of the year"),
    "no_self_assessment": ("Không gửi bản tự chấm điểm", "Sent no self-assessment"),
    "other": ("Lý do khác", "Other reason"),
}

MODEL_KINDS: CodeList = {
    "effective": ("Mô hình hợp tác xã hoạt động hiệu quả", "Effective cooperative"),
    "advanced": ("Mô hình hợp tác xã tiên tiến", "Advanced cooperative"),
    "high_tech": ("Mô hình hợp tác xã ứng dụng công nghệ cao", "High-technology cooperative"),
    "value_chain": ("Mô hình hợp tác xã gắn với chuỗi giá trị", "Cooperative in a value chain"),
    "typical": ("Mô hình hợp tác xã điển hình", "Typical cooperative"),
}

VALUE_CHAIN_ROLES: CodeList = {
    "input_supplier": ("Cung cấp nguyên liệu, đầu vào", "Supplies inputs"),
    "producer": ("Sản xuất", "Produces"),
    "processor": ("Chế biến", "Processes"),
    "trader": ("Tiêu thụ, thương mại", "Trades"),
}

# Of a party outside the registry: also a cooperative or a union of another province.
VALUE_CHAIN_PARTY_KINDS: CodeList = {
    **ORGANIZATION_TYPES,
    "household": ("Hộ, hộ kinh doanh", "Household or household business"),
    "other": ("Khác", "Other"),
}

UNIT_LEVELS: CodeList = {
    "province": ("Cấp tỉnh", "Province"),
    "district": ("Cấp huyện (đến 30/6/2025)", "District (until 30 June 2025)"),
    "commune": ("Cấp xã", "Commune"),
}

# How far the history of an administrative unit is known.
LINEAGES: CodeList = {
    "complete": ("Đủ nguồn gốc", "Complete"),
    "compared": ("Đối chiếu từ hai nguồn, không chính thức", "Compared from two sources, not official"),
    "none": ("Chưa rõ", "Not known"),
}

SUCCESSION_PARTS: CodeList = {
    "whole": ("Nhập nguyên", "Whole"),
    "part": ("Chỉ một phần", "A part"),
}
SUCCESSION_CONFIDENCES: CodeList = {
    "official": ("Theo nghị quyết", "By law"),
    "two_sources": ("Hai nguồn khớp nhau", "Two sources agree"),
    "one_source": ("Chỉ một nguồn", "One source only"),
}

# How sure it is which commune of 2025 a seat lies in.
PLACEMENTS: CodeList = {
    "certain": ("Chắc chắn", "Certain"),
    "placed": ("Cán bộ đã xếp", "Placed by an officer"),
    "uncertain": ("Xã cũ bị chia, chưa xếp", "Old commune divided, not placed yet"),
    "unknown": ("Chưa rõ xã cũ", "Old commune not known"),
}

RECORD_TYPES: CodeList = {
    "cooperatives": ("Toàn bộ hợp tác xã", "All cooperatives"),
    "cooperative_registrations": ("Hợp tác xã thành lập mới", "New cooperatives"),
    "founding_supports": ("Đơn vị hỗ trợ thành lập", "Who supported each founding"),
    "cooperative_groups": ("Toàn bộ tổ hợp tác", "All cooperative groups"),
    "cooperative_group_registrations": ("Tổ hợp tác thành lập mới", "New cooperative groups"),
    "cooperative_unions": ("Toàn bộ liên hiệp hợp tác xã", "All cooperative unions"),
    "cooperative_union_registrations": ("Liên hiệp hợp tác xã thành lập mới", "New cooperative unions"),
    "operating_states": ("Tình trạng hoạt động thực tế", "Operating states"),
    "status_changes": ("Thay đổi tình trạng", "Status changes"),
    "type_conversions": ("Chuyển đổi", "Conversions"),
    "alliance_memberships": ("Thành viên Liên minh", "Alliance memberships"),
    "certificates": ("Chứng nhận", "Certificates"),
    "products": ("Sản phẩm", "Products"),
    "statistics": ("Số liệu thống kê của đơn vị", "Figures that organizations report"),
    "officers": ("Người quản lý", "Officers"),
    "ratings": ("Đánh giá, xếp loại", "Ratings"),
    "inspections": ("Kiểm tra hồ sơ và hoạt động", "Inspections"),
    "dissolution_cases": ("Vụ việc giải thể", "Dissolution cases"),
    "member_teams": ("Tổ thành viên", "Member teams"),
    "models": ("Mô hình hợp tác xã", "Cooperative models"),
    "value_chains": ("Chuỗi giá trị", "Value chains"),
}

# Who a row of figures comes from.
STATISTIC_SOURCES: CodeList = {
    "unit": ("Đơn vị báo cáo", "Reported by the organization"),
    "alliance": ("Liên minh khảo sát", "Gathered by the alliance"),
    "national_system": ("Hệ thống thông tin quốc gia về hợp tác xã", "National information system on cooperatives"),
    "tax": ("Cơ quan thuế", "Tax office"),
}
INCOME_PERIODS: CodeList = dict(common_lists.INCOME_PERIODS)

# Decree 113/2024/NĐ-CP, Art. 4 and 5.
SIZE_CLASSES: CodeList = {
    "large": ("Lớn", "Large"),
    "medium": ("Vừa", "Medium"),
    "small": ("Nhỏ", "Small"),
    "micro": ("Siêu nhỏ", "Micro"),
}
SIZE_SECTORS: CodeList = {
    "agriculture": ("Nông – lâm – ngư – diêm nghiệp", "Agriculture, forestry, fishery and salt"),
    "industry_construction": ("Công nghiệp – xây dựng", "Industry and construction"),
    "finance": ("Tài chính, ngân hàng, bảo hiểm", "Finance, banking and insurance"),
    "trade_service_other": ("Thương mại – dịch vụ và khác", "Trade, services and others"),
}
SIZE_CLASS_REASONS: CodeList = {
    "not_classified": ("Loại hình này không phân theo quy mô", "This type has no size classes"),
    "sector_missing": ("Chưa ghi lĩnh vực báo cáo", "The report sector is not known"),
    "thresholds_missing": (
        "Chưa có ngưỡng của năm và lĩnh vực này",
        "The thresholds of the year and sector are not known",
    ),
    "statistics_missing": ("Chưa đủ số liệu của năm này", "The figures of the year are not known"),
}

ALL: dict[str, CodeList] = {
    "organization-types": ORGANIZATION_TYPES,
    "legal-statuses": LEGAL_STATUSES,
    "operating-states": OPERATING_STATES,
    "report-sectors": REPORT_SECTORS,
    "alliance-attributions": ATTRIBUTIONS,
    "date-precisions": DATE_PRECISIONS,
    "governances": GOVERNANCES,
    "commune-maps": COMMUNE_MAPS,
    "vsic-versions": VSIC_VERSIONS,
    "contact-kinds": CONTACT_KINDS,
    "status-change-kinds": STATUS_CHANGE_KINDS,
    "status-change-bases": STATUS_CHANGE_BASES,
    "fact-sources": FACT_SOURCES,
    "type-conversion-kinds": TYPE_CONVERSION_KINDS,
    "membership-kinds": MEMBERSHIP_KINDS,
    "memberships": MEMBERSHIPS,
    "product-groups": PRODUCT_GROUPS,
    "certificate-schemes": CERTIFICATE_SCHEMES,
    "offices": OFFICES,
    "qualifications": QUALIFICATIONS,
    "sexes": SEXES,
    "rating-schemes": RATING_SCHEMES,
    "rating-bands": RATING_BANDS,
    "not-rated-reasons": NOT_RATED_REASONS,
    "model-kinds": MODEL_KINDS,
    "value-chain-roles": VALUE_CHAIN_ROLES,
    "value-chain-party-kinds": VALUE_CHAIN_PARTY_KINDS,
    "unit-levels": UNIT_LEVELS,
    "lineages": LINEAGES,
    "placements": PLACEMENTS,
    "succession-kinds": SUCCESSION_KINDS,
    "succession-parts": SUCCESSION_PARTS,
    "succession-confidences": SUCCESSION_CONFIDENCES,
    "record-types": RECORD_TYPES,
    "statistic-sources": STATISTIC_SOURCES,
    "size-classes": SIZE_CLASSES,
    "size-sectors": SIZE_SECTORS,
    "size-class-reasons": SIZE_CLASS_REASONS,
    **case_lists.ALL,
}
