"""What is refused of writing loans off, and of what is recovered afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import Problem
from kernel.values.wording import Labels
from services.funds import code_lists as codes


class WriteOffNotGrounded(Problem):
    status, code = 409, "write_off_not_grounded"
    title = ("Chưa có căn cứ xử lý rủi ro", "No ground for a write-off")
    detail = (
        "Căn cứ {ground} chưa có đến ngày {on}: khoản vay thuộc nhóm nợ {debt_group}, quá hạn {days_overdue} ngày. "
        "Chỉ xử lý nợ nhóm 5, hoặc khi sổ đăng ký hay hồ sơ khách hàng ghi khách hàng đã giải thể, phá sản hoặc chết.",
        "The ground {ground} does not hold on {on}: the loan is in debt group {debt_group}, {days_overdue} days overdue. "
        "Only debts of group 5 are written off, and those of a borrower that the registry or its record here calls dissolved, bankrupt or dead.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"ground": codes.WRITE_OFF_GROUNDS}
    example: ClassVar[dict[str, Any]] = {
        "ground": "debt_group_5",
        "on": "2023-06-30",
        "debt_group": 4,
        "days_overdue": 120,
    }


class TooEarlyToDerecognize(Problem):
    status, code = 409, "too_early_to_derecognize"
    title = ("Chưa đủ thời gian để xuất toán", "Too early to derecognize")
    detail = (
        "Xuất toán sớm nhất ngày {earliest_on}, sau {years} năm kể từ ngày dùng dự phòng (NĐ 45/2021, Điều 28).",
        "Not before {earliest_on}, {years} years after the provisions were used (Decree 45/2021, Art. 28).",
    )
    example: ClassVar[dict[str, Any]] = {"earliest_on": "2028-06-30", "years": 5}


class RecoveredTooMuch(Problem):
    status, code = 409, "recovered_too_much"
    title = ("Thu hồi nhiều hơn số còn phải thu", "Exceeds what may be recovered")
    detail = (
        "Còn phải thu hồi gốc {principal_vnd}, lãi {interest_vnd}, lãi quá hạn {overdue_interest_vnd}; {asked_vnd} vượt {over_vnd}. Hãy giảm số tiền.",
        "Principal of {principal_vnd}, interest of {interest_vnd} and overdue interest of {overdue_interest_vnd} may still be recovered; {asked_vnd} is {over_vnd} too much. Lower the amount.",
    )
    example: ClassVar[dict[str, Any]] = {
        "written_off_vnd": 50_000_000,
        "recovered_vnd": 40_000_000,
        "principal_vnd": 10_000_000,
        "interest_vnd": 1_500_000,
        "overdue_interest_vnd": 500_000,
        "asked_vnd": 20_000_000,
        "over_vnd": 8_000_000,
    }


class StillRecoverable(Problem):
    status, code = 409, "still_recoverable"
    title = ("Còn nợ phải thu hồi", "Loan is not fully recovered")
    detail = (
        "Còn phải thu hồi {recoverable_vnd}: gốc {principal_vnd}, lãi {interest_vnd}, lãi quá hạn {overdue_interest_vnd}. Hãy ghi thu hồi đủ rồi tất toán.",
        "{recoverable_vnd} may still be recovered: principal {principal_vnd}, interest {interest_vnd}, overdue interest {overdue_interest_vnd}. Record the recoveries, then settle.",
    )
    example: ClassVar[dict[str, Any]] = {
        "recoverable_vnd": 10_100_000,
        "principal_vnd": 10_000_000,
        "interest_vnd": 60_000,
        "overdue_interest_vnd": 40_000,
    }
