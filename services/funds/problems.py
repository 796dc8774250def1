"""Every way the funds say no, beyond the kernel's own."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class AlreadyReversed(Problem):
    status, code = 409, "already_reversed"
    title = ("Bút toán đã được đảo", "It was reversed already")
    detail = (
        "Bút toán này đã được đảo bởi {reversed_by_id}, hoặc chính nó là bút toán đảo.",
        "It was reversed by {reversed_by_id}, or is a reversal itself.",
    )
    example: ClassVar[dict[str, Any]] = {"reversed_by_id": _ID}


class CapitalShort(Problem):
    status, code = 409, "capital_short"
    title = ("Nguồn vốn không đủ", "The source does not hold that much")
    detail = (
        "Nguồn {kind} còn {held_vnd} đ, yêu cầu {asked_vnd} đ, vượt {over_vnd} đ.",
        "The source {kind} holds {held_vnd} đ; {asked_vnd} đ were asked, {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "kind": "state", "held_vnd": 500_000_000, "asked_vnd": 600_000_000, "over_vnd": 100_000_000,
    }  # fmt: skip


class LooserThanNational(Problem):
    status, code = 409, "looser_than_national"
    title = ("Lỏng hơn quy định của Nhà nước", "Looser than the nation's rule")
    detail = (
        "{rule}: quy định là {national_percent}%, không đặt {asked_percent}% được ({legal_basis}).",
        "{rule}: the rule is {national_percent} %, so it cannot be {asked_percent} % ({legal_basis}).",
    )
    example: ClassVar[dict[str, Any]] = {
        "rule": "single_borrower_limit", "national_percent": "15", "asked_percent": "20",
        "legal_basis": "Decree 45/2021/NĐ-CP, Art. 23(2a)",
    }  # fmt: skip


class OverdueRateTooHigh(Problem):
    status, code = 409, "overdue_rate_too_high"
    title = ("Lãi suất quá hạn vượt trần", "The overdue rate is above its cap")
    detail = (
        "Lãi suất quá hạn tối đa bằng {limit_percent}% lãi suất trong hạn; yêu cầu {asked_percent}%, vượt "
        "{over_percent} điểm phần trăm.",
        "The overdue rate is at most {limit_percent} % of the in-term rate; {asked_percent} % is {over_percent} points "
        "too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "limit_percent": "150", "asked_percent": "200", "over_percent": "50",
        "legal_basis": "Decree 45/2021/NĐ-CP, Art. 25(1b)",
    }  # fmt: skip


class ProductCodeInUse(Problem):
    status, code = 409, "product_code_in_use"
    title = ("Mã sản phẩm đã được dùng", "The product code is in use")
    detail = ("Mã {product_code} đã được dùng.", "The code {product_code} is in use.")
    example: ClassVar[dict[str, Any]] = {"product_code": "VAY-01", "loan_product_id": _ID}


class GroupCannotBorrow(Problem):
    status, code = 409, "group_cannot_borrow"
    title = ("Tổ hợp tác không đứng tên vay", "A cooperative group cannot borrow")
    detail = (
        "Tổ hợp tác không có tư cách pháp nhân: thành viên đứng tên vay và nêu tổ ở beneficiary_organization_id "
        "(NĐ 45/2021, Điều 20(1)).",
        "A group has no legal personality: a member borrows and names the group as beneficiary_organization_id "
        "(Decree 45/2021, Art. 20(1)).",
    )


class EnterpriseCannotBorrow(Problem):
    status, code = 409, "enterprise_cannot_borrow"
    title = ("Doanh nghiệp không thuộc đối tượng vay", "An enterprise cannot borrow")
    detail = (
        "Doanh nghiệp, kể cả là thành viên hợp tác xã, không thuộc đối tượng vay (NĐ 45/2021, Điều 20(1)).",
        "An enterprise cannot borrow, even as a member of a cooperative (Decree 45/2021, Art. 20(1)).",
    )
    example: ClassVar[dict[str, Any]] = {"kind": "member_enterprise"}


class BorrowerExists(Problem):
    status, code = 409, "borrower_exists"
    title = ("Khách hàng đã có", "The borrower is known already")
    detail = (
        "Tổ chức hoặc số định danh này đã là khách hàng {borrower_id}.",
        "This organization or identity number is the borrower {borrower_id} already.",
    )
    example: ClassVar[dict[str, Any]] = {"borrower_id": _ID}


class StateForbids(Problem):
    status, code = 409, "state_forbids"
    title = ("Trạng thái hiện tại không cho phép", "The present state does not allow this")
    detail = (
        "Đang ở trạng thái {state}: không {action} được, xem `allowed_in`.",
        "The state is {state}, which does not allow to {action}; see `allowed_in`.",
    )
    example: ClassVar[dict[str, Any]] = {
        "state": "rejected", "action": "approve", "allowed_in": ["under_appraisal"],
    }  # fmt: skip


class SamePerson(Problem):
    status, code = 403, "same_person"
    title = ("Người lập hồ sơ không được phê duyệt", "Who prepared may not approve")
    detail = (
        "Bạn đã lập, sửa hoặc thẩm định hồ sơ này: người khác phải phê duyệt.",
        "You filed, corrected or appraised this: another person has to approve it.",
    )
    example: ClassVar[dict[str, Any]] = {"prepared_by": _ID}


class FundNotOperating(Problem):
    status, code = 409, "fund_not_operating"
    title = ("Quỹ không hoạt động cho vay", "The fund does not lend")
    detail = ("Quỹ đang ở trạng thái {state}.", "The state of the fund is {state}.")
    example: ClassVar[dict[str, Any]] = {"state": "planned"}


class OutsideFundArea(Problem):
    status, code = 409, "outside_fund_area"
    title = ("Khách hàng ngoài địa bàn của quỹ", "The borrower is outside the fund's area")
    detail = (
        "Quỹ cho vay tại {fund_alliance}, khách hàng ở {borrower_alliance} (NĐ 45/2021, Điều 20(2)).",
        "The fund lends in {fund_alliance}; the borrower is in {borrower_alliance} (Decree 45/2021, Art. 20(2)).",
    )
    example: ClassVar[dict[str, Any]] = {"fund_alliance": "25-2025", "borrower_alliance": "40-2025"}


class BorrowerInactive(Problem):
    status, code = 409, "borrower_inactive"
    title = ("Khách hàng không còn được vay", "The borrower may no longer apply")
    detail = ("Khách hàng đã ngừng quan hệ vay.", "The borrower is not active.")
    example: ClassVar[dict[str, Any]] = {"borrower_id": _ID}


class ProductNotOffered(Problem):
    status, code = 409, "product_not_offered"
    title = ("Sản phẩm không áp dụng", "The product is not offered here")
    detail = (
        "Sản phẩm loại {product_type}, áp dụng từ {valid_from} đến {valid_until}; hồ sơ nộp ngày {submitted_on}, hoặc "
        "quỹ này không có sản phẩm đó.",
        "The product is a {product_type}, offered from {valid_from} to {valid_until}; the application was filed on "
        "{submitted_on}, or the fund does not offer it.",
    )
    example: ClassVar[dict[str, Any]] = {
        "product_type": "loan", "valid_from": "2021-06-01", "valid_until": "2022-12-31", "submitted_on": "2023-02-01",
    }  # fmt: skip


class BorrowerKindNotServed(Problem):
    status, code = 409, "borrower_kind_not_served"
    title = ("Sản phẩm không dành cho đối tượng này", "The product is not for this kind of borrower")
    detail = ("Sản phẩm không dành cho {kind}.", "The product is not for a {kind}.")
    example: ClassVar[dict[str, Any]] = {"kind": "member_person"}


class TermOutsideProduct(Problem):
    status, code = 409, "term_outside_product"
    title = ("Kỳ hạn ngoài khung của sản phẩm", "The term is outside the product's")
    detail = (
        "Kỳ hạn từ {term_min_months} đến {term_max_months} tháng, yêu cầu {asked_months} tháng.",
        "The term is {term_min_months} to {term_max_months} months; {asked_months} were asked.",
    )
    example: ClassVar[dict[str, Any]] = {"term_min_months": 6, "term_max_months": 36, "asked_months": 48}


class AmountTooHigh(Problem):
    status, code = 409, "amount_too_high"
    title = ("Số tiền cao hơn mức đề nghị", "More than was proposed or asked for")
    detail = (
        "Tối đa {limit_vnd} đ theo đề nghị, yêu cầu {asked_vnd} đ, vượt {over_vnd} đ.",
        "At most the {limit_vnd} đ that were {limit_of}; {asked_vnd} đ is {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "limit_of": "proposed", "limit_vnd": 500_000_000, "asked_vnd": 600_000_000, "over_vnd": 100_000_000,
    }  # fmt: skip


class OwnCapitalTooLow(Problem):
    status, code = 409, "own_capital_too_low"
    title = ("Vốn tự có không đủ", "Too little own capital")
    detail = (
        "Vốn tự có phải từ {limit_vnd} đ ({limit_percent}% của {basis_vnd} đ), hiện có {asked_vnd} đ, thiếu "
        "{over_vnd} đ.",
        "Own capital has to be {limit_vnd} đ ({limit_percent} % of {basis_vnd} đ); it is {asked_vnd} đ, {over_vnd} đ "
        "too little.",
    )
    example: ClassVar[dict[str, Any]] = {
        "limit_percent": "20", "basis_vnd": 1_000_000_000, "limit_vnd": 200_000_000, "asked_vnd": 150_000_000,
        "over_vnd": 50_000_000,
    }  # fmt: skip


_OVER = (
    "Giới hạn {limit_vnd} đ ({limit_percent}% vốn điều lệ thực có {basis_vnd} đ); đã dùng {used_vnd} đ, yêu cầu "
    "{asked_vnd} đ, vượt {over_vnd} đ.",
    "The limit is {limit_vnd} đ ({limit_percent} % of an actual charter capital of {basis_vnd} đ); {used_vnd} đ are "
    "used, {asked_vnd} đ were asked: {over_vnd} đ too much.",
)
_OVER_EXAMPLE: dict[str, Any] = {
    "limit_percent": "15", "basis_vnd": 20_000_000_000, "limit_vnd": 3_000_000_000, "used_vnd": 2_500_000_000,
    "asked_vnd": 600_000_000, "over_vnd": 100_000_000,
}  # fmt: skip


class SingleBorrowerLimitExceeded(Problem):
    status, code = 409, "single_borrower_limit_exceeded"
    title = ("Vượt giới hạn một khách hàng", "The limit of one borrower would be passed")
    detail = _OVER
    example: ClassVar[dict[str, Any]] = _OVER_EXAMPLE


class RelatedBorrowersLimitExceeded(Problem):
    status, code = 409, "related_borrowers_limit_exceeded"
    title = ("Vượt giới hạn khách hàng và người có liên quan", "The limit of related borrowers would be passed")
    detail = _OVER
    example: ClassVar[dict[str, Any]] = {
        **_OVER_EXAMPLE, "limit_percent": "25", "limit_vnd": 5_000_000_000, "used_vnd": 4_500_000_000,
        "borrower_group_id": _ID,
    }  # fmt: skip


class AuthorityExceeded(Problem):
    status, code = 409, "authority_exceeded"
    title = ("Vượt thẩm quyền phê duyệt", "Beyond the authority to approve")
    detail = (
        "{authority} được phê duyệt đến {limit_vnd} đ, yêu cầu {asked_vnd} đ, vượt {over_vnd} đ.",
        "The {authority} may approve up to {limit_vnd} đ; {asked_vnd} đ is {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "authority": "director", "limit_vnd": 500_000_000, "asked_vnd": 600_000_000, "over_vnd": 100_000_000,
    }  # fmt: skip


class ApplicationNumberInUse(Problem):
    status, code = 409, "application_number_in_use"
    title = ("Số hồ sơ đã được dùng", "The application number is in use")
    detail = ("Số hồ sơ {application_number} đã được dùng.", "The number {application_number} is in use.")
    example: ClassVar[dict[str, Any]] = {"application_number": "HS-2023-001"}
