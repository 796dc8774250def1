"""Closed lists of funds, capital, products and rules."""

from __future__ import annotations

from kernel.values.wording import Labels

OPERATING_MODELS: Labels = {
    "own_apparatus": ("Bộ máy riêng", "Own apparatus"),
    "entrusted": ("Ủy thác cho tổ chức tài chính", "Entrusted to a financial institution"),
}


# Decree 45/2021, Art. 3; capital of others that an alliance manages is lent in the same way.
LEGAL_FORMS: Labels = {
    "state_owned_company": (
        "Công ty TNHH một thành viên 100% vốn nhà nước",
        "Single-member company, wholly state-owned",
    ),
    "cooperative_model": (
        "Tổ chức tài chính theo mô hình hợp tác xã",
        "Financial organization in the cooperative model",
    ),
    "managed_capital": ("Nguồn vốn Liên minh quản lý", "Capital that the alliance manages"),
    "other": ("Khác", "Other"),
}


FUND_STATES: Labels = {
    "planned": ("Đang chuẩn bị, chưa được cấp phép", "Being prepared, not yet licensed"),
    "operating": ("Đang hoạt động", "Operating"),
    "suspended": ("Tạm dừng", "Suspended"),
    "ended": ("Đã chấm dứt", "Ended"),
}


CAPITAL_KINDS: Labels = {
    "state": ("Ngân sách nhà nước", "State budget"),
    "members": ("Thành viên góp", "Members' contributions"),
    "donors": ("Tài trợ, viện trợ", "Donors"),
    "surplus_allocation": ("Trích từ kết quả hoạt động hằng năm", "Yearly allocation of the surplus"),
    "undistributed_result": ("Lãi chưa phân phối, lỗ chưa xử lý", "Undistributed surplus or unresolved loss"),
    "mobilized": ("Huy động của tổ chức, cá nhân", "Mobilized from organizations and persons"),
    "entrusted_in": ("Nhận ủy thác", "Entrusted to the fund"),
    "entrusted_out": ("Ủy thác cho tổ chức khác", "Entrusted by the fund to others"),
}


OWN_CAPITAL = ("state", "members", "donors", "surplus_allocation", "undistributed_result")
"""What the actual charter capital is made of (Decree 45/2021, Art. 2(3)); the rest is others' money."""


CAPITAL_STAGES: Labels = {
    "allocated": ("Được giao", "Allocated"),
    "received": ("Thực nhận, thực chi", "Received or paid out"),
}


DIRECTIONS: Labels = {"in": ("Tăng", "In"), "out": ("Giảm", "Out")}


PRODUCT_TYPES: Labels = {
    "loan": ("Cho vay", "Loan"),
    "post_investment_interest_support": ("Hỗ trợ lãi suất sau đầu tư", "Interest support after investment"),
    "credit_guarantee": ("Bảo lãnh tín dụng đầu tư", "Investment credit guarantee"),
}


LENDING_RULES: Labels = {
    "single_borrower_limit": ("Giới hạn một khách hàng", "Limit of one borrower"),
    "related_borrowers_limit": ("Giới hạn khách hàng và người có liên quan", "Limit of related borrowers"),
    "own_capital_minimum": ("Vốn tự có tối thiểu", "Least own capital"),
    "overdue_rate_maximum": ("Trần lãi suất quá hạn", "Highest overdue rate"),
    "bad_debt_check_validity": ("Hiệu lực kết quả tra cứu nợ xấu", "Validity of the bad-debt check"),
    "approval_authority": ("Thẩm quyền phê duyệt", "Authority to approve"),
    "notice_every_days": ("Số ngày giữa hai thông báo nợ quá hạn", "Days between two notices of overdue debt"),
    "document_checklist": ("Danh mục giấy tờ của hồ sơ vay", "Checklist of documents"),
}


RECORD_TYPES: Labels = {
    "disbursements": ("Giải ngân", "Disbursements"),
    "loans": ("Khoản vay, dư nợ", "Loans and what is outstanding"),
}


ALL: dict[str, Labels] = {
    "operating-models": OPERATING_MODELS,
    "legal-forms": LEGAL_FORMS,
    "fund-states": FUND_STATES,
    "capital-kinds": CAPITAL_KINDS,
    "capital-stages": CAPITAL_STAGES,
    "directions": DIRECTIONS,
    "product-types": PRODUCT_TYPES,
    "lending-rules": LENDING_RULES,
    "record-types": RECORD_TYPES,
}
