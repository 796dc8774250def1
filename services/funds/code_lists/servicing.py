"""Closed lists of loans and what happens to them."""

from __future__ import annotations

from kernel.values.wording import Labels

# Law: Decree 45/2021/NĐ-CP, Art. 23(3), 28(2), 30.
LOAN_CHANNELS: Labels = {
    "direct": ("Cho vay trực tiếp", "Lent by the fund itself"),
    "entrusted_out": ("Ủy thác cho tổ chức khác cho vay", "Entrusted to another lender"),
    "entrusted_in": ("Nhận ủy thác cho vay", "Lent for others who entrusted it"),
    "syndicated": ("Cho vay hợp vốn", "Syndicated"),
}


LOAN_STATES: Labels = {
    "contracted": ("Đã ký hợp đồng", "Contracted"),
    "disbursing": ("Đang giải ngân", "Being paid out"),
    "active": ("Đang vay", "Running"),
    "risk_handled": ("Đã xử lý bằng dự phòng", "Handled by provisions"),
    "derecognized": ("Đã xuất toán", "Derecognized"),
    "settled": ("Đã tất toán", "Settled"),
    "cancelled": ("Đã hủy", "Cancelled"),
}


# What may be done with a loan, state by state (loans/records.py).
LOAN_ACTIONS: Labels = {
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
    "reverse_settlement": ("Đảo tất toán", "Reverse the settlement"),
}


PAYMENT_CHANNELS: Labels = {"cash": ("Tiền mặt", "Cash"), "transfer": ("Chuyển khoản", "Transfer")}


EXCESS_RULES: Labels = {
    "refuse": ("Từ chối phần vượt", "Refuse what is more than owed"),
    "hold": ("Giữ hộ phần vượt", "Hold what is more than owed"),
}


# What becomes of the installments to come when principal is paid before its time.
PREPAYMENTS: Labels = {
    "keep": ("Bỏ qua các kỳ kế tiếp", "Next installments skipped"),
    "shorten": ("Ít kỳ hơn", "Fewer installments"),
    "lower": ("Mỗi kỳ trả ít hơn", "Smaller installments"),
}


BAD_DEBT_RESULTS: Labels = {
    "clean": ("Không có nợ xấu", "No bad debt"),
    "bad_debt": ("Có nợ xấu", "Bad debt"),
}


RESCHEDULING_KINDS: Labels = {
    "installment_adjustment": ("Điều chỉnh kỳ hạn nợ", "Installments adjusted within the term"),
    "extension": ("Gia hạn nợ", "Term extended"),
    "early_recall": ("Thu hồi nợ trước hạn", "Recalled before its time"),
}


PROPOSAL_STATES: Labels = {
    "proposed": ("Đề nghị", "Proposed"),
    "approved": ("Đã duyệt", "Approved"),
    "rejected": ("Không duyệt", "Rejected"),
    "reversed": ("Đã bị đảo", "Reversed"),
}


REDUCTION_KINDS: Labels = {"waived": ("Miễn lãi", "Waived"), "reduced": ("Giảm lãi", "Reduced")}


WRITE_OFF_KINDS: Labels = {
    "risk_handled": ("Xử lý bằng dự phòng", "Handled by provisions"),
    "derecognized": ("Xuất toán", "Derecognized"),
    "recovery": ("Thu hồi sau xử lý", "Recovered later"),
}


# What of a loan is undone by one person and another.
REVERSAL_KINDS: Labels = {
    "interest_reduction": ("Miễn, giảm lãi", "Interest given up"),
    "rescheduling": ("Cơ cấu lại nợ", "New schedule"),
    "early_recall": ("Thu hồi nợ trước hạn", "Early recall"),
    "risk_handled": WRITE_OFF_KINDS["risk_handled"],
    "derecognized": WRITE_OFF_KINDS["derecognized"],
    "recovery": WRITE_OFF_KINDS["recovery"],
    "settlement": ("Tất toán", "Settlement"),
    "repayment": ("Thu nợ của khoản vay đã tất toán", "Repayment of a settled loan"),
}


# Why a loan may be written off at all: the use of provisions is for debts of group 5, and for borrowers that are no more.
WRITE_OFF_GROUNDS: Labels = {
    "debt_group_5": ("Nợ nhóm 5", "Debt of group 5"),
    "dissolved": ("Khách hàng đã giải thể", "Borrower dissolved"),
    "bankrupt": ("Khách hàng đã phá sản", "Borrower bankrupt"),
    "dead": ("Khách hàng đã chết", "Borrower dead"),
}


USE_FINDINGS: Labels = {
    "as_agreed": ("Đúng mục đích", "As agreed"),
    "partly": ("Đúng một phần", "Partly as agreed"),
    "misused": ("Sai mục đích", "Misused"),
}


COLLECTION_KINDS: Labels = {
    "reminder": ("Nhắc nợ", "Reminder"),
    "notice": ("Thông báo nợ quá hạn", "Notice of overdue debt"),
    "working_minutes": ("Biên bản làm việc", "Working minutes"),
    "lawsuit": ("Khởi kiện", "Lawsuit"),
    "collateral_sale": ("Xử lý tài sản bảo đảm", "Sale of collateral"),
}


ALL: dict[str, Labels] = {
    "loan-channels": LOAN_CHANNELS,
    "loan-states": LOAN_STATES,
    "loan-actions": LOAN_ACTIONS,
    "payment-channels": PAYMENT_CHANNELS,
    "excess-rules": EXCESS_RULES,
    "prepayments": PREPAYMENTS,
    "bad-debt-results": BAD_DEBT_RESULTS,
    "rescheduling-kinds": RESCHEDULING_KINDS,
    "proposal-states": PROPOSAL_STATES,
    "reduction-kinds": REDUCTION_KINDS,
    "write-off-kinds": WRITE_OFF_KINDS,
    "reversal-kinds": REVERSAL_KINDS,
    "write-off-grounds": WRITE_OFF_GROUNDS,
    "use-findings": USE_FINDINGS,
    "collection-kinds": COLLECTION_KINDS,
}
