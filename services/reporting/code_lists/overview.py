"""The codes of a year's overview: what waits for somebody, and what is late."""

from __future__ import annotations

from kernel.values.wording import Labels

WAITING_KINDS: Labels = {
    "report": ("Báo cáo chờ phê duyệt", "Report to approve"),
    "plan": ("Kế hoạch chờ phê duyệt", "Plan to approve"),
    "task": ("Nhiệm vụ sắp đến hạn", "Task that falls due"),
    "trainees": ("Học viên chờ xác nhận", "Trainees to confirm"),
    "rating": ("Xếp loại chờ xác nhận", "Rating to confirm"),
    "fund": ("Quỹ chờ xác nhận", "Fund to confirm"),
    "capital_movement": ("Biến động vốn chờ xác nhận", "Capital movement to confirm"),
    "loan": ("Khoản vay chuyển vào chờ xác nhận", "Loan taken over, to confirm"),
    "loan_import": ("Tệp khoản vay chờ xác nhận", "Imported loans to confirm"),
    "write_off": ("Xóa nợ chờ xác nhận", "Write-off to confirm"),
    "interest_reduction": ("Giảm lãi chờ xác nhận", "Interest reduction to confirm"),
    "rescheduling": ("Cơ cấu nợ chờ xác nhận", "Rescheduling to confirm"),
    "rescheduling_proposal": ("Đề nghị cơ cấu nợ chờ quyết định", "Proposed rescheduling to decide on"),
    "reversal": ("Bút toán đảo chờ xác nhận", "Reversal to confirm"),
    "loan_application": ("Hồ sơ vay chờ quyết định", "Loan application to decide on"),
    "other": ("Việc chờ quyết định", "To decide on"),
}
LATE_KINDS: Labels = {
    "report": ("Báo cáo chưa ban hành", "Report not issued"),
    "task": ("Nhiệm vụ quá hạn", "Task overdue"),
    "loan": ("Nợ quá hạn", "Overdue debt"),
    "promise": ("Hẹn trả chưa thực hiện", "Promises not kept"),
    "use_check": ("Kiểm tra sử dụng vốn còn nợ", "Checks of use owed"),
}
PACES: Labels = {
    "ahead": ("Trước tiến độ", "Ahead"),
    "on_pace": ("Đúng tiến độ", "On pace"),
    "behind": ("Chậm tiến độ", "Behind"),
}
OVERVIEW_PARTS: Labels = {
    "measures": ("Kết quả so với kế hoạch", "Against the plan"),
    "waiting": ("Việc chờ xử lý", "What waits"),
    "late": ("Việc quá hạn", "What is late"),
    "coverage": ("Khai báo dữ liệu đầy đủ", "Coverage"),
}

ALL: dict[str, Labels] = {
    "waiting-kinds": WAITING_KINDS,
    "late-kinds": LATE_KINDS,
    "paces": PACES,
    "overview-parts": OVERVIEW_PARTS,
}
