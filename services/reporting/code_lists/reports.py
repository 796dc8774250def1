"""The codes of reports: what they are of, how far they have come, who signs, and what a check says."""

from __future__ import annotations

from kernel.values.wording import Labels

REPORT_KINDS: Labels = {
    "month": ("Tháng", "Month"),
    "quarter": ("Quý", "Quarter"),
    "six_months": ("6 tháng", "Six months"),
    "eight_months": ("8 tháng", "Eight months"),
    "nine_months": ("9 tháng", "Nine months"),
    "year": ("Năm", "Year"),
    "free": ("Kỳ khác", "Other days"),
}
REPORT_CALENDARS: Labels = {
    "plan_year": ("Năm kế hoạch (01/01–31/12)", "Plan year (1 January to 31 December)"),
    # Circular 09/2024/TT-BKHĐT, Art. 6.
    "statistical_year": ("Năm thống kê (15/12–14/12)", "Statistical year (15 December to 14 December)"),
}
REPORT_STATES: Labels = {
    "draft": ("Dự thảo", "Draft"),
    "submitted": ("Đã trình duyệt", "Submitted"),
    "approved": ("Đã duyệt", "Approved"),
    "issued": ("Đã ban hành", "Issued"),
}
REPORT_STEPS: Labels = {
    "submission": ("Trình duyệt", "Submission"),
    "approval": ("Phê duyệt", "Approval"),
    "issue": ("Ban hành", "Issue"),
    "return": ("Trả lại để sửa", "Return"),
    "revision": ("Lập bản thay thế", "Revision"),
    "receipt": ("Ghi tiếp nhận", "Receipt"),
}
REPORT_SECTIONS: Labels = {
    "plan_vs_actual": ("Kết quả thực hiện các chỉ tiêu kế hoạch", "Plan and what came of it"),
    "activities": ("Kết quả hoạt động", "Activities"),
    "difficulties": ("Khó khăn, vướng mắc", "Difficulties"),
    "next_period": ("Nhiệm vụ kỳ tới", "Next period"),
}
SIGNER_FORMS: Labels = {
    # Decree 30/2020/NĐ-CP, annex I: in whose name, or in whose place, a document is signed.
    "TM": ("TM. (thay mặt tập thể)", "TM. (on behalf of the body)"),
    "KT": ("KT. (ký thay người đứng đầu)", "KT. (in the head's place)"),
    "TL": ("TL. (thừa lệnh)", "TL. (by order)"),
    "none": ("Người đứng đầu ký", "The head signs"),
}
RECEIPT_STATES: Labels = {
    "received": ("Đã nhận", "Received"),
    "accepted": ("Chấp nhận", "Accepted"),
    "returned": ("Trả lại", "Returned"),
}
CHECK_SEVERITIES: Labels = {
    "blocking": ("Phải sửa hoặc giải trình", "To be mended or answered"),
    "warning": ("Nên xem lại", "Worth a look"),
}
CHECK_KINDS: Labels = {
    "unavailable": ("Chưa lấy được số liệu", "Figure not available"),
    "missing_coverage": ("Chưa khai báo đầy đủ", "Coverage missing"),
    "plan_without_value": ("Có kế hoạch, chưa có kết quả", "Plan without a value"),
    "outlier": ("Khác thường so với các năm trước", "Unlike the years before"),
    "differs_from_reported": ("Khác số liệu đơn vị khác báo cáo", "Differs from a reported total"),
    "unit_doubt": ("Nghi sai đơn vị tính", "Unit in doubt"),
}
COMPLETENESS_STATES: Labels = {
    "missing": ("Chưa lập", "Not begun"),
    **REPORT_STATES,
    "received": RECEIPT_STATES["received"],
    "accepted": RECEIPT_STATES["accepted"],
    "returned": RECEIPT_STATES["returned"],
}
DOCUMENT_FORMATS: Labels = {
    "docx": ("Word", "Word"),
    "xlsx": ("Excel", "Excel"),
    "html": ("Trang web", "Web page"),
}

ALL: dict[str, Labels] = {
    "report-kinds": REPORT_KINDS,
    "report-calendars": REPORT_CALENDARS,
    "report-states": REPORT_STATES,
    "report-steps": REPORT_STEPS,
    "report-sections": REPORT_SECTIONS,
    "signer-forms": SIGNER_FORMS,
    "receipt-states": RECEIPT_STATES,
    "check-severities": CHECK_SEVERITIES,
    "check-kinds": CHECK_KINDS,
    "completeness-states": COMPLETENESS_STATES,
    "document-formats": DOCUMENT_FORMATS,
}
