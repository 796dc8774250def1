"""Closed lists of the ledger and of reports."""

from __future__ import annotations

from kernel.values.wording import Labels

LEDGER_ACCOUNTS: Labels = {
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


LEDGER_KINDS: Labels = {
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


LEDGER_SIDES: Labels = {"debit": ("Nợ", "Debit"), "credit": ("Có", "Credit")}


# What a lending report tells loans apart by.
LENDING_SECTIONS: Labels = {
    "fund": ("Quỹ", "Fund"),
    "channel": ("Kênh cho vay", "Channel"),
    "report_sector": ("Lĩnh vực báo cáo", "Report sector"),
    "term_class": ("Kỳ hạn", "Term"),
}


CHARTER_CAPITAL_SOURCES: Labels = {
    "movements": ("Theo vốn đã nhận", "What was received"),
    "registered": ("Theo vốn điều lệ đăng ký", "The registered charter capital"),
}


WORK_KINDS: Labels = {
    "due": ("Đến hạn", "Falls due"),
    "overdue": ("Quá hạn", "Overdue"),
    "use_check": ("Cần kiểm tra sử dụng vốn", "Check of use owed"),
    "promise": ("Hẹn trả chưa thực hiện", "Promise not kept"),
}


ALL: dict[str, Labels] = {
    "ledger-accounts": LEDGER_ACCOUNTS,
    "ledger-kinds": LEDGER_KINDS,
    "ledger-sides": LEDGER_SIDES,
    "lending-sections": LENDING_SECTIONS,
    "charter-capital-sources": CHARTER_CAPITAL_SOURCES,
    "work-kinds": WORK_KINDS,
}
