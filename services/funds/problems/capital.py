"""What is refused of capital, products and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.funds import code_lists as codes


class AlreadyReversed(Problem):
    status, code = 409, "already_reversed"
    title = ("Bút toán đã được đảo", "Already reversed")
    detail = (
        "Bút toán này đã được đảo, hoặc chính nó là bút toán đảo; hãy xem lại bút toán liên quan.",
        "It was reversed, or is a reversal itself; look at the related entry.",
    )
    example: ClassVar[dict[str, Any]] = {"reversed_by_id": EXAMPLE_ID}


class CapitalShort(Problem):
    status, code = 409, "capital_short"
    title = ("Nguồn vốn không đủ", "Insufficient capital in this source")
    detail = (
        "Nguồn {kind} còn {held_vnd}; yêu cầu {asked_vnd}, vượt {over_vnd}. Hãy giảm số tiền.",
        "The source {kind} holds {held_vnd}; {asked_vnd} was asked for, {over_vnd} too much. Lower the amount.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"kind": codes.CAPITAL_KINDS}
    example: ClassVar[dict[str, Any]] = {
        "kind": "state",
        "held_vnd": 500_000_000,
        "asked_vnd": 600_000_000,
        "over_vnd": 100_000_000,
    }


class LooserThanNational(Problem):
    status, code = 409, "looser_than_national"
    title = ("Lỏng hơn quy định của Nhà nước", "Looser than the national rule")
    detail = (
        "{rule}: quy định của Nhà nước (NĐ 45/2021) là {national_percent}%, nên không đặt {asked_percent}% được. Hãy đặt mức chặt bằng hoặc hơn.",
        "{rule}: the national rule is {national_percent} %, so it cannot be {asked_percent} % ({legal_basis}). Set one that is at least as strict.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"rule": codes.LENDING_RULES}
    example: ClassVar[dict[str, Any]] = {
        "rule": "single_borrower_limit",
        "national_percent": "15",
        "asked_percent": "20",
        "legal_basis": "Decree 45/2021/NĐ-CP, Art. 23(2a)",
    }


class OverdueRateTooHigh(Problem):
    status, code = 409, "overdue_rate_too_high"
    title = ("Lãi suất quá hạn vượt trần", "Overdue rate above the cap")
    detail = (
        "Lãi suất quá hạn tối đa bằng {limit_percent}% lãi suất trong hạn; yêu cầu {asked_percent}%, vượt {over_percent} điểm phần trăm. Hãy giảm lãi suất quá hạn.",
        "The overdue rate is at most {limit_percent} % of the in-term rate; {asked_percent} % is {over_percent} points too much. Lower it.",
    )
    example: ClassVar[dict[str, Any]] = {
        "limit_percent": "150",
        "asked_percent": "200",
        "over_percent": "50",
        "legal_basis": "Decree 45/2021/NĐ-CP, Art. 25(1b)",
    }


class ProductCodeInUse(Problem):
    status, code = 409, "product_code_in_use"
    title = ("Mã sản phẩm đã được dùng", "Product code already in use")
    detail = ("Mã {product_code} đã được dùng; hãy chọn mã khác.", "The code {product_code} is in use; choose another.")
    example: ClassVar[dict[str, Any]] = {"product_code": "VAY-01", "loan_product_id": EXAMPLE_ID}


class CashShort(Problem):
    status, code = 409, "cash_short"
    title = ("Quỹ không đủ tiền mặt vào ngày đó", "Insufficient cash on that day")
    detail = (
        "Ngày {first_short_on} sổ cái của quỹ chỉ còn {cash_vnd} tiền mặt; khoản chi {asked_vnd}, thiếu {over_vnd}. "
        "Hãy ghi nguồn vốn đã nhận trước đó, hoặc chi vào ngày quỹ đủ tiền.",
        "On {first_short_on} the fund's ledger holds {cash_vnd} of cash; {asked_vnd} is {over_vnd} too much. "
        "Enter the capital that came in before it, or pay on a day when there is enough.",
    )
    example: ClassVar[dict[str, Any]] = {
        "first_short_on": "2023-03-02",
        "cash_vnd": 100_000_000,
        "asked_vnd": 300_000_000,
        "over_vnd": 200_000_000,
    }


class FreeBalanceShort(Problem):
    status, code = 409, "free_balance_short"
    title = ("Quỹ không đủ nguồn", "Insufficient fund balance")
    detail = (
        "Quỹ còn {free_vnd} chưa cho vay; yêu cầu {asked_vnd}, thiếu {over_vnd}. Hãy giảm số tiền hoặc bổ sung vốn.",
        "The fund has {free_vnd} left to lend; {asked_vnd} was asked for, {over_vnd} too much. Lower the amount, or add capital.",
    )
    example: ClassVar[dict[str, Any]] = {"free_vnd": 100_000_000, "asked_vnd": 300_000_000, "over_vnd": 200_000_000}
