"""Every way trade promotion says no, beyond the kernel's own."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class TradeEventStateForbids(Problem):
    status, code = 409, "trade_event_state_forbids"
    title = ("Trạng thái của sự kiện không cho phép", "The event's state does not allow it")
    detail = (
        "Sự kiện đang {state}; việc {action} chỉ làm được khi: {allowed_in}.",
        "The event is {state}; {action} may follow only in: {allowed_in}.",
    )
    example: ClassVar[dict[str, Any]] = {
        "state": "cancelled", "action": "participate", "allowed_in": ["planned", "open", "held", "reported"],
    }  # fmt: skip


class TradeEventNotBegun(Problem):
    status, code = 409, "trade_event_not_begun"
    title = ("Sự kiện chưa diễn ra", "The event has not begun")
    detail = (
        "Ngày đầu là {starts_on}: chưa thể ghi là đã tổ chức, chưa có kết quả.",
        "Its first day is {starts_on}: it was not held yet, and nothing came of it.",
    )
    example: ClassVar[dict[str, Any]] = {"starts_on": "2026-12-01"}


class NobodyParticipated(Problem):
    status, code = 409, "nobody_participated"
    title = ("Chưa có đơn vị nào tham gia", "Nobody took part")
    detail = ("Ghi các đơn vị tham gia trước khi báo cáo.", "Enter who took part before the event is reported.")


class ParticipationExists(Problem):
    status, code = 409, "participation_exists"
    title = ("Đơn vị đã có trong sự kiện", "The organization takes part already")
    detail = (
        "Đơn vị {organization_id} đã có lượt {participation_id}: một đơn vị tại một sự kiện là một lượt.",
        "The organization {organization_id} has the participation {participation_id}: one organization at one event is "
        "one.",
    )
    example: ClassVar[dict[str, Any]] = {"organization_id": _ID, "participation_id": _ID}


class ProductOfAnotherOrganization(Problem):
    status, code = 409, "product_of_another_organization"
    title = ("Sản phẩm của đơn vị khác", "The product is another organization's")
    detail = (
        "Sản phẩm {product_id} đã được ghi là của đơn vị khác.",
        "The product {product_id} is recorded as another organization's.",
    )
    example: ClassVar[dict[str, Any]] = {"product_id": _ID}
