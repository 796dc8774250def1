"""Every way trade promotion says no, beyond the kernel's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.training import code_lists as codes


class TradeEventStateForbids(Problem):
    status, code = 409, "trade_event_state_forbids"
    title = ("Trạng thái của sự kiện không cho phép", "Event state does not allow this")
    detail = (
        "Sự kiện đang ở trạng thái {state}; việc {action} chỉ làm được khi sự kiện ở trạng thái {allowed_in}.",
        "The event is {state}; {action} is possible only while it is {allowed_in}.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "state": codes.TRADE_EVENT_STATES,
        "action": codes.TRADE_EVENT_ACTIONS,
        "allowed_in": codes.TRADE_EVENT_STATES,
    }
    example: ClassVar[dict[str, Any]] = {
        "state": "cancelled",
        "action": "participate",
        "allowed_in": ["planned", "open", "held", "reported"],
    }


class TradeEventNotBegun(Problem):
    status, code = 409, "trade_event_not_begun"
    title = ("Sự kiện chưa diễn ra", "Event has not begun")
    detail = (
        "Sự kiện bắt đầu ngày {starts_on}; chỉ ghi đã tổ chức và kết quả từ ngày đó.",
        "The event begins on {starts_on}; complete it and enter results from that day on.",
    )
    example: ClassVar[dict[str, Any]] = {"starts_on": "2026-12-01"}


class NobodyParticipated(Problem):
    status, code = 409, "nobody_participated"
    title = ("Chưa có đơn vị nào tham gia", "Event has no participants")
    detail = ("Hãy ghi các đơn vị tham gia trước khi báo cáo.", "Enter who took part before you report the event.")


class ParticipationExists(Problem):
    status, code = 409, "participation_exists"
    title = ("Đơn vị đã có trong sự kiện", "Organization already takes part")
    detail = (
        "Đơn vị này đã có lượt tham gia: một đơn vị tại một sự kiện là một lượt. Hãy sửa lượt đã có.",
        "This organization takes part already: one organization at one event counts once. Change the entry that is there.",
    )
    example: ClassVar[dict[str, Any]] = {"organization_id": EXAMPLE_ID, "participation_id": EXAMPLE_ID}


class ProductOfAnotherOrganization(Problem):
    status, code = 409, "product_of_another_organization"
    title = ("Sản phẩm của đơn vị khác", "Product belongs to another organization")
    detail = (
        "Sản phẩm này đã được ghi là của đơn vị khác; hãy chọn sản phẩm của đơn vị tham gia.",
        "The product is recorded as another organization's; choose one of the participant's.",
    )
    example: ClassVar[dict[str, Any]] = {"product_id": EXAMPLE_ID}
