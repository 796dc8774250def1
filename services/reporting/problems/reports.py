"""What is refused of reports: each refusal names the step that stands in the way and who may take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.scopes import SCOPES
from kernel.values.wording import Labels
from services.reporting import code_lists as codes


class ReportStepNotOpen(Problem):
    status, code = 409, "report_step_not_open"
    title = ("Chưa đến bước này", "Not at this step")
    detail = (
        "Báo cáo đang ở trạng thái {state}, nên chưa làm được bước {step}. Bước tiếp theo là {next_step}; người có quyền "
        "{may_act} làm được.",
        "The report is {state}, so {step} is not open. The next step is {next_step}; who has the permission {may_act} may "
        "take it.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "state": codes.REPORT_STATES,
        "step": codes.REPORT_STEPS,
        "next_step": codes.REPORT_STEPS,
        "may_act": SCOPES,
    }
    example: ClassVar[dict[str, Any]] = {
        "state": "draft",
        "step": "approval",
        "next_step": "submission",
        "may_act": "reports.write",
    }


class ReportFrozen(Problem):
    status, code = 409, "report_frozen"
    title = ("Báo cáo đã khóa", "Report is frozen")
    detail = (
        "Báo cáo đang ở trạng thái {state} nên không sửa được nữa: chưa duyệt thì người có quyền {may_act} trả lại, đã duyệt "
        "hoặc ban hành thì lập bản thay thế.",
        "The report is {state} and no longer changed: before it is approved, who has the permission {may_act} may return it; "
        "after that, make a revision.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": codes.REPORT_STATES, "may_act": SCOPES}
    example: ClassVar[dict[str, Any]] = {"state": "submitted", "may_act": "reports.approve"}


class ReportChecksOpen(Problem):
    status, code = 409, "report_checks_open"
    title = ("Còn điểm phải sửa hoặc giải trình", "Checks are open")
    detail = (
        "Còn {count} điểm phải sửa số liệu hoặc giải trình bằng lời trước khi trình duyệt; người lập báo cáo làm được việc này.",
        "{count} findings have to be mended or answered in words before the report is submitted; who prepares it may do so.",
    )
    example: ClassVar[dict[str, Any]] = {"count": 2, "checks": ["missing_coverage.cooperatives_new.province"]}


class ReportExists(Problem):
    status, code = 409, "report_exists"
    title = ("Đã có báo cáo kỳ này", "Report exists already")
    detail = (
        "Đã có báo cáo cùng loại, cùng kỳ, cùng nơi; hãy sửa dự thảo đã có, hoặc lập bản thay thế của báo cáo đã ban hành.",
        "There is a report of this kind, these days and this place; change that draft, or make a revision of the issued one.",
    )
    example: ClassVar[dict[str, Any]] = {"report_id": EXAMPLE_ID}


class ReportRevised(Problem):
    status, code = 409, "report_revised"
    title = ("Đã có bản thay thế", "Revision exists already")
    detail = (
        "Báo cáo này đã có bản thay thế; hãy làm tiếp trên bản đó.",
        "This report has a revision already; go on with that one.",
    )
    example: ClassVar[dict[str, Any]] = {"report_id": EXAMPLE_ID}


class ReportChangedMeanwhile(Problem):
    status, code = 409, "report_changed_meanwhile"
    title = ("Dự thảo vừa thay đổi", "Draft changed in the meantime")
    detail = (
        "Dự thảo vừa được sửa trong lúc số liệu được lấy; hãy xem lại rồi trình lại.",
        "The draft was changed while its figures were fetched; look at it again, then submit it again.",
    )


class ReceiptNotOpen(Problem):
    status, code = 409, "receipt_not_open"
    title = ("Không ghi được tiếp nhận này", "Receipt cannot be recorded")
    detail = (
        "Nơi nhận đã ghi {receipt} cho báo cáo này; sau khi chấp nhận hoặc trả lại thì chờ bản thay thế của nơi gửi.",
        "The receiver recorded {receipt} of this report; once it is accepted or returned, wait for the sender's revision.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"receipt": codes.RECEIPT_STATES}
    example: ClassVar[dict[str, Any]] = {"receipt": "returned"}


class NotReceivingLevel(Problem):
    status, code = 403, "not_receiving_level"
    title = ("Không phải nơi nhận báo cáo", "Not the receiving level")
    detail = (
        "Tiếp nhận do cấp trên của {alliance} ghi: người có quyền duyệt báo cáo trên địa bàn cả nước; nơi gửi không tự ghi được.",
        "A receipt is recorded by the level above {alliance}: who approves reports for the whole nation; the sender may not.",
    )
    example: ClassVar[dict[str, Any]] = {"alliance": "25-2025"}


class ReportWasSubmitted(Problem):
    status, code = 409, "report_was_submitted"
    title = ("Báo cáo đã từng trình", "Report was submitted before")
    detail = (
        "Báo cáo này đã từng trình duyệt nên không xóa được; hãy sửa rồi trình lại.",
        "This report was submitted before, so it is not deleted; correct it and submit it again.",
    )


class NotSendingAlliance(Problem):
    status, code = 403, "not_sending_alliance"
    title = ("Báo cáo của nơi khác", "Report of another alliance")
    detail = (
        "Báo cáo này do {alliance} lập, duyệt và ban hành; cấp trên ghi tiếp nhận, chấp nhận hoặc trả lại khi báo cáo đã ban hành.",
        "This report is written, approved and issued by {alliance}; the level above records a receipt once it is issued.",
    )
    example: ClassVar[dict[str, Any]] = {"alliance": "25-2025"}


class DocumentNotMade(Problem):
    status, code = 503, "document_not_made"
    title = ("Chưa tạo được văn bản", "Document not made")
    detail = (
        "Chưa tạo được tệp này; hãy thử lại sau vài giây, hoặc chọn định dạng khác.",
        "The file could not be made; try again in a few seconds, or choose another format.",
    )
    example: ClassVar[dict[str, Any]] = {"format": "docx"}

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **members)
