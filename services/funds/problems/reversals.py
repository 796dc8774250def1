"""What refuses to undo a step of a loan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.funds import code_lists as codes


class UndoLaterFirst(Problem):
    status, code = 409, "undo_later_first"
    title = ("Phải đảo việc sau trước", "A later step is undone first")
    detail = (
        "Sau việc này còn có: {later_kind}, ngày {later_on}. Hãy đảo việc đó trước.",
        "After it came: {later_kind}, on {later_on}. Undo that first.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"later_kind": codes.REVERSAL_KINDS}
    example: ClassVar[dict[str, Any]] = {
        "later_kind": "rescheduling",
        "later_id": EXAMPLE_ID,
        "later_on": "2023-06-20",
    }


class ReversalPending(Problem):
    status, code = 409, "reversal_pending"
    title = ("Đã có đề nghị đảo đang chờ", "A reversal waits already")
    detail = (
        "Việc đảo này đã được nhập và chờ người thứ hai xác nhận; hãy chờ quyết định, hoặc rút lại rồi nhập lại.",
        "Its reversal was entered and waits for a second person; wait for the decision, or withdraw it and enter it anew.",
    )
    example: ClassVar[dict[str, Any]] = {"reversal_id": EXAMPLE_ID}


class NotInForce(Problem):
    status, code = 409, "not_in_force"
    title = ("Chưa từng có hiệu lực", "Never was in force")
    detail = (
        "Trạng thái đề nghị là {state}, nên không có gì để đảo.",
        "The state of this proposal is: {state}; there is nothing to undo.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": codes.PROPOSAL_STATES}
    example: ClassVar[dict[str, Any]] = {"state": "proposed"}
