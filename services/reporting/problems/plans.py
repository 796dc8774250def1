"""What is refused of plans, their tasks, measures and estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.reporting.code_lists import PLAN_STATES


class PlanNotEditable(Problem):
    status, code = 409, "plan_not_editable"
    title = ("Kế hoạch đã được phê duyệt", "Plan is approved")
    detail = (
        "Kế hoạch này đã được phê duyệt (lần {version_number}) nên không sửa trực tiếp được; hãy mở điều chỉnh kế hoạch và ghi "
        "lý do, sửa, rồi trình phê duyệt lại.",
        "This plan is approved (version {version_number}) and is not edited as it is; open an adjustment with its reason, "
        "edit, and have it approved again.",
    )
    example: ClassVar[dict[str, Any]] = {"state": "approved", "version_number": 1, "plan_id": EXAMPLE_ID}


class PlanStateForbids(Problem):
    status, code = 409, "plan_state_forbids"
    title = ("Trạng thái kế hoạch không cho phép", "Plan state does not allow this")
    detail = (
        "Kế hoạch đang ở trạng thái {state}. Kế hoạch đang soạn hoặc đang điều chỉnh thì trình và phê duyệt được, đang "
        "điều chỉnh thì cũng hủy điều chỉnh được; kế hoạch đã phê duyệt thì mở điều chỉnh được.",
        "The plan is in the state {state}. A draft, or one that is being adjusted, is submitted and approved, and an adjustment "
        "is cancelled; an approved one is opened for an adjustment.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": PLAN_STATES}
    example: ClassVar[dict[str, Any]] = {"state": "approved"}


class PlanEmpty(Problem):
    status, code = 409, "plan_empty"
    title = ("Kế hoạch chưa có nội dung", "Plan is empty")
    detail = (
        "Kế hoạch chưa có nhiệm vụ hay chỉ tiêu nào; hãy nhập nội dung trước khi trình, phê duyệt.",
        "The plan has neither tasks nor measures; enter them before it is submitted or approved.",
    )


class PlanInUse(Problem):
    status, code = 409, "plan_in_use"
    title = ("Kế hoạch đã có nội dung", "Plan has records")
    detail = (
        "Kế hoạch đã được phê duyệt, hoặc còn nhiệm vụ, chỉ tiêu; chỉ xóa được bản đang soạn sau khi xóa hết nội dung của nó.",
        "The plan was approved, or has tasks or measures; only a draft is deleted, after what it holds.",
    )


class TaskInUse(Problem):
    status, code = 409, "task_in_use"
    title = ("Nhiệm vụ đang được dùng", "Task is in use")
    detail = (
        "Còn chỉ tiêu hoặc kết quả thực hiện ghi cho nhiệm vụ này; hãy chuyển hoặc xóa chúng trước.",
        "Measures or completions name this task; move or delete them first.",
    )


class MeasureHasEstimates(Problem):
    status, code = 409, "measure_has_estimates"
    title = ("Chỉ tiêu đã có ước thực hiện", "Measure has estimates")
    detail = (
        "Đã có ước thực hiện ghi cho chỉ tiêu này; nếu đúng là nhập nhầm, hãy xóa các ước thực hiện đó trước.",
        "Estimates were entered for this measure; if it was a mistake, delete them first.",
    )


class MeasureExists(Problem):
    status, code = 409, "measure_exists"
    title = ("Chỉ tiêu này đã có trong kế hoạch", "Measure already exists")
    detail = (
        "Kế hoạch đã có một số kế hoạch cho cùng chỉ tiêu, phạm vi, nơi và kỳ; hãy sửa số đó.",
        "The plan has a number already for the same indicator, scope, place and period; correct that one.",
    )
    example: ClassVar[dict[str, Any]] = {"indicator": "cooperatives_new", "measure_id": EXAMPLE_ID}


class PlanNotApproved(Problem):
    status, code = 409, "plan_not_approved"
    title = ("Kế hoạch chưa được phê duyệt", "Plan not approved yet")
    detail = (
        "Kế hoạch chưa được phê duyệt lần nào, nên chưa có tiến độ để tính; hãy trình và phê duyệt trước.",
        "The plan was never approved, so nothing is measured by it yet; have it approved first.",
    )
