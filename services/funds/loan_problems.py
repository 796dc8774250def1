"""Every way loans and the ledger say no, each with the numbers needed to act."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class PeriodClosed(Problem):
    status, code = 409, "period_closed"
    title = ("Kỳ kế toán đã khóa", "The period is closed")
    detail = (
        "Ngày {booked_on} nằm trong kỳ đã khóa sổ (đến {closed_until}); hãy ghi vào kỳ đang mở.",
        "{booked_on} lies within the closed books (until {closed_until}); enter it in the open period.",
    )
    example: ClassVar[dict[str, Any]] = {"booked_on": "2023-06-30", "closed_until": "2023-06-30"}


class LoanStateForbids(Problem):
    status, code = 409, "loan_state_forbids"
    title = ("Trạng thái khoản vay không cho phép", "The loan's state forbids this")
    detail = (
        "Khoản vay đang ở trạng thái {state}; hiện chỉ có thể: {allowed_actions}.",
        "The loan is {state}; what may be done now: {allowed_actions}.",
    )
    example: ClassVar[dict[str, Any]] = {"state": "settled", "allowed_actions": []}


class AboveContract(Problem):
    status, code = 409, "above_contract"
    title = ("Giải ngân vượt hợp đồng", "More than the contract")
    detail = (
        "Hợp đồng {contract_vnd} đ, đã giải ngân {disbursed_vnd} đ; yêu cầu {asked_vnd} đ, vượt {over_vnd} đ.",
        "The contract is of {contract_vnd} đ with {disbursed_vnd} đ paid out; {asked_vnd} đ is {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "contract_vnd": 300_000_000, "disbursed_vnd": 200_000_000, "asked_vnd": 150_000_000, "over_vnd": 50_000_000,
    }  # fmt: skip


class AboveOwed(Problem):
    status, code = 409, "above_owed"
    title = ("Trả nhiều hơn số nợ", "More than is owed")
    detail = (
        "Tổng phải trả đến ngày này là {owed_vnd} đ; số nộp {asked_vnd} đ vượt {over_vnd} đ. Gửi excess=hold để giữ hộ.",
        "{owed_vnd} đ is owed on that day; {asked_vnd} đ is {over_vnd} đ too much. Send excess=hold to have it held.",
    )
    example: ClassVar[dict[str, Any]] = {"owed_vnd": 10_500_000, "asked_vnd": 11_000_000, "over_vnd": 500_000}


class FreeBalanceShort(Problem):
    status, code = 409, "free_balance_short"
    title = ("Quỹ không đủ nguồn", "The fund has not that much")
    detail = (
        "Quỹ còn {free_vnd} đ chưa cho vay; yêu cầu {asked_vnd} đ, thiếu {over_vnd} đ.",
        "The fund holds {free_vnd} đ that is not lent; {asked_vnd} đ is {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {"free_vnd": 100_000_000, "asked_vnd": 300_000_000, "over_vnd": 200_000_000}


class BadDebtCheckNeeded(Problem):
    status, code = 409, "bad_debt_check_needed"
    title = ("Thiếu kết quả tra cứu nợ xấu", "A bad-debt check is needed")
    detail = (
        "Lần giải ngân đầu cần kết quả tra cứu nợ xấu trong vòng {valid_days} ngày, không có nợ xấu "
        "(NĐ 45/2021, Điều 22(6)).",
        "The first tranche needs a bad-debt check at most {valid_days} days old that found none "
        "(Decree 45/2021, Art. 22(6)).",
    )
    example: ClassVar[dict[str, Any]] = {"valid_days": 30, "checked_on": None}


class NotApproved(Problem):
    status, code = 409, "application_not_approved"
    title = ("Hồ sơ chưa được phê duyệt", "The application is not approved")
    detail = (
        "Hồ sơ đang ở trạng thái {state}; chỉ hồ sơ đã phê duyệt mới ký hợp đồng.",
        "The application is {state}; only an approved one becomes a contract.",
    )
    example: ClassVar[dict[str, Any]] = {"state": "submitted"}


class AboveApproved(Problem):
    status, code = 409, "above_approved"
    title = ("Hợp đồng vượt mức phê duyệt", "More than was approved")
    detail = (
        "Được duyệt {approved_vnd} đ; hợp đồng {asked_vnd} đ, vượt {over_vnd} đ.",
        "{approved_vnd} đ was approved; a contract of {asked_vnd} đ is {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {"approved_vnd": 300_000_000, "asked_vnd": 350_000_000, "over_vnd": 50_000_000}


class ContractNumberInUse(Problem):
    status, code = 409, "contract_number_in_use"
    title = ("Số hợp đồng đã được dùng", "The contract number is in use")
    detail = ("Số hợp đồng {contract_number} đã có.", "The contract number {contract_number} is taken.")
    example: ClassVar[dict[str, Any]] = {"contract_number": "12/2023/HĐTD", "loan_id": _ID}


class EntryReversed(Problem):
    status, code = 409, "entry_reversed"
    title = ("Bút toán đã được đảo", "It was reversed already")
    detail = ("Bút toán đã được đảo lúc {reversed_at}.", "It was reversed at {reversed_at}.")
    example: ClassVar[dict[str, Any]] = {"reversed_at": "2023-06-01T08:00:00Z"}


class TermsContradict(Problem):
    status, code = 409, "schedule_impossible"
    title = ("Lịch trả nợ không khớp", "The schedule does not fit")
    detail = (
        "Kỳ trả đầu {first_due_on} không sau ngày {on}: hãy cơ cấu lại hoặc sửa hợp đồng.",
        "The first due date {first_due_on} is not after {on}: reschedule, or correct the contract.",
    )
    example: ClassVar[dict[str, Any]] = {"first_due_on": "2023-05-31", "on": "2023-06-02"}


class NeverDue(Problem):
    status, code = 409, "never_due"
    title = ("Có gốc không bao giờ đến hạn", "Principal would never fall due")
    detail = (
        "Lịch trả nợ kết thúc ngày {last_due_on}; {never_due_vnd} đồng giải ngân từ ngày đó trở đi không có kỳ trả nào. "
        "Hãy chọn ngày đến hạn muộn hơn.",
        "The schedule ends on {last_due_on}; no installment repays the {never_due_vnd} VND paid out from that day on. "
        "Choose a later due date.",
    )
    example: ClassVar[dict[str, Any]] = {"last_due_on": "2024-03-02", "never_due_vnd": 20_000_000}


class BeforeLoan(Problem):
    status, code = 409, "before_the_loan"
    title = ("Trước ngày bắt đầu khoản vay", "Before the loan began")
    detail = ("Ngày {on} trước ngày {starts_on}.", "{on} is before {starts_on}.")
    example: ClassVar[dict[str, Any]] = {"on": "2023-01-01", "starts_on": "2023-02-01"}


class AlreadyDecided(Problem):
    status, code = 409, "already_decided"
    title = ("Đã có quyết định", "It is decided already")
    detail = ("Đề nghị này đã ở trạng thái {state}.", "This proposal is {state} already.")
    example: ClassVar[dict[str, Any]] = {"state": "approved"}


class StillOwed(Problem):
    status, code = 409, "still_owed"
    title = ("Còn nợ, chưa tất toán được", "There is still something owed")
    detail = (
        "Còn phải trả {owed_vnd} đ: gốc {principal_vnd} đ, lãi {interest_vnd} đ, lãi quá hạn {overdue_interest_vnd} đ.",
        "{owed_vnd} đ is owed: principal {principal_vnd} đ, interest {interest_vnd} đ, overdue interest "
        "{overdue_interest_vnd} đ.",
    )
    example: ClassVar[dict[str, Any]] = {
        "owed_vnd": 10_100_000, "principal_vnd": 10_000_000, "interest_vnd": 100_000, "overdue_interest_vnd": 0,
    }  # fmt: skip


class ExtensionNeeded(Problem):
    status, code = 409, "beyond_the_term"
    title = ("Vượt thời hạn vay", "Beyond the term")
    detail = (
        "Kỳ cuối mới {last_due_on} sau hạn cuối {term_ends_on}: phải là gia hạn (extension).",
        "The last new due date {last_due_on} is after the term's end {term_ends_on}: that is an extension.",
    )
    example: ClassVar[dict[str, Any]] = {"last_due_on": "2026-12-31", "term_ends_on": "2026-06-30"}


class TooMuchReduced(Problem):
    status, code = 409, "more_than_interest_owed"
    title = ("Giảm nhiều hơn lãi còn nợ", "More than the interest owed")
    detail = (
        "Đến ngày này còn nợ lãi {interest_vnd} đ, lãi quá hạn {overdue_interest_vnd} đ.",
        "On that day {interest_vnd} đ of interest and {overdue_interest_vnd} đ of overdue interest are owed.",
    )
    example: ClassVar[dict[str, Any]] = {"interest_vnd": 1_000_000, "overdue_interest_vnd": 0}


class BooksKeptElsewhere(Problem):
    status, code = 409, "books_kept_elsewhere"
    title = ("Sổ sách do bên nhận ủy thác giữ", "Another lender keeps the books")
    detail = (
        "Khoản vay qua kênh {channel}: ghi số dư định kỳ (balance-statements) thay cho việc thu nợ.",
        "A loan by the channel {channel}: enter balance-statements in place of this.",
    )
    example: ClassVar[dict[str, Any]] = {"channel": "entrusted_out"}


class NotAnExtension(Problem):
    status, code = 409, "within_the_term"
    title = ("Chưa vượt thời hạn vay", "Within the term")
    detail = (
        "Kỳ cuối mới {last_due_on} không sau hạn cuối {term_ends_on}: đó là điều chỉnh kỳ hạn "
        "(installment_adjustment).",
        "The last new due date {last_due_on} is not after the term's end {term_ends_on}: that is an "
        "installment_adjustment.",
    )
    example: ClassVar[dict[str, Any]] = {"last_due_on": "2026-06-30", "term_ends_on": "2026-06-30"}


class TooEarlyToDerecognize(Problem):
    status, code = 409, "too_early_to_derecognize"
    title = ("Chưa đủ thời gian để xuất toán", "Too early to derecognize")
    detail = (
        "Xuất toán sớm nhất {earliest_on}, sau {years} năm kể từ ngày dùng dự phòng (NĐ 45/2021, Điều 28).",
        "Not before {earliest_on}, {years} years after the provisions were used (Decree 45/2021, Art. 28).",
    )
    example: ClassVar[dict[str, Any]] = {"earliest_on": "2028-06-30", "years": 5}


class AlreadyClosed(Problem):
    status, code = 409, "already_closed"
    title = ("Sổ đã khóa đến ngày này", "The books are closed until then already")
    detail = ("Sổ đã khóa đến {closed_until}.", "The books are closed until {closed_until}.")
    example: ClassVar[dict[str, Any]] = {"closed_until": "2023-06-30"}


class StatementExists(Problem):
    status, code = 409, "balance_statement_exists"
    title = ("Đã có số dư ngày này", "There is a balance of that day")
    detail = ("Đã có số dư của ngày {as_of}.", "The balance of {as_of} is there already.")
    example: ClassVar[dict[str, Any]] = {"as_of": "2023-06-30"}


class BooksKeptHere(Problem):
    status, code = 409, "books_kept_here"
    title = ("Sổ sách do quỹ giữ", "The fund keeps the books")
    detail = (
        "Kênh {channel}: số dư tính từ giải ngân và thu nợ, không nhập tay.",
        "Channel {channel}: balances follow from disbursements and repayments; they are not entered.",
    )
    example: ClassVar[dict[str, Any]] = {"channel": "direct"}


class RecoveredTooMuch(Problem):
    status, code = 409, "recovered_too_much"
    title = ("Thu hồi nhiều hơn số đã xử lý", "More than was handled")
    detail = (
        "Đã xử lý {written_off_vnd} đ, đã thu hồi {recovered_vnd} đ; {asked_vnd} đ vượt {over_vnd} đ.",
        "{written_off_vnd} đ was handled and {recovered_vnd} đ recovered; {asked_vnd} đ is {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "written_off_vnd": 50_000_000, "recovered_vnd": 40_000_000, "asked_vnd": 20_000_000, "over_vnd": 10_000_000,
    }  # fmt: skip


class NothingOverdue(Problem):
    status, code = 409, "nothing_overdue"
    title = ("Không có nợ quá hạn", "Nothing is overdue")
    detail = ("Ngày {as_of} khoản vay không có nợ quá hạn.", "On {as_of} nothing of the loan is overdue.")
    example: ClassVar[dict[str, Any]] = {"as_of": "2023-06-30"}
