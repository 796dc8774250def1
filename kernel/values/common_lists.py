"""The closed lists of codes that every service shares, with labels in both languages: jobs, batches, figures, history."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.values.history_actions import HISTORY_ACTIONS
from kernel.values.wording import Labels

BATCH_MODES: Labels = {
    "atomic": ("Ghi tất cả hoặc không ghi gì", "All or none"),
    "each": ("Ghi từng mục riêng", "Every item for itself"),
}
EXPORT_FORMATS: Labels = {"ndjson": ("NDJSON", "NDJSON"), "csv": ("CSV", "CSV"), "xlsx": ("Excel", "Excel")}
EXPORT_HEADINGS: Labels = {
    "codes": ("Tên trường và mã", "Names of fields, and codes"),
    "labels": ("Tên gọi", "Labels"),
}
JOB_STATES: Labels = {
    "queued": ("Đang chờ", "Queued"),
    "running": ("Đang chạy", "Running"),
    "succeeded": ("Đã xong", "Succeeded"),
    "failed": ("Không thành công", "Failed"),
    "cancelled": ("Đã hủy", "Cancelled"),
}
CONFIRMATION_STATES: Labels = {
    "pending": ("Chờ người thứ hai xác nhận", "Waits for a second person"),
    "confirmed": ("Đã xác nhận", "Confirmed"),
    "rejected": ("Bị từ chối", "Rejected"),
    "withdrawn": ("Đã rút lại", "Withdrawn"),
}
CONFIRMATION_DECISIONS: Labels = {"confirm": ("Xác nhận", "Confirm"), "reject": ("Từ chối", "Reject")}
GONE_AS: Labels = {
    "deleted": ("Đã xóa vì nhập nhầm", "Deleted"),
    "merged": ("Đã gộp vào tổ chức khác", "Merged into another"),
    "absent": ("Sổ đăng ký không còn", "No longer in the registry"),
}
"""Why an organization that records name is gone: for the services that follow the registry."""
IMPORT_RESULTS: Labels = {
    "created": ("Tạo mới", "Created"),
    "changed": ("Đã cập nhật", "Changed"),
    "unchanged": ("Không đổi", "Unchanged"),
    "different": ("Đã có nhưng khác, giữ nguyên", "Recorded otherwise, left as it is"),
    "failed": ("Sai", "Failed"),
}
INDICATOR_KINDS: Labels = {"flow": ("Tính trong kỳ", "Over the period"), "stock": ("Tính đến cuối kỳ", "At its end")}
FIGURE_STATUSES: Labels = {
    "reported": ("Đã có đủ số liệu", "Reported"),
    "partial": ("Mới có một phần số liệu", "Partial"),
    "not_reported": ("Chưa có số liệu", "Not reported"),
    "outside_area": ("Ngoài địa bàn của bạn", "Outside your area"),
}
ATTRIBUTIONS: Labels = {
    "alliance_led": ("Liên minh chủ trì", "Led by the alliance"),
    "joint": ("Liên minh phối hợp với đơn vị khác", "Done jointly with others"),
    "supported": ("Liên minh tư vấn, hỗ trợ", "Supported by the alliance"),
    "none": ("Liên minh không tham gia", "Without the alliance"),
}
"""The alliance's part in what happened; without one it is not known, which is not `none`."""
FIGURE_SCOPES: Labels = {
    "province": ("Toàn tỉnh", "Whole province"),
    "alliance": ("Liên minh", "The alliance"),
    "alliance_led": ("Do Liên minh chủ trì", "Led by the alliance"),
    "alliance_supported": ("Được Liên minh tư vấn, hỗ trợ", "Supported by the alliance"),
    "joint": ("Phối hợp tổ chức", "Held jointly"),
    "supported": ("Liên minh hỗ trợ", "Supported"),
    "funds_managed_by_alliance": ("Các quỹ do Liên minh quản lý", "Funds that the alliance manages"),
}
FIGURE_GROUPS: Labels = {
    "province": ("Tỉnh", "Province"),
    "commune": ("Xã", "Commune"),
    "district": ("Huyện (đến 30/6/2025)", "District (until 30 June 2025)"),
    "month": ("Tháng", "Month"),
    "quarter": ("Quý", "Quarter"),
    "year": ("Năm", "Year"),
    "report_sector": ("Lĩnh vực báo cáo", "Report sector"),
    "type": ("Loại hình", "Type"),
    "is_credit_fund": ("Quỹ tín dụng nhân dân hay không", "People's credit funds or others"),
    "fund": ("Quỹ", "Fund"),
    "channel": ("Kênh", "Channel"),
    "kind": ("Loại", "Kind"),
    "topic": ("Nội dung", "Topic"),
    "attribution": ("Hình thức tổ chức", "Attribution"),
    "audience": ("Đối tượng", "Audience"),
    "program": ("Chương trình", "Program"),
    "event_kind": ("Loại sự kiện", "Kind of event"),
    "organizer": ("Loại đơn vị tổ chức", "Kind of organizer"),
    "organization_type": ("Loại hình đơn vị", "Type of organization"),
    "product_kind": ("Loại sản phẩm", "Kind of product"),
    "buyer_kind": ("Loại đối tác tiêu thụ", "Kind of buyer"),
}
_VND_UNITS: Labels = {
    "vnd": ("Đồng", "VND"),
    "vnd_per_period": ("Đồng/kỳ", "VND a period"),
    "vnd_per_month": ("Đồng/tháng", "VND a month"),
    "vnd_per_quarter": ("Đồng/quý", "VND a quarter"),
    "vnd_per_half_year": ("Đồng/6 tháng", "VND a half-year"),
    "vnd_per_year": ("Đồng/năm", "VND a year"),
    "vnd_per_person_month": ("Đồng/người/tháng", "VND a person and month"),
    "vnd_per_person_half_year": ("Đồng/người/6 tháng", "VND a person and half-year"),
    "vnd_per_person_year": ("Đồng/người/năm", "VND a person and year"),
}
FIGURE_UNITS: Labels = {
    "cooperative": ("Hợp tác xã", "Cooperatives"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative unions"),
    "cooperative_group": ("Tổ hợp tác", "Cooperative groups"),
    "organization": ("Đơn vị", "Organizations"),
    "product": ("Sản phẩm", "Products"),
    "hectare": ("Héc-ta", "Hectares"),
    "percent": ("%", "%"),
    "project": ("Dự án", "Projects"),
    "disbursement": ("Lượt giải ngân", "Disbursements"),
    "borrower": ("Khách hàng vay", "Borrowers"),
    "class": ("Lớp", "Classes"),
    "attendance": ("Lượt học viên", "Attendances"),
    "trainee": ("Học viên", "Trainees"),
    "hour": ("Giờ", "Hours"),
    "participation": ("Lượt tham gia", "Participations"),
    "event": ("Sự kiện", "Events"),
    "product_type": ("Loại sản phẩm", "Product types"),
    "showing": ("Lượt trưng bày", "Showings"),
    "contract": ("Hợp đồng", "Contracts"),
    "market_link": ("Liên kết tiêu thụ", "Market links"),
    "member": ("Thành viên", "Members"),
    "worker": ("Lao động", "Workers"),
    "model": ("Mô hình", "Models"),
    "district": ("Đơn vị cấp huyện", "Districts"),
    "dossier": ("Hồ sơ", "Dossiers"),
    "member_team": ("Tổ thành viên", "Member teams"),
    "star": ("Sao", "Stars"),
    "item": ("Tin, bài", "Items"),
    "copy": ("Cuốn", "Copies"),
    "household": ("Hộ", "Households"),
    "indicator": ("Chỉ tiêu", "Indicators"),
    "percent_vs_previous_year": ("% so với năm trước", "% against the year before"),
    **_VND_UNITS,
    **{
        f"million_{unit}": (vi.replace("Đồng", "Triệu đồng"), en.replace("VND", "Million VND"))
        for unit, (vi, en) in _VND_UNITS.items()
    },
}
INCOME_PERIODS: Labels = {"month": ("Tháng", "Month"), "half_year": ("Nửa năm", "Half-year"), "year": ("Năm", "Year")}
"""What the income of a person is for."""
MONEY_UNITS: Labels = {"vnd": ("Đồng", "VND"), "million_vnd": ("Triệu đồng", "Million VND")}
FIGURE_COMPARISONS: Labels = {
    "year": ("Cùng kỳ năm trước", "The same days a year before"),
    "period": ("Kỳ liền trước", "The period directly before"),
}
IMPORT_CHOICES: Labels = {
    "keep": ("Giữ giá trị đang có", "Keep what stands"),
    "update": ("Cập nhật theo tệp", "Update from the file"),
}
LEGACY_FONTS: Labels = {"tcvn3": ("TCVN3 (ABC, .VnTime)", "TCVN3 (ABC, .VnTime)"), "vni": ("VNI", "VNI")}
"""What text of a file was typed in before it was converted (kernel/values/legacy_fonts.py)."""
ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    "cooperative": ("HTX",),
    "cooperative_union": ("LHHTX", "LH HTX", "Liên hiệp HTX"),
    "cooperative_group": ("THT",),
    "enterprise": ("DN",),
    "credit_fund": ("QTDND", "Quỹ TDND"),
}
"""Code → what offices write for short (the glossary's abbreviations); read in the cells of imports, never answered."""
BUDGET_SOURCES: Labels = {
    "central_budget": ("Ngân sách trung ương", "Central budget"),
    "provincial_budget": ("Ngân sách tỉnh", "Provincial budget"),
    "new_rural_program": ("CTMTQG xây dựng nông thôn mới", "National target program on new rural development"),
    "national_alliance": ("Liên minh HTX Việt Nam", "National alliance"),
    "project": ("Chương trình, dự án", "Program or project"),
    "participants": ("Đơn vị, học viên đóng góp", "Paid by participants"),
    "other": ("Khác", "Other"),
}
"""Whose money pays for the alliance's work."""
COMMUNE_MAPS: Labels = {
    "2008": ("Địa giới đến 30/6/2025", "Map until 30 June 2025"),
    "2025": ("Địa giới từ 01/7/2025", "Map since 1 July 2025"),
}
"""Not in ALL, nor are the budget sources: each service that has communes, or costs, answers the list under its own name."""

READING_PURPOSES: Labels = {
    "loan_appraisal": ("Thẩm định khoản vay", "Appraising a loan"),
    "contract": ("Lập hợp đồng, giấy tờ", "A contract or another document"),
    "debt_collection": ("Đôn đốc thu nợ", "Collecting a debt"),
    "class_roll": ("Điểm danh, lập danh sách lớp", "The roll of a class"),
    "certificate": ("Cấp giấy chứng nhận", "Issuing a certificate"),
    "allowance": ("Chi hỗ trợ học viên", "Paying allowances"),
    "contact": ("Liên hệ với người này", "Getting in touch with the person"),
    "statistics": ("Thống kê", "Statistics"),
    "inspection": ("Kiểm tra, thanh tra", "An inspection"),
    "correction": ("Đính chính dữ liệu", "Correcting what is recorded"),
    "own_request": ("Yêu cầu của chính người đó", "A request of the person"),
    "other": ("Việc khác, ghi rõ", "Something else, in words"),
}
"""What personal data is read in full for (Law 91/2025/QH15: each purpose is stated)."""
ERASURE_GROUNDS: Labels = {
    "own_request": (
        "Người đó yêu cầu (Luật 91/2025/QH15, điểm a khoản 1 Điều 14)",
        "The person asks for it (Law 91/2025/QH15, article 14(1)a)",
    ),
    "purpose_fulfilled": (
        "Mục đích xử lý đã hoàn thành (Luật 91/2025/QH15, điểm b khoản 1 Điều 14)",
        "What it was collected for is done (Law 91/2025/QH15, article 14(1)b)",
    ),
    "retention_ended": (
        "Hết thời hạn lưu trữ (Luật 91/2025/QH15, điểm c khoản 1 Điều 14)",
        "It need not be kept any longer (Law 91/2025/QH15, article 14(1)c)",
    ),
    "authority_decision": (
        "Cơ quan có thẩm quyền quyết định (Luật 91/2025/QH15, điểm d khoản 1 Điều 14)",
        "An authority decided it (Law 91/2025/QH15, article 14(1)d)",
    ),
    "agreement": (
        "Theo thỏa thuận (Luật 91/2025/QH15, điểm đ khoản 1 Điều 14)",
        "It was agreed (Law 91/2025/QH15, article 14(1)đ)",
    ),
    "other_law": (
        "Trường hợp khác theo luật (Luật 91/2025/QH15, điểm e khoản 1 Điều 14)",
        "Another case that a law names (Law 91/2025/QH15, article 14(1)e)",
    ),
}
"""Why a person is erased: all grounds of article 14, clause 1."""
RETENTION_RULES: Labels = {
    "loan_documents": ("Hồ sơ vay vốn, chứng từ kế toán", "Documents of loans, vouchers"),
    "loan_applications": ("Hồ sơ xin vay không được cho vay", "Applications that led to no loan"),
    "allowance_vouchers": ("Chứng từ chi hỗ trợ học viên", "Vouchers of allowances"),
    "account_in_use": ("Tài khoản đang dùng", "An account in use"),
    "office_held": ("Đang giữ chức vụ, đang đại diện", "In office, or representing"),
    "maker_of_books": ("Người lập, duyệt chứng từ", "Who made or approved vouchers"),
    "former_office": ("Đã thôi chức vụ", "Out of office"),
    "contact": ("Không còn giao dịch", "No more dealings"),
}
"""What a person is kept for; the years are in kernel/personal_data/retention.py."""
AUDITED_ACTIONS: Labels = {
    "audit.read": ("Đọc nhật ký", "Audit read"),
    "officer.personal_data_read": ("Đọc dữ liệu cá nhân của người quản lý", "Personal data of an officer read"),
    "officer.personal_data_compared": ("So tệp với dữ liệu của người quản lý", "File compared with an officer's data"),
    "borrower.personal_data_read": ("Đọc dữ liệu cá nhân của bên vay", "Personal data of a borrower read"),
    "borrower.phones_read": ("Đọc số điện thoại của các bên vay", "Phones of borrowers read"),
    "trainee.personal_data_read": ("Đọc dữ liệu cá nhân của học viên", "Personal data of a trainee read"),
    "trainee.names_searched": ("Tìm trong tên học viên", "Names of trainees searched"),
    "trainee.sensitive_changed": ("Đổi thông tin nhạy cảm của học viên", "Sensitive attributes of a trainee changed"),
    "trainee.erased": ("Xóa dữ liệu cá nhân của học viên", "Personal data of a trainee erased"),
    "trainee.personal_data_copied": ("Cung cấp dữ liệu cho học viên", "Copy of a trainee's data made"),
    "borrower.erased": ("Xóa dữ liệu cá nhân của bên vay", "Personal data of a borrower erased"),
    "borrower.personal_data_copied": ("Cung cấp dữ liệu cho bên vay", "Copy of a borrower's data made"),
    "officer.erased": ("Xóa dữ liệu cá nhân của người quản lý", "Personal data of an officer erased"),
    "officer.personal_data_copied": ("Cung cấp dữ liệu cho người quản lý", "Copy of an officer's data made"),
    "legal_representative.erased": ("Xóa người đại diện theo pháp luật", "A legal representative erased"),
    "contact.erased": ("Xóa liên hệ của tổ chức", "A contact of an organization erased"),
    "team_leader.erased": ("Xóa tên tổ trưởng tổ thành viên", "A leader of a member team erased"),
    "value_chain_party.erased": ("Xóa tên bên tham gia chuỗi", "A party of a value chain erased"),
    "class.roll_read": ("Đọc danh sách điểm danh", "Roll of a class read"),
    "class.signature_sheet_made": ("Lập bảng ký tên", "Signature sheet made"),
    "class.allowance_sheet_made": ("Lập bảng chi hỗ trợ", "Allowance sheet made"),
}
"""What the audit of the registry, the funds and training holds."""

ALL: dict[str, Labels] = {
    "reading-purposes": READING_PURPOSES,
    "erasure-grounds": ERASURE_GROUNDS,
    "retention-rules": RETENTION_RULES,
    "audited-actions": AUDITED_ACTIONS,
    "batch-modes": BATCH_MODES,
    "export-formats": EXPORT_FORMATS,
    "export-headings": EXPORT_HEADINGS,
    "job-states": JOB_STATES,
    "history-actions": HISTORY_ACTIONS,
    "confirmation-states": CONFIRMATION_STATES,
    "confirmation-decisions": CONFIRMATION_DECISIONS,
    "absence-reasons": GONE_AS,
    "import-results": IMPORT_RESULTS,
    "import-choices": IMPORT_CHOICES,
    "legacy-fonts": LEGACY_FONTS,
    "indicator-kinds": INDICATOR_KINDS,
    "figure-statuses": FIGURE_STATUSES,
    "figure-scopes": FIGURE_SCOPES,
    "figure-groups": FIGURE_GROUPS,
    "figure-units": FIGURE_UNITS,
    "figure-comparisons": FIGURE_COMPARISONS,
    "income-periods": INCOME_PERIODS,
    "money-units": MONEY_UNITS,
}


def among(labels: Labels, codes: Iterable[str]) -> Labels:
    """Return those of `labels` that `codes` name, in that order."""
    return {code: labels[code] for code in codes if code in labels}
