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
