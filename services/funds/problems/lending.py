"""What is refused of borrowers and applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels, joined, quoted
from services.funds import code_lists as codes

_LIMITS: Labels = {
    "requested": ("Số tiền đề nghị", "amount requested"),
    "proposed": ("Số tiền đề xuất khi thẩm định", "amount proposed by the appraisal"),
}


class GroupCannotBorrow(Problem):
    status, code = 409, "group_cannot_borrow"
    title = ("Tổ hợp tác không đứng tên vay", "Cooperative groups cannot borrow")
    detail = (
        "Tổ hợp tác không có tư cách pháp nhân: hãy để một thành viên đứng tên vay và nêu tổ hợp tác là đơn vị của thành viên (NĐ 45/2021, khoản 1 Điều 20).",
        "A group has no legal personality: let a member borrow and name the group as the member's organization (Decree 45/2021, Art. 20(1)).",
    )


class EnterpriseCannotBorrow(Problem):
    status, code = 409, "enterprise_cannot_borrow"
    title = ("Doanh nghiệp không thuộc đối tượng vay", "Enterprises cannot borrow")
    detail = (
        "Doanh nghiệp, kể cả là thành viên hợp tác xã, không thuộc đối tượng vay (NĐ 45/2021, khoản 1 Điều 20).",
        "An enterprise cannot borrow, even as a member of a cooperative (Decree 45/2021, Art. 20(1)).",
    )
    example: ClassVar[dict[str, Any]] = {"kind": "member_enterprise"}


class BorrowerExists(Problem):
    status, code = 409, "borrower_exists"
    title = ("Khách hàng đã có", "Borrower already exists")
    detail = (
        "Tổ chức hoặc số định danh này đã là khách hàng vay; hãy dùng khách hàng đã có.",
        "This organization or identity number is a borrower already; use that record.",
    )
    example: ClassVar[dict[str, Any]] = {"borrower_id": EXAMPLE_ID}


class BorrowerNotAPerson(Problem):
    status, code = 409, "borrower_not_a_person"
    title = ("Khách hàng không phải cá nhân", "Borrower is not a person")
    detail = (
        "Khách hàng này là {kind}; chỉ dữ liệu của cá nhân, hộ mới được xóa hoặc sao cho họ.",
        "This borrower is a {kind}; only data of persons and households is erased, or copied for them.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"kind": codes.BORROWER_KINDS}
    example: ClassVar[dict[str, Any]] = {"kind": "cooperative"}


class StateForbids(Problem):
    status, code = 409, "state_forbids"
    title = ("Trạng thái hồ sơ không cho phép", "Application state does not allow this")
    detail = (
        "Hồ sơ đang ở trạng thái {state}; việc {action} chỉ làm được khi hồ sơ ở trạng thái {allowed_in}.",
        "The application is {state}; {action} is possible only while it is {allowed_in}.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "state": codes.APPLICATION_STATES,
        "action": codes.APPLICATION_ACTIONS,
        "allowed_in": codes.APPLICATION_STATES,
    }
    example: ClassVar[dict[str, Any]] = {
        "state": "rejected",
        "action": "approve",
        "allowed_in": ["under_appraisal"],
    }


class FundNotOperating(Problem):
    status, code = 409, "fund_not_operating"
    title = ("Quỹ không hoạt động cho vay", "Fund is not lending")
    detail = (
        "Quỹ đang ở trạng thái {state}; chỉ quỹ đang hoạt động mới cho vay.",
        "The fund is {state}; only an operating fund lends.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": codes.FUND_STATES}
    example: ClassVar[dict[str, Any]] = {"state": "planned"}


class OutsideFundArea(Problem):
    status, code = 409, "outside_fund_area"
    title = ("Khách hàng ngoài địa bàn của quỹ", "Borrower outside the fund's area")
    detail = (
        "Quỹ cho vay tại {fund_alliance}, khách hàng ở {borrower_alliance} (NĐ 45/2021, khoản 2 Điều 20). Hãy chọn quỹ của địa phương khách hàng.",
        "The fund lends in {fund_alliance}; the borrower is in {borrower_alliance} (Decree 45/2021, Art. 20(2)). Choose a fund of the borrower's province.",
    )
    example: ClassVar[dict[str, Any]] = {"fund_alliance": "25-2025", "borrower_alliance": "40-2025"}


class BorrowerInactive(Problem):
    status, code = 409, "borrower_inactive"
    title = ("Khách hàng không còn được vay", "Borrower is not active")
    detail = (
        "Khách hàng đã ngừng quan hệ vay; hãy mở lại khách hàng trước.",
        "The borrower is no longer active; make it active first.",
    )
    example: ClassVar[dict[str, Any]] = {"borrower_id": EXAMPLE_ID}


class ProductNotOffered(Problem):
    status, code = 409, "product_not_offered"
    title = ("Sản phẩm không áp dụng", "Product not offered")
    detail = (
        "Đây là sản phẩm {product_type}, áp dụng từ {valid_from} đến {valid_until}; hồ sơ nộp ngày {submitted_on}, hoặc quỹ này không có sản phẩm đó. Hãy chọn sản phẩm khác.",
        "The product is of the type {product_type}, offered from {valid_from} until {valid_until}; the application was filed on {submitted_on}, or the fund does not offer it. Choose another product.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"product_type": codes.PRODUCT_TYPES}
    example: ClassVar[dict[str, Any]] = {
        "product_type": "loan",
        "valid_from": "2021-06-01",
        "valid_until": "2022-12-31",
        "submitted_on": "2023-02-01",
    }


class BorrowerKindNotServed(Problem):
    status, code = 409, "borrower_kind_not_served"
    title = ("Sản phẩm không dành cho đối tượng này", "Product not offered to this kind of borrower")
    detail = (
        "Sản phẩm này không dành cho đối tượng {kind}; hãy chọn sản phẩm khác.",
        "The product is not offered to borrowers of the kind {kind}; choose another.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"kind": codes.BORROWER_KINDS}
    example: ClassVar[dict[str, Any]] = {"kind": "member_person"}


class TermOutsideProduct(Problem):
    status, code = 409, "term_outside_product"
    title = ("Kỳ hạn ngoài khung của sản phẩm", "Term outside the product's range")
    detail = (
        "Sản phẩm cho vay từ {term_min_months} đến {term_max_months} tháng, yêu cầu {asked_months} tháng; hãy chọn kỳ hạn trong khung đó.",
        "The product lends for {term_min_months} to {term_max_months} months; {asked_months} were asked for. Choose a term within that range.",
    )
    example: ClassVar[dict[str, Any]] = {"term_min_months": 6, "term_max_months": 36, "asked_months": 48}


class AmountTooHigh(Problem):
    status, code = 409, "amount_too_high"
    title = ("Số tiền cao hơn mức cho phép", "Amount too high")
    detail = (
        "Tối đa {limit_vnd} theo {limit_of}; yêu cầu {asked_vnd}, vượt {over_vnd}. Hãy giảm số tiền.",
        "At most {limit_vnd} by the {limit_of}; {asked_vnd} is {over_vnd} too much. Lower the amount.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"limit_of": _LIMITS}
    example: ClassVar[dict[str, Any]] = {
        "limit_of": "proposed",
        "limit_vnd": 500_000_000,
        "asked_vnd": 600_000_000,
        "over_vnd": 100_000_000,
    }


class OwnCapitalTooLow(Problem):
    status, code = 409, "own_capital_too_low"
    title = ("Vốn tự có không đủ", "Insufficient own capital")
    detail = (
        "Vốn tự có phải từ {limit_vnd} ({limit_percent}% của {basis_vnd}); hiện có {asked_vnd}, thiếu {over_vnd}. Hãy bổ sung vốn tự có.",
        "Own capital has to be at least {limit_vnd} ({limit_percent} % of {basis_vnd}); it is {asked_vnd}, {over_vnd} too little. Add own capital.",
    )
    example: ClassVar[dict[str, Any]] = {
        "limit_percent": "20",
        "basis_vnd": 1_000_000_000,
        "limit_vnd": 200_000_000,
        "asked_vnd": 150_000_000,
        "over_vnd": 50_000_000,
    }


_OVER = (
    "Giới hạn {limit_vnd} ({limit_percent}% vốn điều lệ thực có {basis_vnd}); đã dùng {used_vnd}, yêu cầu {asked_vnd}, "
    "vượt {over_vnd}. Hãy giảm số tiền.",
    "The limit is {limit_vnd} ({limit_percent} % of an actual charter capital of {basis_vnd}); {used_vnd} is used, "
    "{asked_vnd} was asked for, {over_vnd} too much. Lower the amount.",
)


_OVER_EXAMPLE: dict[str, Any] = {
    "limit_percent": "15",
    "basis_vnd": 20_000_000_000,
    "limit_vnd": 3_000_000_000,
    "used_vnd": 2_500_000_000,
    "asked_vnd": 600_000_000,
    "over_vnd": 100_000_000,
}


class SingleBorrowerLimitExceeded(Problem):
    status, code = 409, "single_borrower_limit_exceeded"
    title = ("Vượt giới hạn một khách hàng", "Single-borrower limit exceeded")
    detail = _OVER
    example: ClassVar[dict[str, Any]] = _OVER_EXAMPLE


class RelatedBorrowersLimitExceeded(Problem):
    status, code = 409, "related_borrowers_limit_exceeded"
    title = ("Vượt giới hạn khách hàng và người có liên quan", "Related-borrowers limit exceeded")
    detail = _OVER
    example: ClassVar[dict[str, Any]] = {
        **_OVER_EXAMPLE,
        "limit_percent": "25",
        "limit_vnd": 5_000_000_000,
        "used_vnd": 4_500_000_000,
        "borrower_group_id": EXAMPLE_ID,
    }


class AuthorityExceeded(Problem):
    status, code = 409, "authority_exceeded"
    title = ("Vượt thẩm quyền phê duyệt", "Approval authority exceeded")
    detail = (
        "{authority} được phê duyệt đến {limit_vnd}; yêu cầu {asked_vnd}, vượt {over_vnd}. Hãy trình cấp có thẩm quyền cao hơn.",
        "{authority} may approve up to {limit_vnd}; {asked_vnd} is {over_vnd} too much. Have a higher authority decide.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"authority": codes.AUTHORITIES}
    example: ClassVar[dict[str, Any]] = {
        "authority": "director",
        "limit_vnd": 500_000_000,
        "asked_vnd": 600_000_000,
        "over_vnd": 100_000_000,
    }


class BelowProductMinimum(Problem):
    status, code = 409, "below_product_minimum"
    title = ("Thấp hơn mức tối thiểu của sản phẩm", "Below the product's minimum")
    detail = (
        "Sản phẩm cho vay từ {limit_percent}%/năm, ở đây là {asked_percent}%/năm; hãy phê duyệt mức lãi suất cao hơn hoặc chọn sản phẩm khác.",
        "The product lends at {limit_percent} % a year or more, and this is {asked_percent} %; approve a higher rate, or choose another product.",
    )
    example: ClassVar[dict[str, Any]] = {"limit_percent": "6.60", "asked_percent": "5"}


class ProductNeedsSecurity(Problem):
    status, code = 409, "product_needs_security"
    title = ("Sản phẩm cần tài sản bảo đảm", "Product needs collateral")
    detail = (
        "Sản phẩm này chỉ cho vay khi có tài sản bảo đảm, nên không duyệt {security} được; hãy yêu cầu tài sản bảo đảm.",
        "The product lends against collateral only, so {security} cannot be approved; require collateral.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"security": codes.SECURITIES}
    example: ClassVar[dict[str, Any]] = {"security": "not_required"}


class CouncilAgainst(Problem):
    status, code = 409, "council_against"
    title = ("Hội đồng thẩm định không đồng ý", "Appraisal council is against it")
    detail = (
        "{votes_against} thành viên không đồng ý, {votes_for} đồng ý; hãy từ chối hồ sơ, hoặc thẩm định lại.",
        "{votes_against} voted against and {votes_for} for it; reject the application, or have it appraised again.",
    )
    example: ClassVar[dict[str, Any]] = {"votes_for": 1, "votes_against": 3, "votes_abstain": 1}


class WarningsUnacknowledged(Problem):
    """What the platform knows and the approver has not said to have seen: `warnings`, each with its numbers."""

    status, code = 409, "warnings_unacknowledged"
    title = ("Có điều cần xem xét trước khi phê duyệt", "Warnings to acknowledge before approval")
    detail = (
        "Hãy xem rồi xác nhận đã lưu ý: {warnings}.",
        "Look at these and acknowledge them: {warnings}.",
    )
    example: ClassVar[dict[str, Any]] = {
        "warnings": [
            {
                "code": "free_balance_short",
                "check": "free_balance",
                "basis_vnd": 20_000_000_000,
                "used_vnd": 19_900_000_000,
                "limit_vnd": 100_000_000,
                "asked_vnd": 300_000_000,
                "over_vnd": 200_000_000,
            }
        ]
    }

    def sentence(self, language: str) -> str:
        """Return `detail` with the warnings by their labels."""
        names = [quoted(codes.APPROVAL_WARNINGS, warning["code"], language) for warning in self.members["warnings"]]
        return self.detail[1 if language == "en" else 0].format(warnings=joined(names, language))


class ApplicationNumberInUse(Problem):
    status, code = 409, "application_number_in_use"
    title = ("Số hồ sơ đã được dùng", "Application number already in use")
    detail = (
        "Số hồ sơ {application_number} đã được dùng; hãy ghi số khác.",
        "The application number {application_number} is in use; give another.",
    )
    example: ClassVar[dict[str, Any]] = {"application_number": "HS-2023-001"}
