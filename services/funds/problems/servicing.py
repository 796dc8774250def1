"""What is refused of loans and what happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels, quoted, said
from services.funds import code_lists as codes
from services.funds.code_lists import APPLICATION_STATES


class LoanStateForbids(Problem):
    status, code = 409, "loan_state_forbids"
    title = ("Trạng thái khoản vay không cho phép", "Loan state does not allow this")
    detail = (
        "Khoản vay đang ở trạng thái {state}, nên việc {action} chưa làm được; hiện có thể làm: {allowed_actions}.",
        "The loan is {state}, so {action} is not possible; possible now: {allowed_actions}.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "state": codes.LOAN_STATES,
        "action": codes.LOAN_ACTIONS,
        "allowed_actions": codes.LOAN_ACTIONS,
    }
    example: ClassVar[dict[str, Any]] = {"state": "settled", "action": "repay", "allowed_actions": []}


class AboveContract(Problem):
    status, code = 409, "above_contract"
    title = ("Giải ngân vượt hợp đồng", "Exceeds the contract amount")
    detail = (
        "Hợp đồng {contract_vnd}, đã giải ngân {disbursed_vnd}; yêu cầu {asked_vnd}, vượt {over_vnd}. Hãy giảm số tiền.",
        "The contract is for {contract_vnd}, of which {disbursed_vnd} is paid out; {asked_vnd} is {over_vnd} too much. Lower the amount.",
    )
    example: ClassVar[dict[str, Any]] = {
        "contract_vnd": 300_000_000,
        "disbursed_vnd": 200_000_000,
        "asked_vnd": 150_000_000,
        "over_vnd": 50_000_000,
    }


class AboveOwed(Problem):
    status, code = 409, "above_owed"
    title = ("Trả nhiều hơn số nợ", "Exceeds the amount owed")
    detail = (
        "Tổng phải trả đến ngày này là {owed_vnd}; số nộp {asked_vnd} vượt {over_vnd}. Hãy ghi đúng số nợ, hoặc chọn giữ hộ phần vượt.",
        "{owed_vnd} is owed on that day; {asked_vnd} is {over_vnd} too much. Enter what is owed, or choose to have the excess held.",
    )
    example: ClassVar[dict[str, Any]] = {"owed_vnd": 10_500_000, "asked_vnd": 11_000_000, "over_vnd": 500_000}


class BadDebtCheckNeeded(Problem):
    status, code = 409, "bad_debt_check_needed"
    title = ("Thiếu kết quả tra cứu nợ xấu", "Bad-debt check required")
    detail = (
        "Lần giải ngân đầu cần kết quả tra cứu trong vòng {valid_days} ngày, không có nợ xấu (NĐ 45/2021, khoản 6 Điều 22). Hãy tra cứu và ghi kết quả.",
        "The first tranche needs a bad-debt check at most {valid_days} days old that found none (Decree 45/2021, Art. 22(6)). Make one and enter it.",
    )
    example: ClassVar[dict[str, Any]] = {"valid_days": 30, "checked_on": None}


class NotApproved(Problem):
    status, code = 409, "application_not_approved"
    title = ("Hồ sơ chưa được phê duyệt", "Application not approved")
    detail = (
        "Hồ sơ đang ở trạng thái {state}; chỉ hồ sơ đã phê duyệt mới ký hợp đồng.",
        "The application is {state}; only an approved one becomes a contract.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": APPLICATION_STATES}
    example: ClassVar[dict[str, Any]] = {"state": "submitted"}


class AboveApproved(Problem):
    status, code = 409, "above_approved"
    title = ("Hợp đồng vượt mức phê duyệt", "Exceeds the approved amount")
    detail = (
        "Được phê duyệt {approved_vnd}; hợp đồng {asked_vnd}, vượt {over_vnd}. Hãy giảm số tiền.",
        "{approved_vnd} was approved; a contract of {asked_vnd} is {over_vnd} too much. Lower the amount.",
    )
    example: ClassVar[dict[str, Any]] = {"approved_vnd": 300_000_000, "asked_vnd": 350_000_000, "over_vnd": 50_000_000}


class DiffersFromApproval(Problem):
    """`differences` names each: the field, where it stands in the body, what was approved and what was asked."""

    status, code = 409, "differs_from_approval"
    title = ("Hợp đồng khác với phê duyệt", "Contract differs from the approval")
    detail = (
        "Khác với phê duyệt: {differences}. Hãy ghi như đã duyệt, hoặc thẩm định và phê duyệt lại hồ sơ.",
        "It differs from the approval: {differences}. Give it as approved, or have the application appraised and approved anew.",
    )
    example: ClassVar[dict[str, Any]] = {
        "differences": [
            {"field": "annual_rate_percent", "pointer": "/annual_rate_percent", "approved": "6", "asked": "0"},
            {"field": "term_months", "pointer": "/terms", "approved": 12, "asked": 600},
        ]
    }

    def sentence(self, language: str) -> str:
        """Return `detail` with each difference in words."""
        at = 1 if language == "en" else 0
        named = "; ".join(_difference(each, language) for each in self.members["differences"])
        return self.detail[at].format(differences=named)


def _difference(difference: Mapping[str, Any], language: str) -> str:
    field = difference["field"]
    name = quoted(codes.APPROVED_FIELDS, field, language)
    if field == "loan_product_id":
        return name
    labels = {"method": codes.METHODS, "security": codes.SECURITIES}.get(field)
    approved, asked = (said(field, difference[side], language, labels) for side in ("approved", "asked"))
    if field.endswith("_percent"):
        approved, asked = f"{approved}%", f"{asked}%"
    return f"{name}: " + (
        f"approved {approved}, here {asked}" if language == "en" else f"duyệt {approved}, ở đây {asked}"
    )


class SecurityNotRegistered(Problem):
    status, code = 409, "security_not_registered"
    title = ("Chưa đăng ký biện pháp bảo đảm", "Security not registered")
    detail = (
        "Trước lần giải ngân đầu, tài sản bảo đảm đã duyệt phải được đăng ký; đến ngày {on} tài sản đã đăng ký trị giá {registered_vnd}. Hãy ghi tài sản và ngày đăng ký biện pháp bảo đảm.",
        "Before the first tranche the collateral that was approved has to be registered; by {on} what is registered is worth {registered_vnd}. Enter the collateral with the day of its registration.",
    )
    example: ClassVar[dict[str, Any]] = {
        "on": "2023-03-02",
        "required_vnd": 600_000_000,
        "registered_vnd": 250_000_000,
        "over_vnd": 350_000_000,
    }


class ContractNumberInUse(Problem):
    status, code = 409, "contract_number_in_use"
    title = ("Số hợp đồng đã được dùng", "Contract number already in use")
    detail = (
        "Số hợp đồng {contract_number} đã có; hãy ghi số khác.",
        "The contract number {contract_number} is taken; give another.",
    )
    example: ClassVar[dict[str, Any]] = {"contract_number": "12/2023/HĐTD", "loan_id": EXAMPLE_ID}


class EntryReversed(Problem):
    status, code = 409, "entry_reversed"
    title = ("Bút toán đã được đảo", "Already reversed")
    detail = (
        "Bút toán này đã được đảo lúc {reversed_at}; không cần đảo lại.",
        "It was reversed at {reversed_at}; there is nothing more to do.",
    )
    example: ClassVar[dict[str, Any]] = {"reversed_at": "2023-06-01T08:00:00Z"}


class TermsContradict(Problem):
    status, code = 409, "schedule_impossible"
    title = ("Lịch trả nợ không khớp", "Repayment schedule not possible")
    detail = (
        "Kỳ trả đầu {first_due_on} không sau ngày {on}: hãy cơ cấu lại hoặc sửa hợp đồng.",
        "The first due date {first_due_on} is not after {on}: reschedule, or correct the contract.",
    )
    example: ClassVar[dict[str, Any]] = {"first_due_on": "2023-05-31", "on": "2023-06-02"}


class NeverDue(Problem):
    status, code = 409, "never_due"
    title = ("Có gốc không bao giờ đến hạn", "Principal would never fall due")
    detail = (
        "Lịch trả nợ kết thúc ngày {last_due_on}; {never_due_vnd} giải ngân từ ngày đó trở đi không có kỳ trả nào. "
        "Hãy gia hạn nợ trước.",
        "The schedule ends on {last_due_on}; no installment repays the {never_due_vnd} paid out from that day on. "
        "Extend the loan first.",
    )
    example: ClassVar[dict[str, Any]] = {"last_due_on": "2024-03-02", "never_due_vnd": 20_000_000}


class BeforeLoan(Problem):
    status, code = 409, "before_the_loan"
    title = ("Trước ngày bắt đầu khoản vay", "Date precedes the loan")
    detail = (
        "Ngày {on} trước ngày bắt đầu khoản vay {starts_on}; hãy ghi ngày đó hoặc sau đó.",
        "{on} is before the loan began on {starts_on}; give that day or a later one.",
    )
    example: ClassVar[dict[str, Any]] = {"on": "2023-01-01", "starts_on": "2023-02-01"}


class OpeningPeriodOver(Problem):
    status, code = 409, "opening_period_over"
    title = ("Hết thời gian nhập khoản vay chuyển tiếp", "Openings are not taken any more")
    detail = (
        "Quỹ không còn nhận khoản vay đang chạy từ trước; hãy đề nghị đổi ngày cuối nhận ở hồ sơ quỹ và chờ người thứ hai xác nhận.",
        "The fund takes no loans that ran before any more; ask for a later last day in the fund's record, which a second person confirms.",
    )
    example: ClassVar[dict[str, Any]] = {"opening_until": "2026-03-31"}


class ConfirmInstead(Problem):
    status, code = 409, "confirm_instead"
    title = ("Thu hồi trước hạn được xác nhận, không phê duyệt", "A recall is confirmed, not approved")
    detail = (
        "Đây là thu hồi nợ trước hạn; hãy quyết định ở đường dẫn confirmation của nó.",
        "This is an early recall; decide on it at its confirmation.",
    )


class AlreadyDecided(Problem):
    status, code = 409, "already_decided"
    title = ("Đã có quyết định", "Already decided")
    detail = (
        "Đề nghị này đã ở trạng thái {state}; hãy lập đề nghị mới nếu cần.",
        "This proposal is {state}; make a new one if needed.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": codes.PROPOSAL_STATES}
    example: ClassVar[dict[str, Any]] = {"state": "approved"}


class StillOwed(Problem):
    status, code = 409, "still_owed"
    title = ("Còn nợ, chưa tất toán được", "Loan is not fully repaid")
    detail = (
        "Còn phải trả {owed_vnd}: gốc {principal_vnd}, lãi {interest_vnd}, lãi quá hạn {overdue_interest_vnd}. Hãy thu đủ rồi tất toán.",
        "{owed_vnd} is owed: principal {principal_vnd}, interest {interest_vnd}, overdue interest {overdue_interest_vnd}. Collect it, then settle.",
    )
    example: ClassVar[dict[str, Any]] = {
        "owed_vnd": 10_100_000,
        "principal_vnd": 10_000_000,
        "interest_vnd": 100_000,
        "overdue_interest_vnd": 0,
    }


class ExtensionNeeded(Problem):
    status, code = 409, "beyond_the_term"
    title = ("Vượt thời hạn vay", "Beyond the loan term")
    detail = (
        "Kỳ cuối mới {last_due_on} sau hạn cuối {term_ends_on}: hãy chọn gia hạn nợ.",
        "The last new due date {last_due_on} is after the term's end {term_ends_on}: choose an extension of the term.",
    )
    example: ClassVar[dict[str, Any]] = {"last_due_on": "2026-12-31", "term_ends_on": "2026-06-30"}


class TooMuchReduced(Problem):
    status, code = 409, "more_than_interest_owed"
    title = ("Giảm nhiều hơn lãi còn nợ", "Exceeds the interest owed")
    detail = (
        "Đến ngày này còn nợ lãi {interest_vnd}, lãi quá hạn {overdue_interest_vnd}; hãy giảm số tiền miễn giảm.",
        "On that day {interest_vnd} of interest and {overdue_interest_vnd} of overdue interest are owed; lower the reduction.",
    )
    example: ClassVar[dict[str, Any]] = {"interest_vnd": 1_000_000, "overdue_interest_vnd": 0}


class BooksKeptElsewhere(Problem):
    status, code = 409, "books_kept_elsewhere"
    title = ("Sổ sách do bên nhận ủy thác giữ", "Another lender keeps the books")
    detail = (
        "Khoản vay qua kênh {channel}; hãy ghi số dư định kỳ do bên nhận ủy thác báo.",
        "This is a loan by the channel {channel}; enter the balances that the other lender reports.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"channel": codes.LOAN_CHANNELS}
    example: ClassVar[dict[str, Any]] = {"channel": "entrusted_out"}


class NotAnExtension(Problem):
    status, code = 409, "within_the_term"
    title = ("Chưa vượt thời hạn vay", "Within the loan term")
    detail = (
        "Kỳ cuối mới {last_due_on} không sau hạn cuối {term_ends_on}: hãy chọn điều chỉnh kỳ hạn nợ.",
        "The last new due date {last_due_on} is not after the term's end {term_ends_on}: choose an adjustment of installments.",
    )
    example: ClassVar[dict[str, Any]] = {"last_due_on": "2026-06-30", "term_ends_on": "2026-06-30"}


class StatementExists(Problem):
    status, code = 409, "balance_statement_exists"
    title = ("Đã có số dư ngày này", "Balance already recorded")
    detail = (
        "Đã có số dư của ngày {as_of}; hãy sửa số dư đã có.",
        "The balance of {as_of} is recorded already; correct that one.",
    )
    example: ClassVar[dict[str, Any]] = {"as_of": "2023-06-30"}


class BooksKeptHere(Problem):
    status, code = 409, "books_kept_here"
    title = ("Sổ sách do quỹ giữ", "The fund keeps the books")
    detail = (
        "Khoản vay qua kênh {channel}: số dư tính từ giải ngân và thu nợ, không nhập tay.",
        "This is a loan by the channel {channel}: balances follow from disbursements and repayments and are not entered.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"channel": codes.LOAN_CHANNELS}
    example: ClassVar[dict[str, Any]] = {"channel": "direct"}


class NothingOverdue(Problem):
    status, code = 409, "nothing_overdue"
    title = ("Không có nợ quá hạn", "Nothing overdue")
    detail = (
        "Đến ngày {as_of} khoản vay không có nợ quá hạn, nên không có thông báo.",
        "On {as_of} nothing of the loan is overdue, so there is no notice.",
    )
    example: ClassVar[dict[str, Any]] = {"as_of": "2023-06-30"}
