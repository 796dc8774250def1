"""What is said about contradictory terms, in Vietnamese and English. Braces name its numbers."""

from __future__ import annotations

CONTRADICTION_TEXTS: dict[str, tuple[str, str]] = {
    "out_of_range": (
        "Giá trị {value} phải từ {min} đến {max}.",
        "The value {value} must be between {min} and {max}.",
    ),
    "not_below_installments": (
        "Số kỳ ân hạn ({value}) phải nhỏ hơn số kỳ trả nợ ({installments}): kỳ cuối trả phần còn lại.",
        "{value} rows of grace must be fewer than the {installments} installments: the last row pays what is left.",
    ),
    "above_installments": (
        "Giá trị {value} lớn hơn số kỳ trả nợ ({installments}).",
        "The value {value} is more than the {installments} installments.",
    ),
    "not_after_disbursement": (
        "Ngày {due_on} phải sau ngày giải ngân {disbursed_on}.",
        "The day {due_on} must be after the disbursement on {disbursed_on}.",
    ),
    "not_after_previous": (
        "Ngày {due_on} phải sau ngày của kỳ trước {previous_due_on}.",
        "The day {due_on} must be after the due date before it, {previous_due_on}.",
    ),
    "parts_required": (
        "Trả theo lịch thỏa thuận cần danh sách các kỳ trả gốc; hãy ghi ngày và số gốc từng kỳ.",
        "Repayment as agreed row by row needs the list of dates and principal parts; give it.",
    ),
    "only_for_custom": (
        "Danh sách kỳ trả gốc chỉ dùng khi trả theo lịch thỏa thuận, không dùng với cách {method}.",
        "Given parts belong to repayment as agreed row by row, not to {method}.",
    ),
    "not_with_custom": (
        "Không dùng khi trả theo lịch thỏa thuận: các kỳ đã có ngày và số gốc; hãy để trống.",
        "This cannot go with repayment as agreed row by row, whose dates and parts are given; leave it out.",
    ),
    "differs_from_parts": (
        "Số kỳ ({installments}) khác số dòng đã cho ({parts}).",
        "There are {installments} installments but {parts} given parts.",
    ),
    "parts_do_not_sum": (
        "Tổng gốc các kỳ là {sum_vnd}, khoản vay là {principal_vnd}, chênh {difference_vnd}; hãy sửa cho khớp.",
        "The parts sum to {sum_vnd}, the principal is {principal_vnd}, a difference of {difference_vnd}; make them agree.",
    ),
    "date_out_of_range": (
        "Kỳ cuối rơi sau năm 9999.",
        "The last due date is after the year 9999.",
    ),
    "holidays_not_known": (
        "Chỉ biết ngày nghỉ lễ Việt Nam cho các kỳ hạn từ {first} đến {last}.",
        "Vietnamese holidays are known for due dates from {first} to {last} only.",
    ),
    "amount_too_large": (
        "Tổng phải trả là {total_vnd}, vượt quá {max} đồng; hãy kiểm tra số tiền và lãi suất.",
        "The total to pay is {total_vnd}, more than {max} VND; check amount and rate.",
    ),
}
