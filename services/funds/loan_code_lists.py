"""Closed lists of codes of loans and of the ledger, with labels in both languages."""

from __future__ import annotations

from services.funds.code_lists import CodeList

# DOMAIN: Decree 45/2021/NĐ-CP, Art. 23(3), 28(2), 30.
LOAN_CHANNELS: CodeList = {
    "direct": ("Cho vay trực tiếp", "Lent by the fund itself"),
    "entrusted_out": ("Ủy thác cho tổ chức khác cho vay", "Entrusted to another lender"),
    "entrusted_in": ("Nhận ủy thác cho vay", "Lent for others who entrusted it"),
    "syndicated": ("Cho vay hợp vốn", "Syndicated"),
}
LOAN_STATES: CodeList = {
    "contracted": ("Đã ký hợp đồng", "Contracted"),
    "disbursing": ("Đang giải ngân", "Being paid out"),
    "active": ("Đang vay", "Running"),
    "risk_handled": ("Đã xử lý bằng dự phòng", "Handled by provisions"),
    "derecognized": ("Đã xuất toán", "Derecognized"),
    "settled": ("Đã tất toán", "Settled"),
    "cancelled": ("Đã hủy", "Cancelled"),
}
# What may be done with a loan, state by state (loans/records.py).
LOAN_ACTIONS: CodeList = {
    "change": ("Sửa điều khoản hợp đồng", "Change the terms"),
    "disburse": ("Giải ngân", "Disburse"),
    "close_drawing": ("Kết thúc rút vốn", "Close drawing"),
    "cancel": ("Hủy hợp đồng", "Cancel the contract"),
    "repay": ("Thu nợ", "Record a repayment"),
    "reschedule": ("Cơ cấu lại nợ", "Reschedule"),
    "reduce_interest": ("Miễn, giảm lãi", "Reduce interest"),
    "recall_early": ("Thu hồi nợ trước hạn", "Recall early"),
    "settle": ("Tất toán", "Settle"),
    "handle_risk": ("Xử lý bằng dự phòng", "Write off by provisions"),
    "derecognize": ("Xuất toán", "Derecognize"),
    "recover": ("Ghi thu hồi sau xử lý", "Record a recovery"),
}
PAYMENT_CHANNELS: CodeList = {"cash": ("Tiền mặt", "Cash"), "transfer": ("Chuyển khoản", "Transfer")}
EXCESS_RULES: CodeList = {
    "refuse": ("Từ chối phần vượt", "Refuse what is more than owed"),
    "hold": ("Giữ hộ phần vượt", "Hold what is more than owed"),
}
BAD_DEBT_RESULTS: CodeList = {
    "clean": ("Không có nợ xấu", "No bad debt"),
    "bad_debt": ("Có nợ xấu", "Bad debt"),
}
RESCHEDULING_KINDS: CodeList = {
    "installment_adjustment": ("Điều chỉnh kỳ hạn nợ", "Installments adjusted within the term"),
    "extension": ("Gia hạn nợ", "Term extended"),
    "early_recall": ("Thu hồi nợ trước hạn", "Recalled before its time"),
}
PROPOSAL_STATES: CodeList = {
    "proposed": ("Đề nghị", "Proposed"),
    "approved": ("Đã duyệt", "Approved"),
    "rejected": ("Không duyệt", "Rejected"),
}
REDUCTION_KINDS: CodeList = {"waived": ("Miễn lãi", "Waived"), "reduced": ("Giảm lãi", "Reduced")}
WRITE_OFF_KINDS: CodeList = {
    "risk_handled": ("Xử lý bằng dự phòng", "Handled by provisions"),
    "derecognized": ("Xuất toán", "Derecognized"),
    "recovery": ("Thu hồi sau xử lý", "Recovered later"),
}
USE_FINDINGS: CodeList = {
    "as_agreed": ("Đúng mục đích", "As agreed"),
    "partly": ("Đúng một phần", "Partly as agreed"),
    "misused": ("Sai mục đích", "Misused"),
}
COLLECTION_KINDS: CodeList = {
    "reminder": ("Nhắc nợ", "Reminder"),
    "notice": ("Thông báo nợ quá hạn", "Notice of overdue debt"),
    "working_minutes": ("Biên bản làm việc", "Working minutes"),
    "lawsuit": ("Khởi kiện", "Lawsuit"),
    "collateral_sale": ("Xử lý tài sản bảo đảm", "Sale of collateral"),
}
LEDGER_ACCOUNTS: CodeList = {
    "cash": ("Tiền", "Money"),
    "loan_principal": ("Dư nợ gốc", "Principal of loans"),
    "repayments_held": ("Tiền thu thừa giữ hộ", "Repayments held for borrowers"),
    "opening_balance": ("Số dư chuyển sang", "Opening balance"),
    "fund_capital": ("Vốn của quỹ", "Capital of the fund"),
    "mobilized_funds": ("Vốn huy động", "Mobilized funds"),
    "entrusted_in": ("Vốn nhận ủy thác", "Entrusted to the fund"),
    "entrusted_out": ("Vốn ủy thác đi", "Entrusted to others"),
    "result_distributed": ("Kết quả đã phân phối", "Result distributed"),
    "interest_income": ("Thu lãi trong hạn", "In-term interest collected"),
    "overdue_interest_income": ("Thu lãi quá hạn", "Overdue interest collected"),
    "recovered_income": ("Thu hồi nợ đã xử lý", "Recovered after handling"),
    "loan_losses": ("Tổn thất cho vay", "Losses on loans"),
}
LEDGER_KINDS: CodeList = {
    "disbursement": ("Giải ngân", "Disbursement"),
    "repayment": ("Thu nợ", "Repayment"),
    "reversal": ("Đảo bút toán", "Reversal"),
    "correction": ("Điều chỉnh", "Correction"),
    "opening": ("Số dư đầu", "Opening"),
    "write_off": ("Xử lý rủi ro", "Write-off"),
    "recovery": ("Thu hồi", "Recovery"),
    "settlement": ("Tất toán", "Settlement"),
    "capital": ("Biến động vốn", "Capital movement"),
}

LEDGER_SIDES: CodeList = {"debit": ("Nợ", "Debit"), "credit": ("Có", "Credit")}
# What a lending report tells loans apart by.
LENDING_SECTIONS: CodeList = {
    "fund": ("Quỹ", "Fund"),
    "channel": ("Kênh cho vay", "Channel"),
    "report_sector": ("Lĩnh vực báo cáo", "Report sector"),
    "term_class": ("Kỳ hạn", "Term"),
}
CHARTER_CAPITAL_SOURCES: CodeList = {
    "movements": ("Theo vốn đã nhận", "What was received"),
    "registered": ("Theo vốn điều lệ đăng ký", "The registered charter capital"),
}

RECORD_TYPES: CodeList = {
    "disbursements": ("Giải ngân", "Disbursements"),
    "loans": ("Khoản vay, dư nợ", "Loans and what is outstanding"),
}
WORK_KINDS: CodeList = {
    "due": ("Đến hạn", "Falls due"),
    "overdue": ("Quá hạn", "Overdue"),
    "use_check": ("Cần kiểm tra sử dụng vốn", "Check of use owed"),
    "promise": ("Hẹn trả chưa thực hiện", "Promise not kept"),
}

ALL: dict[str, CodeList] = {
    "loan-channels": LOAN_CHANNELS,
    "loan-states": LOAN_STATES,
    "loan-actions": LOAN_ACTIONS,
    "payment-channels": PAYMENT_CHANNELS,
    "excess-rules": EXCESS_RULES,
    "bad-debt-results": BAD_DEBT_RESULTS,
    "rescheduling-kinds": RESCHEDULING_KINDS,
    "proposal-states": PROPOSAL_STATES,
    "reduction-kinds": REDUCTION_KINDS,
    "write-off-kinds": WRITE_OFF_KINDS,
    "use-findings": USE_FINDINGS,
    "collection-kinds": COLLECTION_KINDS,
    "ledger-accounts": LEDGER_ACCOUNTS,
    "ledger-kinds": LEDGER_KINDS,
    "ledger-sides": LEDGER_SIDES,
    "lending-sections": LENDING_SECTIONS,
    "charter-capital-sources": CHARTER_CAPITAL_SOURCES,
    "record-types": RECORD_TYPES,
    "work-kinds": WORK_KINDS,
}
