"""Every closed list of codes of the funds, with labels in both languages."""

from __future__ import annotations

CodeList = dict[str, tuple[str, str]]

OPERATING_MODELS: CodeList = {
    "own_apparatus": ("Bộ máy riêng", "Own apparatus"),
    "entrusted": ("Ủy thác cho tổ chức tài chính", "Entrusted to a financial institution"),
}

# Decree 45/2021, Art. 3; capital of others that an alliance manages is lent in the same way.
LEGAL_FORMS: CodeList = {
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

FUND_STATES: CodeList = {
    "planned": ("Đang chuẩn bị, chưa được cấp phép", "Being prepared, not yet licensed"),
    "operating": ("Đang hoạt động", "Operating"),
    "suspended": ("Tạm dừng", "Suspended"),
    "ended": ("Đã chấm dứt", "Ended"),
}

CAPITAL_KINDS: CodeList = {
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

CAPITAL_STAGES: CodeList = {
    "allocated": ("Được giao", "Allocated"),
    "received": ("Thực nhận, thực chi", "Received or paid out"),
}

DIRECTIONS: CodeList = {"in": ("Tăng", "In"), "out": ("Giảm", "Out")}

PRODUCT_TYPES: CodeList = {
    "loan": ("Cho vay", "Loan"),
    "post_investment_interest_support": ("Hỗ trợ lãi suất sau đầu tư", "Interest support after investment"),
    "credit_guarantee": ("Bảo lãnh tín dụng đầu tư", "Investment credit guarantee"),
}

# Decree 45/2021, Art. 20(1).
BORROWER_KINDS: CodeList = {
    "cooperative": ("Hợp tác xã", "Cooperative"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative union"),
    "member_person": ("Thành viên là cá nhân", "Member who is a person"),
    "member_household": ("Thành viên là hộ gia đình", "Member that is a household"),
    "member_organization": ("Thành viên là tổ chức", "Member that is an organization"),
}
NO_BORROWERS: CodeList = {
    "cooperative_group": ("Tổ hợp tác", "Cooperative group"),
    "member_enterprise": ("Thành viên là doanh nghiệp", "Member that is an enterprise"),
    "enterprise": ("Doanh nghiệp", "Enterprise"),
}
"""Known, so that the answer can say why they cannot borrow."""

# What a borrower may be a member of. Those of a union are cooperatives, which borrow as such or as its members.
BENEFICIARY_KINDS: CodeList = {
    "cooperative": ("Hợp tác xã", "Cooperative"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative union"),
    "cooperative_group": ("Tổ hợp tác", "Cooperative group"),
}

BORROWER_GROUP_KINDS: CodeList = {
    "family": ("Gia đình", "Family"),
    "ownership": ("Sở hữu, góp vốn", "Ownership"),
    "management": ("Quản lý, điều hành", "Management"),
    "other": ("Khác", "Other"),
}

METHODS: CodeList = {
    "equal_principal": ("Gốc chia đều", "Equal principal parts"),
    "equal_installment": ("Gốc và lãi chia đều", "Equal installments"),
    "flat": ("Lãi trên gốc ban đầu", "Interest on the first principal"),
    "bullet": ("Trả gốc cuối kỳ", "Principal at the end"),
    "custom": ("Theo lịch thỏa thuận", "As agreed, row by row"),
}

DAY_COUNTS: CodeList = {
    "actual_365": ("Số ngày thực tế / 365", "Actual days / 365"),
    "actual_actual": ("Số ngày thực tế / số ngày trong năm", "Actual / actual"),
    "actual_364": ("Số ngày thực tế / 364", "Actual days / 364"),
    "actual_360": ("Số ngày thực tế / 360", "Actual days / 360"),
    "30e_360": ("30E/360", "30E/360"),
    "none": ("Theo kỳ danh nghĩa", "Nominal share of the year"),
}

HOLIDAY_RULES: CodeList = {
    "none": ("Không dời", "Not moved"),
    "next_working_day": ("Dời sang ngày làm việc sau", "Next working day"),
    "previous_working_day": ("Dời về ngày làm việc trước", "Previous working day"),
}

INTERVAL_UNITS: CodeList = {"days": ("Ngày", "Days"), "months": ("Tháng", "Months")}

RATE_PERIODS: CodeList = {"year": ("Năm", "Year"), "month": ("Tháng", "Month")}

REPAYMENT_PARTS: CodeList = {
    "fee": ("Phí", "Fee"),
    "penalty": ("Lãi quá hạn", "Overdue interest"),
    "interest": ("Lãi trong hạn", "In-term interest"),
    "principal": ("Gốc", "Principal"),
}

SECURITIES: CodeList = {
    "required": ("Có tài sản bảo đảm", "Collateral needed"),
    "not_required": ("Không có tài sản bảo đảm", "No collateral needed"),
    "by_agreement": ("Theo thỏa thuận", "By agreement"),
}

LENDING_RULES: CodeList = {
    "single_borrower_limit": ("Giới hạn một khách hàng", "Limit of one borrower"),
    "related_borrowers_limit": ("Giới hạn khách hàng và người có liên quan", "Limit of related borrowers"),
    "own_capital_minimum": ("Vốn tự có tối thiểu", "Least own capital"),
    "overdue_rate_maximum": ("Trần lãi suất quá hạn", "Highest overdue rate"),
    "bad_debt_check_validity": ("Hiệu lực kết quả tra cứu nợ xấu", "Validity of the bad-debt check"),
    "approval_authority": ("Thẩm quyền phê duyệt", "Authority to approve"),
}

AUTHORITIES: CodeList = {
    "director": ("Giám đốc", "Director"),
    "chairman": ("Chủ tịch quỹ", "Chairman"),
    "management_council": ("Hội đồng quản lý", "Management council"),
    "people_committee": ("Ủy ban nhân dân tỉnh", "Provincial People's Committee"),
}

COLLATERAL_KINDS: CodeList = {
    "land_use_right": ("Quyền sử dụng đất", "Land use right"),
    "house": ("Nhà ở, công trình", "House or building"),
    "machinery": ("Máy móc, thiết bị", "Machinery"),
    "vehicle": ("Phương tiện vận tải", "Vehicle"),
    "deposit": ("Tiền gửi, sổ tiết kiệm", "Deposit"),
    "formed_by_loan": ("Tài sản hình thành từ vốn vay", "What the loan pays for"),
    "guarantee": ("Bảo lãnh của bên thứ ba", "Guarantee of a third party"),
    "other": ("Khác", "Other"),
}

APPLICATION_STATES: CodeList = {
    "submitted": ("Nộp hồ sơ", "Submitted"),
    "under_appraisal": ("Đang thẩm định", "Under appraisal"),
    "approved": ("Đã phê duyệt", "Approved"),
    "contracted": ("Đã ký hợp đồng", "Contracted"),
    "rejected": ("Bị từ chối", "Rejected"),
    "withdrawn": ("Đã rút", "Withdrawn"),
}

# What may be done with an application, state by state (applications/records.py).
APPLICATION_ACTIONS: CodeList = {
    "change": ("Sửa hồ sơ", "Change the application"),
    "appraise": ("Thẩm định", "Appraise"),
    "approve": ("Phê duyệt", "Approve"),
    "reject": ("Từ chối", "Reject"),
    "withdraw": ("Rút hồ sơ", "Withdraw"),
    "contract": ("Ký hợp đồng", "Conclude the contract"),
}

APPLICATION_DOCUMENTS: CodeList = {
    "loan_request": ("Giấy đề nghị vay vốn", "Request for a loan"),
    "registration_certificate": ("Giấy chứng nhận đăng ký", "Registration certificate"),
    "charter": ("Điều lệ", "Charter"),
    "borrowing_resolution": ("Nghị quyết vay vốn", "Resolution to borrow"),
    "financial_statements": ("Báo cáo tài chính", "Financial statements"),
    "project": ("Dự án, phương án", "Project or plan"),
    "collateral_papers": ("Giấy tờ tài sản bảo đảm", "Collateral papers"),
    "membership_proof": ("Xác nhận thành viên", "Proof of membership"),
    "bad_debt_check": ("Kết quả tra cứu nợ xấu", "Bad-debt check"),
    "other": ("Khác", "Other"),
}

VOTES: CodeList = {
    "for": ("Đồng ý", "For"),
    "against": ("Không đồng ý", "Against"),
    "abstain": ("Không có ý kiến", "Abstains"),
}

COMMUNE_MAPS: CodeList = {
    "2008": ("Bản đồ đến 30/6/2025", "Map until 30 June 2025"),
    "2025": ("Bản đồ từ 01/7/2025", "Map since 1 July 2025"),
}

# As in the registry.
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

ALL: dict[str, CodeList] = {
    "operating-models": OPERATING_MODELS,
    "legal-forms": LEGAL_FORMS,
    "fund-states": FUND_STATES,
    "capital-kinds": CAPITAL_KINDS,
    "capital-stages": CAPITAL_STAGES,
    "directions": DIRECTIONS,
    "product-types": PRODUCT_TYPES,
    "borrower-kinds": BORROWER_KINDS,
    "beneficiary-kinds": BENEFICIARY_KINDS,
    "borrower-group-kinds": BORROWER_GROUP_KINDS,
    "methods": METHODS,
    "day-counts": DAY_COUNTS,
    "holiday-rules": HOLIDAY_RULES,
    "interval-units": INTERVAL_UNITS,
    "rate-periods": RATE_PERIODS,
    "repayment-parts": REPAYMENT_PARTS,
    "securities": SECURITIES,
    "lending-rules": LENDING_RULES,
    "authorities": AUTHORITIES,
    "collateral-kinds": COLLATERAL_KINDS,
    "application-states": APPLICATION_STATES,
    "application-actions": APPLICATION_ACTIONS,
    "application-documents": APPLICATION_DOCUMENTS,
    "votes": VOTES,
    "commune-maps": COMMUNE_MAPS,
    "report-sectors": REPORT_SECTORS,
}
