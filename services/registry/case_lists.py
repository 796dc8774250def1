"""Codes of inspections and dissolution cases with their labels."""

from __future__ import annotations

CodeList = dict[str, tuple[str, str]]

INSPECTION_KINDS: CodeList = {
    "dossier": ("Kiểm tra hồ sơ thành lập", "Dossier of founding"),
    "field": ("Kiểm tra hoạt động thực tế", "On the spot"),
}

# Law 17/2023/QH15, Art. 97-99: voluntary, or by a decision of the court or the revocation of the certificate.
DISSOLUTION_GROUNDS: CodeList = {
    "voluntary": ("Giải thể tự nguyện", "Voluntary"),
    "certificate_revocation": (
        "Giải thể bắt buộc do bị thu hồi giấy chứng nhận đăng ký",
        "Compulsory, as the certificate was revoked",
    ),
    "court_decision": ("Giải thể bắt buộc theo quyết định của Tòa án", "Compulsory, by a decision of the court"),
}

DISSOLUTION_BLOCKERS: CodeList = {
    "tax_debt": ("Nợ thuế", "Tax debt"),
    "receivables": ("Công nợ phải thu", "Receivables"),
    "payables": ("Công nợ phải trả", "Payables"),
    "lost_records": ("Mất sổ sách, chứng từ", "Lost records"),
    "asset_valuation": ("Chưa định giá được tài sản", "Valuation of assets"),
    "lost_seal": ("Mất con dấu", "Lost seal"),
    "lost_certificate": ("Mất giấy chứng nhận đăng ký", "Lost certificate"),
    "members_absent": ("Không triệu tập được thành viên", "Members absent"),
    "state_assets": ("Tài sản có nguồn gốc nhà nước", "Assets from the State"),
}

# In the order of Law 17/2023/QH15, Art. 97-101, and Decree 92/2024/NĐ-CP, Art. 50-51.
DISSOLUTION_STEPS: CodeList = {
    "resolution": ("Nghị quyết giải thể của Đại hội thành viên", "Resolution of the members' meeting"),
    "compulsory_decision": ("Quyết định giải thể bắt buộc", "Decision on compulsory dissolution"),
    "notice_sent": ("Đã gửi thông báo giải thể", "Notice sent"),
    "debts_settled": ("Đã thanh toán các khoản nợ", "Debts settled"),
    "state_assets_returned": ("Đã bàn giao tài sản của Nhà nước", "Assets of the State handed back"),
    "tax_confirmed": ("Cơ quan thuế đã xác nhận", "Confirmed by the tax office"),
    "file_submitted": ("Đã nộp hồ sơ giải thể", "File submitted"),
    "certificate_returned": ("Đã nộp lại giấy chứng nhận đăng ký", "Certificate returned"),
    "registrar_updated": ("Cơ quan đăng ký đã cập nhật tình trạng", "Registrar updated the status"),
}

DISSOLUTION_OUTCOMES: CodeList = {
    "ended": ("Đã giải thể xong", "Ended"),
    "withdrawn": ("Thôi giải thể", "Withdrawn"),
}

ALL: dict[str, CodeList] = {
    "inspection-kinds": INSPECTION_KINDS,
    "dissolution-grounds": DISSOLUTION_GROUNDS,
    "dissolution-blockers": DISSOLUTION_BLOCKERS,
    "dissolution-steps": DISSOLUTION_STEPS,
    "dissolution-outcomes": DISSOLUTION_OUTCOMES,
}
