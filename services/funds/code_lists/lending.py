"""Closed lists of borrowers and applications."""

from __future__ import annotations

from kernel.values import common_lists
from kernel.values.wording import Labels

# Decree 45/2021, Art. 20(1).
BORROWER_KINDS: Labels = {
    "cooperative": ("Hợp tác xã", "Cooperative"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative union"),
    "member_person": ("Thành viên là cá nhân", "Member who is a person"),
    "member_household": ("Thành viên là hộ gia đình", "Member that is a household"),
    "member_organization": ("Thành viên là tổ chức", "Member that is an organization"),
}


NO_BORROWERS: Labels = {
    "cooperative_group": ("Tổ hợp tác", "Cooperative group"),
    "member_enterprise": ("Thành viên là doanh nghiệp", "Member that is an enterprise"),
    "enterprise": ("Doanh nghiệp", "Enterprise"),
}
"""Known, so that the answer can say why they cannot borrow."""


# What a borrower may be a member of. Those of a union are cooperatives, which borrow as such or as its members.
BENEFICIARY_KINDS: Labels = {
    "cooperative": ("Hợp tác xã", "Cooperative"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative union"),
    "cooperative_group": ("Tổ hợp tác", "Cooperative group"),
}


# How a borrower ended that the registry does not know: one of its organizations has its status there.
BORROWER_ENDINGS: Labels = {
    "dissolved": ("Đã giải thể", "Dissolved"),
    "bankrupt": ("Đã phá sản", "Bankrupt"),
    "dead": ("Đã chết", "Dead"),
}


BORROWER_GROUP_KINDS: Labels = {
    "family": ("Gia đình", "Family"),
    "ownership": ("Sở hữu, góp vốn", "Ownership"),
    "management": ("Quản lý, điều hành", "Management"),
    "other": ("Khác", "Other"),
}


METHODS: Labels = {
    "equal_principal": ("Gốc chia đều", "Equal principal parts"),
    "equal_installment": ("Gốc và lãi chia đều", "Equal installments"),
    "flat": ("Lãi trên gốc ban đầu", "Interest on the first principal"),
    "bullet": ("Trả gốc cuối kỳ", "Principal at the end"),
    "custom": ("Theo lịch thỏa thuận", "As agreed, row by row"),
}


DAY_COUNTS: Labels = {
    "actual_365": ("Số ngày thực tế / 365", "Actual days / 365"),
    "actual_actual": ("Số ngày thực tế / số ngày trong năm", "Actual / actual"),
    "actual_364": ("Số ngày thực tế / 364", "Actual days / 364"),
    "actual_360": ("Số ngày thực tế / 360", "Actual days / 360"),
    "30e_360": ("30E/360", "30E/360"),
    "none": ("Theo kỳ danh nghĩa", "Nominal share of the year"),
}


HOLIDAY_RULES: Labels = {
    "none": ("Không dời", "Not moved"),
    "next_working_day": ("Dời sang ngày làm việc sau", "Next working day"),
    "previous_working_day": ("Dời về ngày làm việc trước", "Previous working day"),
}


INTERVAL_UNITS: Labels = {"days": ("Ngày", "Days"), "months": ("Tháng", "Months")}


RATE_PERIODS: Labels = {"year": ("Năm", "Year"), "month": ("Tháng", "Month")}


REPAYMENT_PARTS: Labels = {
    "fee": ("Phí", "Fee"),
    "penalty": ("Lãi quá hạn", "Overdue interest"),
    "interest": ("Lãi trong hạn", "In-term interest"),
    "principal": ("Gốc", "Principal"),
}


SECURITIES: Labels = {
    "required": ("Có tài sản bảo đảm", "Collateral needed"),
    "not_required": ("Không có tài sản bảo đảm", "No collateral needed"),
    "by_agreement": ("Theo thỏa thuận", "By agreement"),
}


AUTHORITIES: Labels = {
    "director": ("Giám đốc", "Director"),
    "chairman": ("Chủ tịch quỹ", "Chairman"),
    "management_council": ("Hội đồng quản lý", "Management council"),
    "people_committee": ("Ủy ban nhân dân tỉnh", "Provincial People's Committee"),
}


COLLATERAL_KINDS: Labels = {
    "land_use_right": ("Quyền sử dụng đất", "Land use right"),
    "house": ("Nhà ở, công trình", "House or building"),
    "machinery": ("Máy móc, thiết bị", "Machinery"),
    "vehicle": ("Phương tiện vận tải", "Vehicle"),
    "deposit": ("Tiền gửi, sổ tiết kiệm", "Deposit"),
    "formed_by_loan": ("Tài sản hình thành từ vốn vay", "What the loan pays for"),
    "guarantee": ("Bảo lãnh của bên thứ ba", "Guarantee of a third party"),
    "other": ("Khác", "Other"),
}


APPLICATION_STATES: Labels = {
    "submitted": ("Nộp hồ sơ", "Submitted"),
    "under_appraisal": ("Đang thẩm định", "Under appraisal"),
    "approved": ("Đã phê duyệt", "Approved"),
    "contracted": ("Đã ký hợp đồng", "Contracted"),
    "rejected": ("Bị từ chối", "Rejected"),
    "withdrawn": ("Đã rút", "Withdrawn"),
}


# What may be done with an application, state by state (applications/records.py).
APPLICATION_ACTIONS: Labels = {
    "change": ("Sửa hồ sơ", "Change the application"),
    "appraise": ("Thẩm định", "Appraise"),
    "approve": ("Phê duyệt", "Approve"),
    "reject": ("Từ chối", "Reject"),
    "withdraw": ("Rút hồ sơ", "Withdraw"),
    "contract": ("Ký hợp đồng", "Conclude the contract"),
}


APPLICATION_DOCUMENTS: Labels = {
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


VOTES: Labels = {
    "for": ("Đồng ý", "For"),
    "against": ("Không đồng ý", "Against"),
    "abstain": ("Không có ý kiến", "Abstains"),
}


# What an approval is checked against. Those without a warning are absolute: what they refuse, nobody may approve.
APPROVAL_CHECKS: Labels = {
    "own_capital_minimum": ("Vốn tự có tối thiểu", "Least own capital"),
    "single_borrower_limit": ("Giới hạn một khách hàng", "Limit of one borrower"),
    "related_borrowers_limit": ("Giới hạn khách hàng và người có liên quan", "Limit of related borrowers"),
    "approval_authority": ("Thẩm quyền phê duyệt", "Authority to approve"),
    "product_rate_minimum": ("Lãi suất tối thiểu của sản phẩm", "Least rate of the product"),
    "council_votes": ("Biểu quyết của hội đồng thẩm định", "Votes of the appraisal council"),
    "other_loans": ("Các khoản vay khác của khách hàng", "Other loans of the borrower"),
    "shared_beneficiary": ("Khách hàng cùng tổ chức", "Borrowers of the same organization"),
    "documents": ("Giấy tờ theo danh mục", "Documents of the checklist"),
    "free_balance": ("Nguồn vốn còn có thể cho vay", "What the fund has left to lend"),
}


APPROVAL_WARNINGS: Labels = {
    "council_divided": ("Hội đồng không có đa số đồng ý", "No majority of the council is in favour"),
    "other_loans_overdue": ("Khách hàng có khoản vay khác quá hạn", "Another loan of the borrower is overdue"),
    "other_loans_bad_debt": ("Khách hàng đang có nợ xấu", "Another loan of the borrower is bad debt"),
    "shared_beneficiary": (
        "Khách hàng cùng tổ chức chưa được ghi là có liên quan",
        "Borrowers of the same organization are not entered as related",
    ),
    "documents_missing": ("Thiếu giấy tờ theo danh mục", "Documents of the checklist are missing"),
    "free_balance_short": ("Quỹ không đủ nguồn", "Insufficient fund balance"),
}
"""What an approver has to acknowledge by code before the approval is taken."""


# What a contract, or the terms of one, may have otherwise than the approval.
APPROVED_FIELDS: Labels = {
    "annual_rate_percent": ("Lãi suất", "rate"),
    "method": ("Phương thức trả nợ", "repayment method"),
    "term_months": ("Kỳ hạn (tháng)", "term in months"),
    "principal_grace": ("Ân hạn gốc (tháng)", "grace of principal in months"),
    "interest_grace": ("Ân hạn lãi (tháng)", "grace of interest in months"),
    "interest_free": ("Thời gian không tính lãi (tháng)", "months without interest"),
    "loan_product_id": ("Sản phẩm vay", "loan product"),
    "security": ("Bảo đảm tiền vay", "security"),
    "least_value_vnd": ("Giá trị tài sản bảo đảm", "value of the security"),
}


COMMUNE_MAPS = common_lists.COMMUNE_MAPS


# As in the registry.
REPORT_SECTORS: Labels = {
    "agriculture": ("Nông – lâm – ngư – diêm nghiệp", "Agriculture, forestry, fishery and salt"),
    "industry_handicraft": ("Công nghiệp – tiểu thủ công nghiệp", "Industry and handicraft"),
    "construction": ("Xây dựng", "Construction"),
    "trade_service": ("Thương mại – dịch vụ", "Trade and services"),
    "transport": ("Vận tải", "Transport"),
    "environment": ("Môi trường", "Environment"),
    "credit_fund": ("Quỹ tín dụng nhân dân", "People's credit funds"),
    "other": ("Khác", "Other"),
}


ALL: dict[str, Labels] = {
    "borrower-kinds": BORROWER_KINDS,
    "beneficiary-kinds": BENEFICIARY_KINDS,
    "borrower-endings": BORROWER_ENDINGS,
    "borrower-group-kinds": BORROWER_GROUP_KINDS,
    "methods": METHODS,
    "day-counts": DAY_COUNTS,
    "holiday-rules": HOLIDAY_RULES,
    "interval-units": INTERVAL_UNITS,
    "rate-periods": RATE_PERIODS,
    "repayment-parts": REPAYMENT_PARTS,
    "securities": SECURITIES,
    "authorities": AUTHORITIES,
    "collateral-kinds": COLLATERAL_KINDS,
    "application-states": APPLICATION_STATES,
    "application-actions": APPLICATION_ACTIONS,
    "application-documents": APPLICATION_DOCUMENTS,
    "votes": VOTES,
    "approval-checks": APPROVAL_CHECKS,
    "approval-warnings": APPROVAL_WARNINGS,
    "commune-maps": COMMUNE_MAPS,
    "report-sectors": REPORT_SECTORS,
}
